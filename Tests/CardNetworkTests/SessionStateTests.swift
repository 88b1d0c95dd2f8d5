import Testing

@testable import CardNetwork

/// A dialogue is a column of inputs and what comes out of each.
@Suite struct `Session` {
    private static let start = ContinuousClock.now

    private static func time(_ milliseconds: Int) -> SessionTime {
        SessionTime(
            instant: start + .milliseconds(milliseconds),
            transmission: 601_120_000 + Int64(milliseconds / 1_000)
        )
    }

    /// DE 11 counts on from 41; DE 7 is that of the moment.
    private static func key(_ trace: Int64, at milliseconds: Int) -> AnswerKey {
        AnswerKey(transmission: time(milliseconds).transmission, trace: trace)
    }

    private static func rules(_ change: (inout SessionRules) -> Void = { _ in }) -> SessionRules {
        var rules = SessionRules(isSignOnRequired: false)
        change(&rules)
        return rules
    }

    /// A session that is connected at moment 0.
    private static func open(_ change: (inout SessionRules) -> Void = { _ in }) -> SessionState {
        var state = SessionState(rules(change), openedAt: start, trace: 41)
        _ = state.connected(at: time(0))
        return state
    }

    /// Whether each of so many requests is taken.
    private static func taken(_ state: inout SessionState, _ count: Int, mustBeAccepted: Bool = false) -> [Bool] {
        (0..<count).map { _ in state.requestArrived(mustBeAccepted: mustBeAccepted) == .taken }
    }

    // MARK: - Requests

    @Test func `requests wait for a sign-on where the dialect wants one, reversals do not`() {
        var state = Self.open { $0.isSignOnRequired = true }
        #expect(Self.taken(&state, 1) == [false])
        #expect(Self.taken(&state, 1, mustBeAccepted: true) == [true])
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
        var state = Self.open()
        #expect(Self.taken(&state, 1) == [true])
        state.managed(.signOff)
        #expect(Self.taken(&state, 1) == [true])
    }

    @Test func `beyond the limit only reversals are taken, from a reserve, and then nothing is read`() {
        var state = Self.open { $0.inFlightLimit = 2 }
        #expect(Self.taken(&state, 3) == [true, true, false])
        #expect(state.isReading)
        #expect(Self.taken(&state, 17, mustBeAccepted: true) == Array(repeating: true, count: 16) + [false])
        #expect(!state.isReading)
        #expect(state.answered(1) == [])
        #expect(state.isReading)
        #expect(Self.taken(&state, 1) == [false])
        #expect(state.answered(16) == [])
        #expect(Self.taken(&state, 2) == [true, false])
    }

    @Test func `a peer that does not read its answers is not read from`() {
        var state = Self.open()
        state.writabilityChanged(to: false)
        #expect(!state.isReading)
        state.writabilityChanged(to: true)
        #expect(state.isReading)
    }

    @Test(arguments: [false, true])
    func `nothing is taken before the session is open or after it is closed`(isClosed: Bool) {
        var state = SessionState(Self.rules(), openedAt: Self.start, trace: 41)
        if isClosed {
            _ = state.connected(at: Self.time(0))
            #expect(state.broken() == [.close])
            #expect(state.broken() == [])
        }
        #expect(Self.taken(&state, 1, mustBeAccepted: true) == [false])
    }

    // MARK: - What we ask

    @Test func `where we sign on, the answer to it makes the session take requests`() {
        var state = SessionState(
            Self.rules {
                $0.signsOn = true
                $0.isSignOnRequired = true
            },
            openedAt: Self.start,
            trace: 41
        )
        #expect(state.connected(at: Self.time(1_000)) == [.ask(.signOn, Self.key(42, at: 1_000))])
        #expect(Self.taken(&state, 1) == [false])
        #expect(state.answerArrived(Self.key(42, at: 1_000), isApproved: true) == [])
        #expect(state.isSignedOn)
        #expect(Self.taken(&state, 1) == [true])
    }

    @Test func `a sign-on that is refused closes the session, one without an answer breaks it off`() {
        var refused = SessionState(Self.rules { $0.signsOn = true }, openedAt: Self.start, trace: 41)
        var silent = refused
        _ = refused.connected(at: Self.time(0))
        #expect(refused.answerArrived(Self.key(42, at: 0), isApproved: false) == [.finish])
        _ = silent.connected(at: Self.time(0))
        #expect(silent.timePassed(at: Self.time(9_999)) == [])
        #expect(silent.timePassed(at: Self.time(10_000)) == [.abort])
        #expect(silent.phase == .closed)
    }

    /// Each key, and whether it is an answer to the one with DE 11 = 42 of moment 0.
    @Test(arguments: [
        (AnswerKey(transmission: 601_120_000, trace: 42), true),
        (AnswerKey(transmission: nil, trace: 42), true),
        (AnswerKey(transmission: 601_120_001, trace: 42), false),
        (AnswerKey(transmission: 601_120_000, trace: 43), false),
    ])
    func `an answer is matched by its key, and once`(key: AnswerKey, isMatched: Bool) {
        var state = SessionState(Self.rules { $0.signsOn = true }, openedAt: Self.start, trace: 41)
        #expect(state.answerArrived(key, isApproved: true) == nil)
        _ = state.connected(at: Self.time(0))
        #expect((state.answerArrived(key, isApproved: true) != nil) == isMatched)
        #expect(state.answerArrived(key, isApproved: true) == nil)
    }

    @Test func `DE 11 counts from 1 again after its last number`() {
        var state = SessionState(Self.rules { $0.signsOn = true }, openedAt: Self.start, trace: 999_999)
        #expect(state.connected(at: Self.time(0)) == [.ask(.signOn, Self.key(1, at: 0))])
    }

    // MARK: - Echo

    @Test func `an idle session asks for an echo, and asks again after the answer and as long a silence`() {
        var state = Self.open { $0.echoInterval = .seconds(60) }
        #expect(state.wakeAt == Self.time(60_000).instant)
        state.messageArrived(at: Self.time(10_000).instant)
        #expect(state.timePassed(at: Self.time(60_000)) == [])
        #expect(state.wakeAt == Self.time(70_000).instant)
        #expect(state.timePassed(at: Self.time(70_000)) == [.ask(.echo, Self.key(42, at: 70_000))])
        #expect(state.wakeAt == Self.time(80_000).instant)
        state.messageArrived(at: Self.time(70_100).instant)
        #expect(state.answerArrived(Self.key(42, at: 70_000), isApproved: false) == [])
        #expect(state.timePassed(at: Self.time(80_000)) == [])
        #expect(state.timePassed(at: Self.time(130_100)) == [.ask(.echo, Self.key(43, at: 130_100))])
    }

    @Test func `an echo without an answer breaks the session off`() {
        var state = Self.open { $0.echoInterval = .seconds(1) }
        _ = state.timePassed(at: Self.time(1_000))
        #expect(state.timePassed(at: Self.time(11_000)) == [.abort])
    }

    @Test func `an echo whose answer may lie unread is waited for longer`() {
        var state = Self.open { $0.echoInterval = .seconds(1) }
        #expect(state.timePassed(at: Self.time(1_000)) == [.ask(.echo, Self.key(42, at: 1_000))])
        state.writabilityChanged(to: false)
        #expect(state.timePassed(at: Self.time(11_000)) == [])
        #expect(state.wakeAt == Self.time(21_000).instant)
        state.writabilityChanged(to: true)
        #expect(state.timePassed(at: Self.time(21_000)) == [.abort])
    }

    @Test func `a session with requests in flight is not idle`() {
        var state = Self.open { $0.echoInterval = .seconds(1) }
        _ = Self.taken(&state, 1)
        #expect(state.timePassed(at: Self.time(1_000)) == [])
        #expect(state.wakeAt == Self.time(2_000).instant)
        #expect(state.answered(1) == [])
        #expect(state.timePassed(at: Self.time(2_000)) == [.ask(.echo, Self.key(42, at: 2_000))])
    }

    @Test func `without an interval nothing is asked`() {
        var state = Self.open()
        #expect(state.wakeAt == nil)
        #expect(state.timePassed(at: Self.time(1_000_000)) == [])
    }

    @Test func `a connection whose handshake does not end is broken off`() {
        var state = SessionState(Self.rules { $0.answerTimeout = .seconds(3) }, openedAt: Self.start, trace: 41)
        #expect(state.wakeAt == Self.time(3_000).instant)
        #expect(state.timePassed(at: Self.time(3_000)) == [.abort])
        #expect(state.connected(at: Self.time(3_001)) == [])
        #expect(state.phase == .closed)
    }

    // MARK: - Ends

    @Test func `a draining session is done when its last answer has left`() {
        var state = Self.open()
        #expect(Self.taken(&state, 2) == [true, true])
        #expect(state.drain(at: Self.time(1_000)) == [])
        // What stays unread would take the answers along when the socket is closed.
        #expect(state.isReading)
        #expect(Self.taken(&state, 1, mustBeAccepted: true) == [false])
        #expect(state.answered(1) == [])
        #expect(state.answered(1) == [.finish])
        #expect(state.isReading)
        var idle = Self.open()
        #expect(idle.drain(at: Self.time(1_000)) == [.finish])
        #expect(idle.drain(at: Self.time(1_000)) == [])
    }

    @Test func `few messages wait for keys, take no room from requests, and are waited for at the end`() {
        var state = Self.open { $0.inFlightLimit = 2 }
        let isHeld = (0..<17).map { _ in state.codeDoubted() }
        #expect(isHeld == [Bool](repeating: true, count: 16) + [false])
        #expect(Self.taken(&state, 3) == [true, true, false])
        #expect(state.isReading)
        #expect(state.released(1) == [])
        #expect(state.codeDoubted() == true)
        #expect(state.answered(2) == [])
        #expect(state.drain(at: Self.time(1_000)) == [])
        #expect(state.released(15) == [])
        #expect(state.codeDoubted() == false)
        #expect(state.released(1) == [.finish])
    }

    /// Whether the network answers the sign-off, or its time passes.
    @Test(arguments: [false, true])
    func `where we sign on, we sign off first and wait for the answer`(isAnswered: Bool) {
        var state = Self.open { $0.signsOn = true }
        #expect(Self.taken(&state, 1) == [true])
        #expect(state.drain(at: Self.time(1_000)) == [.ask(.signOff, Self.key(43, at: 1_000))])
        #expect(!state.isSignedOn)
        #expect(state.isReading)
        #expect(Self.taken(&state, 1) == [false])
        #expect(state.answered(1) == [])
        if isAnswered {
            #expect(state.answerArrived(Self.key(43, at: 1_000), isApproved: true) == [.finish])
        } else {
            #expect(state.timePassed(at: Self.time(11_000)) == [.finish])
        }
    }

    @Test func `a network that sends nothing more still gets its answers`() {
        var state = Self.open { $0.signsOn = true }
        #expect(Self.taken(&state, 1) == [true])
        #expect(state.inputClosed() == [])
        #expect(Self.taken(&state, 1) == [false])
        #expect(state.drain(at: Self.time(1_000)) == [])
        #expect(state.wakeAt == nil)
        #expect(state.answered(1) == [.finish])
    }

    @Test func `a network that does not read is broken off, also at the end`() {
        var open = Self.open()
        #expect(Self.taken(&open, 1) == [true])
        #expect(open.outputStalled() == [.abort])
        #expect(open.answered(1) == [])
        var finishing = Self.open()
        #expect(finishing.drain(at: Self.time(0)) == [.finish])
        #expect(finishing.outputStalled() == [.abort])
    }

    /// Whether we sign on, what the network answers, and whether the session has then served after so many milliseconds.
    @Test(arguments: [
        (true, true, 1, true), (true, false, 60_000, false), (false, nil, 29_999, false), (false, nil, 30_000, true),
    ])
    func `only a session that was signed on, or without a sign-on lasted, makes the next dial a first one`(
        signsOn: Bool,
        isApproved: Bool?,
        milliseconds: Int,
        hasServed: Bool
    ) {
        var state = Self.open { $0.signsOn = signsOn }
        if let isApproved { _ = state.answerArrived(Self.key(42, at: 0), isApproved: isApproved) }
        state.messageArrived(at: Self.time(0).instant)
        _ = state.broken()
        #expect(state.hasServed(until: Self.time(milliseconds).instant, atLeast: .seconds(30)) == hasServed)
    }

    @Test func `a connection that is not open yet ends at once`() {
        var state = SessionState(Self.rules(), openedAt: Self.start, trace: 41)
        #expect(state.drain(at: Self.time(0)) == [.close])
        #expect(!state.hasServed(until: Self.time(60_000).instant, atLeast: .zero))
    }
}
