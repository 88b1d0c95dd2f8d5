import Testing

@testable import CardNetwork

/// File updates over a session: a dialogue is a column of inputs and what comes out of each.
@Suite struct `A session's file updates` {
    private static let start = ContinuousClock.now
    private static let key = AnswerKey(transmission: 601_120_000, trace: 7)

    private static func time(_ milliseconds: Int) -> SessionTime {
        SessionTime(instant: start + .milliseconds(milliseconds), transmission: 601_120_000)
    }

    /// Connected at moment 0.
    private static func open(_ change: (inout SessionRules) -> Void = { _ in }) -> SessionState {
        var rules = SessionRules(isSignOnRequired: false)
        change(&rules)
        var state = SessionState(rules, openedAt: start, trace: 41)
        _ = state.connected(at: time(0))
        return state
    }

    private static func isTaken(_ state: inout SessionState, at milliseconds: Int = 0) -> Bool {
        state.fileUpdateOffered(key, at: time(milliseconds).instant)
    }

    @Test func `wait for the network's sign-on where the dialect wants one`() {
        var state = Self.open { $0.isSignOnRequired = true }
        #expect(!Self.isTaken(&state))
        state.managed(.signOn)
        #expect(Self.isTaken(&state))
        state.managed(.signOff)
        #expect(!state.takesFileUpdates)
        // What was sent before may still be answered.
        #expect(state.fileAnswerArrived(Self.key) == Self.key)
    }

    @Test func `wait for the answer to our own sign-on`() {
        var state = Self.open { $0.signsOn = true }
        #expect(!Self.isTaken(&state))
        #expect(state.answerArrived(AnswerKey(transmission: nil, trace: 42), isApproved: true) == [])
        #expect(Self.isTaken(&state))
    }

    @Test func `are not sent to a network that reads nothing, and not before or after the session`() {
        var state = SessionState(SessionRules(isSignOnRequired: false), openedAt: Self.start, trace: 41)
        #expect(!Self.isTaken(&state))
        _ = state.connected(at: Self.time(0))
        state.writabilityChanged(to: false)
        #expect(!Self.isTaken(&state))
        state.writabilityChanged(to: true)
        #expect(Self.isTaken(&state))
        #expect(state.drain(at: Self.time(1)) == [.finish])
        #expect(!Self.isTaken(&state))
    }

    /// Each key, and whether it answers the one with DE 11 = 7.
    @Test(arguments: [
        (key, true), (AnswerKey(transmission: nil, trace: 7), true),
        (AnswerKey(transmission: 601_120_001, trace: 7), false),
        (AnswerKey(transmission: 601_120_000, trace: 8), false),
    ])
    func `are answered by their key, and once`(answer: AnswerKey, isMatched: Bool) {
        var state = Self.open()
        #expect(state.fileAnswerArrived(answer) == nil)
        #expect(Self.isTaken(&state))
        // An answer to network management is no answer to them.
        #expect(state.answerArrived(answer, isApproved: true) == nil)
        #expect(state.fileAnswerArrived(answer) == (isMatched ? Self.key : nil))
        #expect(state.fileAnswerArrived(answer) == nil)
    }

    @Test func `are given up when their time has passed, and the session stays`() {
        var state = Self.open()
        #expect(Self.isTaken(&state, at: 1_000))
        #expect(state.wakeAt == Self.time(11_000).instant)
        #expect(state.timePassed(at: Self.time(10_999)) == [])
        #expect(state.timePassed(at: Self.time(11_000)) == [.giveUp(Self.key)])
        #expect(state.phase == .open && state.wakeAt == nil)
        #expect(state.fileAnswerArrived(Self.key) == nil)
        // A repeat has the same key.
        #expect(Self.isTaken(&state, at: 12_000))
        #expect(state.fileAnswerArrived(Self.key) == Self.key)
    }

    @Test func `do not move the echo of an idle session`() {
        var state = Self.open { $0.echoInterval = .seconds(60) }
        #expect(Self.isTaken(&state))
        #expect(state.timePassed(at: Self.time(10_000)) == [.giveUp(Self.key)])
        let echo = AnswerKey(transmission: 601_120_000, trace: 42)
        #expect(state.timePassed(at: Self.time(60_000)) == [.ask(.echo, echo)])
    }

    @Test func `do not keep a session open that ends or breaks`() {
        var draining = Self.open()
        #expect(Self.isTaken(&draining))
        #expect(draining.drain(at: Self.time(1)) == [.finish])
        var broken = Self.open()
        #expect(Self.isTaken(&broken))
        #expect(broken.broken() == [.close])
        #expect(broken.fileAnswerArrived(Self.key) == nil)
        #expect(broken.wakeAt == nil)
    }
}
