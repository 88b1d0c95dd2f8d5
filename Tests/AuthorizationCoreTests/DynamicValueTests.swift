import AuthorizationCore
import Testing

@Suite struct `A contactless card's counter in its track` {
    private static let key = ChipCounterKey(card: World.card, sequenceNumber: 0)

    /// All with these last four digits.
    private static func counters(_ digits: UInt16) -> [UInt16] {
        stride(from: Int(digits), through: 65_535, by: 10_000).map { UInt16($0) }
    }

    private static func request(
        _ counters: [UInt16],
        in world: inout World,
        _ change: (inout VerificationFacts) -> Void = { _ in }
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(100, key: "100:1")
        request.entryMode = .contactlessMagneticStripe
        world.verify(&request) { policy, facts in
            policy = .withAllKeys
            facts.cardValue = CardValueFacts(.dynamic, .match)
            facts.trackCounter = TrackCounterFacts(sequenceNumber: 0, counters: counters)
            change(&facts)
        }
        return request
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var known: UInt16?
        var counters: [UInt16]
        /// The counter that was meant, and whether it counts.
        var meant: UInt16
        var counts: Bool
        var highest: UInt16

        var testDescription: String { "\(counters.first ?? 0) after \(known.map { "\($0)" } ?? "none")" }
    }

    static let rows = [
        Row(known: nil, counters: counters(524), meant: 524, counts: true, highest: 524),
        Row(known: 523, counters: counters(524), meant: 524, counts: true, highest: 524),
        Row(known: 12_034, counters: counters(2_035), meant: 12_035, counts: true, highest: 12_035),
        Row(known: 9_990, counters: counters(3), meant: 10_003, counts: true, highest: 10_003),
        Row(known: 523, counters: counters(520), meant: 520, counts: true, highest: 523),
        Row(known: 65_535, counters: counters(5_530), meant: 65_530, counts: true, highest: 65_535),
        Row(known: 523, counters: counters(523), meant: 523, counts: false, highest: 523),
        // An old one that is played again, which might be one that is far ahead.
        Row(known: 523, counters: counters(300), meant: 300, counts: false, highest: 523),
        Row(known: 9_000, counters: counters(3_000), meant: 13_000, counts: false, highest: 9_000),
        // Too far ahead, and by the value certain.
        Row(known: 523, counters: [900], meant: 900, counts: false, highest: 900),
    ]

    @Test(arguments: rows)
    func `is the one that the last digits can mean, and counts once`(_ row: Row) {
        var world = World()
        world.state.chipCounters[Self.key] = row.known.map { ChipCounter(highest: $0) }
        let decision = world.perform(.authorize(Self.request(row.counters, in: &world)))
        #expect(decision.declineReason == (row.counts ? nil : .counterReplayed))
        let check = decision.checks.first { $0.check == .counter }
        #expect(check?.observed == Int64(row.meant) && check?.limit == Int64(row.known ?? 0))
        #expect(world.state.chipCounters[Self.key]?.highest == row.highest)
        var again = Self.request(row.counters, in: &world)
        again.message?.key = "100:2"
        #expect(world.decision(on: .authorize(again)).declineReason == .counterReplayed)
    }

    /// How many digits of the counter the track has, what the value is right with, whether it counts, and the highest
    /// counter afterwards.
    @Test(
        arguments: [
            (3, [9], true, 9), (3, [256], true, 256), (3, [9, 40_009], true, 9), (4, [256], true, 256),
            // A guess may be right with each of many, and only one of them is in the window.
            (3, [257], false, nil), (3, [40_009], false, nil), (3, [12_009, 40_009], false, nil),
            (3, [0], false, nil), (4, [257], false, nil), (5, [40_009], true, 40_009),
        ] as [(UInt8, [UInt16], Bool, UInt16?)]
    )
    func `of a chip that nobody has seen is a low one where a guess may be right with many`(
        _ row: (digits: UInt8, counters: [UInt16], counts: Bool, highest: UInt16?)
    ) throws {
        var world = World()
        let request = Self.request(row.counters, in: &world)
        let numbers: UInt16 = row.digits == 3 ? 0x01C6 : row.digits == 4 ? 0x03C6 : 0x07C6
        let layout = try #require(CVC3Layout(value: 0x0038, numbers: numbers, counterDigits: row.digits))
        world.program.verification?.keys.dynamicValue = DynamicValueVerification(.cvc3(layout), key: .known("dn"))
        let decision = world.perform(.authorize(request))
        #expect(decision.declineReason == (row.counts ? nil : .counterReplayed))
        #expect(world.state.chipCounters[Self.key]?.highest == row.highest)
    }

    @Test func `is in the program's window rather than near`() {
        var world = World()
        world.state.chipCounters[Self.key] = ChipCounter(highest: 10_523)
        let request = Self.request(Self.counters(6_523), in: &world)
        world.program.verification?.keys.dynamicValue = DynamicValueVerification(
            .dcvv(value: 5, counter: 8),
            key: .known("dn"),
            counters: CounterWindow(behind: 0, ahead: 9_000)
        )
        #expect(world.perform(.authorize(request)).isApproved)
        #expect(world.state.chipCounters[Self.key]?.highest == 16_523)
    }

    @Test func `is the same that the chip counts`() {
        var world = World()
        world.state.chipCounters[Self.key] = ChipCounter(highest: 10)
        var chip = AuthorizationRequest.of(100, key: "100:3")
        chip.entryMode = .contactChip
        world.verify(&chip) { policy, facts in
            policy = .withAllKeys
            facts.chip = .proven(counter: 11)
        }
        #expect(world.perform(.authorize(chip)).isApproved)
        let track = Self.request(Self.counters(11), in: &world)
        #expect(world.decision(on: .authorize(track)).declineReason == .counterReplayed)
        // What the cryptogram proves is the whole counter.
        let both = Self.request(Self.counters(12), in: &world) { $0.chip = .proven(counter: 13) }
        #expect(world.perform(.authorize(both)).isApproved)
        #expect(world.state.chipCounters[Self.key]?.highest == 13)
    }

    @Test func `is not used where the value is wrong, or a token was used`() {
        var world = World()
        var wrong = Self.request([5], in: &world) { $0.cardValue = CardValueFacts(.dynamic, .noMatch) }
        #expect(world.perform(.authorize(wrong)).declineReason == .cardValueIncorrect)
        wrong.message?.key = "100:2"
        wrong.verification?.cardValue = CardValueFacts(.dynamic, .match)
        wrong.credential = CredentialFacts()
        wrong.credential?.token = TokenFacts()
        wrong.credential?.token?.reference = "T"
        #expect(world.perform(.authorize(wrong)).isApproved)
        #expect(world.state.chipCounters.isEmpty)
    }

    @Test(arguments: [([], 0), ([2, 1], 0), ([1, 1], 0), ([1], 100), (Array(0..<67), 0)] as [([UInt16], UInt8)])
    func `is none that there cannot be`(_ row: (counters: [UInt16], sequenceNumber: UInt8)) {
        #expect(TrackCounterFacts(sequenceNumber: row.sequenceNumber, counters: row.counters) == nil)
    }
}

@Suite struct `Verification of dynamic values` {
    private typealias Layout = DynamicValueVerification.Layout

    static let layouts: [DynamicValueVerification.Layout] = [
        .dcvv(value: 5, counter: 8), .dcvv(value: 16, counter: 0),
        CVC3Layout(value: 0x0038, numbers: 0x03C6, counterDigits: 4).map { .cvc3($0) } ?? .dcvv(value: 0, counter: 3),
    ]

    @Test(arguments: layouts.indices)
    func `is journaled`(_ index: Int) throws {
        let found = DynamicValueVerification(
            Self.layouts[index],
            key: .known("dn"),
            derivation: .optionB,
            counters: CounterWindow(behind: 64, ahead: 9_935)
        )
        let verification = try #require(found)
        #expect(try DynamicValueVerification(journalBytes: verification.journalBytes) == verification)
    }

    @Test(arguments: [(5, 7), (5, 2), (17, 0), (0, 17)] as [(UInt8, UInt8)])
    func `has no dCVV where its counter is, or beyond the track`(_ row: (value: UInt8, counter: UInt8)) {
        let layout = Layout.dcvv(value: row.value, counter: row.counter)
        #expect(DynamicValueVerification(layout, key: .known("dn")) == nil)
    }

    @Test(
        arguments: [
            (0x0038, 0x03C6, 4, true), (0x0018, 0x03C6, 4, false), (0x01F8, 0x0E06, 3, false),
            (0x0038, 0x03C6, 2, false),
            (0x0038, 0x03E6, 4, false), (0x0038, 0x03C7, 4, false), (0x0039, 0x03C6, 4, false),
            (0x0038, 0x0380, 4, false), (0x0038, 0x0380, 3, true), (0x000E, 0xFFF0, 3, false),
        ] as [(UInt16, UInt16, UInt8, Bool)]
    )
    func `has only bitmaps that cards can have`(_ row: (value: UInt16, numbers: UInt16, digits: UInt8, isOne: Bool)) {
        let layout = CVC3Layout(value: row.value, numbers: row.numbers, counterDigits: row.digits)
        #expect((layout != nil) == row.isOne)
    }

    @Test(arguments: [(16, 9_983, true), (16, 9_984, false), (0, 10_000, false)] as [(UInt8, UInt16, Bool)])
    func `takes no window in which two counters look alike`(_ row: (behind: UInt8, ahead: UInt16, isOne: Bool)) throws {
        let window = CounterWindow(behind: row.behind, ahead: row.ahead)
        let layout = Layout.dcvv(value: 5, counter: 8)
        #expect((DynamicValueVerification(layout, key: .known("dn"), counters: window) != nil) == row.isOne)
        let whole = try #require(CVC3Layout(value: 0x0038, numbers: 0x07C6, counterDigits: 5))
        #expect(DynamicValueVerification(.cvc3(whole), key: .known("dn"), counters: window) != nil)
    }
}
