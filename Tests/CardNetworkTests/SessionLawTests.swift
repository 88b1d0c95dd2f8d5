import AuthorizationCore
import TestSeed
import Testing

@testable import CardNetwork

/// What holds of a session whatever happens to it.
@Suite struct `Any session` {
    /// Drives a session with drawn inputs, in drawn time, and keeps its own books.
    private struct Driver {
        var generator: SplitMix64
        var rules = SessionRules(isSignOnRequired: false)
        var state: SessionState
        var now = ContinuousClock.now
        /// Requests taken and not answered, as this sees it.
        var inFlight = 0
        /// Messages that wait for keys.
        var held = 0
        var closings = 0
        var asked: [AnswerKey] = []
        /// File updates that were taken and neither answered nor given up.
        var fileUpdates: Set<AnswerKey> = []

        init(seed: UInt64) {
            generator = SplitMix64(seed: seed)
            rules.isSignOnRequired = Bool.random(using: &generator)
            rules.signsOn = Bool.random(using: &generator)
            rules.echoInterval = Bool.random(using: &generator) ? .seconds(3) : nil
            rules.inFlightLimit = Int.random(in: 1...5, using: &generator)
            state = SessionState(rules, openedAt: now, trace: Int64.random(in: 0..<1_000_000, using: &generator))
        }

        var time: SessionTime { SessionTime(instant: now, transmission: 601_120_000) }

        mutating func note(_ actions: [SessionState.Action]) {
            for action in actions {
                switch action {
                case .ask(_, let key): asked.append(key)
                case .giveUp(let key): #expect(fileUpdates.remove(key) != nil)
                case .finish, .close, .abort: closings += 1
                }
            }
        }

        mutating func step() {
            switch Int.random(in: 0..<50, using: &generator) {
            case 0: note(state.drain(at: time))
            case 1: note(state.inputClosed())
            case 2: note(state.broken())
            case 3...5: note(state.connected(at: time))
            case 6...8: state.writabilityChanged(to: Bool.random(using: &generator))
            case 9...11: state.managed(Bool.random(using: &generator) ? .signOn : .signOff)
            case 12...14:
                guard let key = asked.randomElement(using: &generator) else { return }
                note(state.answerArrived(key, isApproved: Int.random(in: 0..<8, using: &generator) > 0) ?? [])
            case 15...20:
                now += .milliseconds(Int.random(in: 0...4_000, using: &generator))
                note(state.timePassed(at: time))
            case 21...30:
                guard state.requestArrived(mustBeAccepted: Bool.random(using: &generator)) == .taken else { return }
                inFlight += 1
            case 31...33:
                let key = AnswerKey(transmission: 601_120_000, trace: Int64.random(in: 1...9, using: &generator))
                guard !fileUpdates.contains(key), state.fileUpdateOffered(key, at: now) else { return }
                fileUpdates.insert(key)
            case 34...36:
                let key = AnswerKey(transmission: nil, trace: Int64.random(in: 1...9, using: &generator))
                guard let answered = state.fileAnswerArrived(key) else { return }
                #expect(fileUpdates.remove(answered) != nil)
            case 37...38:
                if state.codeDoubted() { held += 1 }
            case 39...40:
                guard held > 0 else { return }
                held -= 1
                note(state.released(1))
            default:
                guard inFlight > 0 else { return }
                inFlight -= 1
                note(state.answered(1))
            }
        }
    }

    @Test func `closes once, bounds what is in flight, answers all it took, and ends when told to`() {
        print("Any session: AVAL_SEED=\(TestSeed.value)")
        for round in 0..<2_000 {
            var driver = Driver(seed: TestSeed.value &+ UInt64(round))
            for _ in 0..<120 {
                driver.step()
                #expect(driver.state.inFlightCount == driver.inFlight)
                #expect(driver.inFlight <= driver.rules.inFlightLimit + driver.rules.reserve)
                #expect(driver.closings == (driver.state.phase == .closed ? 1 : 0))
                if driver.state.phase == .halfClosed { #expect(!driver.state.isReading) }
            }
            driver.note(driver.state.drain(at: driver.time))
            driver.note(driver.state.answered(driver.inFlight))
            driver.note(driver.state.released(driver.held))
            driver.now += driver.rules.answerTimeout
            driver.note(driver.state.timePassed(at: driver.time))
            #expect(driver.closings == 1, "round \(round)")
            #expect(driver.state.wakeAt == nil)
        }
    }
}
