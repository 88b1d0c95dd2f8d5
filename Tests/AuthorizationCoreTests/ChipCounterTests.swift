import AuthorizationCore
import TestSeed
import Testing

@Suite struct `A chip's counters` {
    /// With 100 as the highest, after 99 and 90 too.
    private static let counter: ChipCounter = {
        var counter = ChipCounter(highest: 90)
        for used in [99, 100] as [UInt16] { counter.use(used) }
        return counter
    }()

    @Test(
        arguments: [
            (100, CounterWindow.standard, ChipCounter.Standing.used),
            (99, .standard, .used),
            (98, .standard, .unused),
            (90, .standard, .used),
            (84, .standard, .unused),
            (83, .standard, .tooLow),
            (0, .standard, .tooLow),
            (101, .standard, .unused),
            (.max, .standard, .unused),
            (99, CounterWindow(behind: 0, ahead: 1), .tooLow),
            (100, CounterWindow(behind: 0, ahead: 1), .used),
            (101, CounterWindow(behind: 0, ahead: 1), .unused),
            (102, CounterWindow(behind: 0, ahead: 1), .tooHigh),
            (110, CounterWindow(behind: 64, ahead: 10), .unused),
            (111, CounterWindow(behind: 64, ahead: 10), .tooHigh),
            (36, CounterWindow(behind: 64, ahead: 10), .unused),
            (35, CounterWindow(behind: 64, ahead: 10), .tooLow),
            (35, CounterWindow(behind: 255, ahead: 10), .tooLow),
        ] as [(UInt16, CounterWindow, ChipCounter.Standing)]
    )
    func `stand to those that were used`(
        _ row: (counter: UInt16, window: CounterWindow, standing: ChipCounter.Standing)
    ) {
        #expect(Self.counter.standing(of: row.counter, in: row.window) == row.standing)
    }

    @Test func `leave what is remembered behind when they leap`() {
        for (leap, remembered) in [(64, true), (65, false), (60_000, false)] as [(UInt16, Bool)] {
            var counter = Self.counter
            counter.use(100 + leap)
            #expect(counter.highest == 100 + leap)
            #expect((counter.below >> 63 == 1) == remembered)
        }
        var counter = Self.counter
        counter.use(1)
        #expect(counter == Self.counter)
    }

    @Test func `are used once each, in whatever order they come`() {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        for number in 0..<200 {
            var random = RandomCommands(seed: seed &+ UInt64(number))
            var counter = ChipCounter(highest: 1_000)
            var used: Set<UInt16> = [1_000]
            for _ in 0..<100 {
                let next = random.pick(940...1_060 as ClosedRange<UInt16>)
                let window = CounterWindow(behind: 64, ahead: .max)
                let isUnused = counter.standing(of: next, in: window) == .unused
                let isRemembered = Int(next) >= Int(counter.highest) - 64
                #expect(isUnused == (isRemembered && !used.contains(next)))
                if isUnused {
                    counter.use(next)
                    used.insert(next)
                }
            }
        }
    }

    @Test func `are journaled`() throws {
        let keys = [
            ChipCounterKey(card: World.card, sequenceNumber: 99),
            ChipCounterKey(card: World.card, token: [UInt8](repeating: 7, count: 32), sequenceNumber: 1),
        ]
        for key in keys {
            let change = Change.chipCounter(key, Self.counter)
            #expect(try Change(journalBytes: change.journalBytes) == change)
        }
        let wrong = [
            ChipCounterKey(card: World.card, sequenceNumber: 100),
            ChipCounterKey(card: World.card, token: [7], sequenceNumber: 1),
        ]
        for key in wrong {
            let bytes = Change.chipCounter(key, Self.counter).journalBytes
            #expect(throws: JournalError.self) { try Change(journalBytes: bytes) }
        }
        for window in [CounterWindow(behind: 65, ahead: 1), CounterWindow(behind: 0, ahead: 0)] {
            #expect(throws: JournalError.self) { try CounterWindow(journalBytes: window.journalBytes) }
        }
        #expect(try CounterWindow(journalBytes: CounterWindow.standard.journalBytes) == .standard)
    }

    @Test func `are part of the account's state`() throws {
        var state = World().state
        let key = ChipCounterKey(card: World.card, sequenceNumber: 0)
        state.apply([.chipCounter(key, Self.counter)])
        #expect(state.chipCounters == [key: Self.counter])
        #expect(try AccountState(journalBytes: state.journalBytes).chipCounters == [key: Self.counter])
    }
}
