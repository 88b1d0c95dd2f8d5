import Testing

@testable import CardNetwork

@Suite struct `Session` {
    private static func identity(_ number: Int, _ content: String = "") -> RequestIdentity {
        RequestIdentity(key: "test:0100:\(number)", content: content)
    }

    private static func admissions(_ state: inout SessionState, _ numbers: [Int]) -> [SessionState.Admission] {
        numbers.map { state.requestReceived(identity($0), mustBeAccepted: false) }
    }

    @Test func `requests wait for a sign-on where the dialect wants one, reversals do not`() {
        var state = SessionState(isSignOnRequired: true)
        #expect(Self.admissions(&state, [1]) == [.refuse])
        let reversal = state.requestReceived(Self.identity(2), mustBeAccepted: true)
        #expect(reversal == .take)
        state.managed(.echo)
        #expect(Self.admissions(&state, [1]) == [.refuse])
        state.managed(.signOn)
        #expect(state.isSignedOn)
        #expect(Self.admissions(&state, [1]) == [.take])
        state.managed(.signOff)
        #expect(!state.isSignedOn)
        #expect(Self.admissions(&state, [3]) == [.refuse])
        // What is in flight is finished.
        #expect(state.inFlightCount == 2)
    }

    @Test func `no sign-on is needed where the dialect does not want one`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.admissions(&state, [1]) == [.take])
        state.managed(.signOff)
        #expect(Self.admissions(&state, [2]) == [.take])
    }

    @Test func `a repeat in flight attaches until it is answered`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.admissions(&state, [1, 1, 2, 1]) == [.take, .attach, .take, .attach])
        #expect(state.inFlightCount == 2)
        state.answered(Self.identity(1))
        #expect(Self.admissions(&state, [1]) == [.take])
    }

    @Test func `a key in flight with other content is decided by itself`() {
        var state = SessionState(isSignOnRequired: false)
        let admissions = ["a", "b", "a"].map { content in
            state.requestReceived(Self.identity(1, content), mustBeAccepted: false)
        }
        #expect(admissions == [.take, .take, .attach])
    }

    @Test func `beyond the limit nothing is taken, and one answer makes room for one`() {
        var state = SessionState(isSignOnRequired: false)
        let taken = Self.admissions(&state, Array(0..<SessionState.inFlightLimit))
        #expect(taken.allSatisfy { $0 == .take })
        #expect(Self.admissions(&state, [-1, 0]) == [.refuse, .attach])
        let reversal = state.requestReceived(Self.identity(-2), mustBeAccepted: true)
        #expect(reversal == .refuse)
        state.answered(Self.identity(0))
        #expect(Self.admissions(&state, [-1, -3]) == [.take, .refuse])
    }

    @Test func `a draining session is done when its last answer has left`() {
        var state = SessionState(isSignOnRequired: false)
        #expect(Self.admissions(&state, [1, 2]) == [.take, .take])
        #expect(!state.isDrained)
        state.drain()
        #expect(state.isDraining && !state.isDrained)
        state.answered(Self.identity(1))
        #expect(!state.isDrained)
        state.answered(Self.identity(2))
        #expect(state.isDrained)
        var idle = SessionState(isSignOnRequired: false)
        idle.drain()
        #expect(idle.isDrained)
    }
}
