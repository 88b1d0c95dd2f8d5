import Testing

@testable import CardNetwork

@Suite struct `Session` {
    /// Whether each of so many requests is taken.
    private static func taken(_ state: inout SessionState, _ count: Int) -> [Bool] {
        (0..<count).map { _ in state.takes(mustBeAccepted: false) }
    }

    @Test func `requests wait for a sign-on where the dialect wants one, reversals do not`() {
        var state = SessionState(isSignOnRequired: true)
        #expect(Self.taken(&state, 1) == [false])
        let isReversalTaken = state.takes(mustBeAccepted: true)
        #expect(isReversalTaken)
        state.managed(.echo)
        #expect(Self.taken(&state, 1) == [false])
        state.managed(.signOn)
        #expect(state.isSignedOn)
        #expect(Self.taken(&state, 1) == [true])
        state.managed(.signOff)
        #expect(!state.isSignedOn)
        #expect(Self.taken(&state, 1) == [false])
        // What is in flight is finished.
        #expect(state.inFlightCount == 2)
    }

    @Test func `no sign-on is needed where the dialect does not want one`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.taken(&state, 1) == [true])
        state.managed(.signOff)
        #expect(Self.taken(&state, 1) == [true])
    }

    @Test func `beyond the limit nothing is taken, and one answer makes room for one`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.taken(&state, SessionState.inFlightLimit).allSatisfy { $0 })
        #expect(Self.taken(&state, 1) == [false])
        let isReversalTaken = state.takes(mustBeAccepted: true)
        #expect(!isReversalTaken)
        state.answered()
        #expect(Self.taken(&state, 2) == [true, false])
    }

    @Test func `a draining session is done when its last answer has left`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.taken(&state, 2) == [true, true])
        #expect(!state.isDrained)
        state.drain()
        #expect(state.isDraining && !state.isDrained)
        state.answered()
        #expect(!state.isDrained)
        state.answered()
        #expect(state.isDrained)
        var idle = SessionState(isSignOnRequired: false)
        idle.drain()
        #expect(idle.isDrained)
    }
}
