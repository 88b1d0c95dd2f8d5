/// A session's logic as a value: what arrives or passes goes in, what is to be done comes out. It knows who may send
/// what, how many requests wait for their answers, and what we asked the network. Time is passed in; sockets are
/// elsewhere.
struct SessionState {
    enum Phase: Equatable {
        /// TCP is connected, a TLS handshake may be under way. Becomes open, or closed when that takes too long.
        case opening(until: ContinuousClock.Instant)
        /// Requests are taken. Becomes draining on a stop, half closed when the network sends nothing more.
        case open
        /// No more requests are taken; becomes closed when those taken are answered and the sign-off is.
        case draining
        /// Nothing can arrive any more; becomes closed when all requests taken are answered.
        case halfClosed
        /// The connection is gone, or was asked to go.
        case closed
    }

    enum Action: Equatable {
        /// Send a message of network management; its answer is waited for.
        case ask(ManagementCode, AnswerKey)
        /// Wait no longer for the answer to a file update.
        case giveUp(AnswerKey)
        /// Close behind the answers that are being written; what still arrives is dropped.
        case finish
        /// Close at once.
        case close
        /// Close at once: the network does not answer or read, and what was written may not have arrived.
        case abort
    }

    enum Admission: Equatable {
        case taken
        /// Too many are in flight, nobody has signed on, or the session ends.
        case refused
    }

    private struct Asked {
        var code: ManagementCode
        var key: AnswerKey
        var deadline: ContinuousClock.Instant
    }

    private let rules: SessionRules
    private var asked: [Asked] = []
    /// File updates whose answers have not come, and until when they may.
    private var fileUpdates: [AnswerKey: ContinuousClock.Instant] = [:]
    private var lastTrace: Int64
    private var lastArrival: ContinuousClock.Instant
    private var isWritable = true
    private(set) var phase: Phase
    /// Whether either side has signed on, and neither off since.
    private(set) var isSignedOn = false { didSet { wasSignedOn = wasSignedOn || isSignedOn } }
    private var wasSignedOn = false
    private var openedAt: ContinuousClock.Instant?
    private(set) var inFlightCount = 0
    /// Messages that wait for the network's keys to be read again. They are not in flight: whoever sends wrong codes takes
    /// no room from requests.
    private var heldCount = 0
    private var codeFailures = KeyFailures()
    private var pinFailures = KeyFailures()

    /// - Parameter trace: what DE 11 of our messages counts on from.
    init(_ rules: SessionRules, openedAt now: ContinuousClock.Instant, trace: Int64) {
        self.rules = rules
        lastTrace = trace
        lastArrival = now
        phase = .opening(until: now + rules.answerTimeout)
    }
}

// MARK: - The connection

extension SessionState {
    /// The connection can be used; its TLS handshake, if it has one, is done.
    mutating func connected(at now: SessionTime) -> [Action] {
        switch phase {
        case .opening:
            phase = .open
            openedAt = now.instant
            lastArrival = now.instant
            return rules.signsOn ? [ask(.signOn, now)] : []
        case .open, .draining, .halfClosed, .closed: return []
        }
    }

    /// Aval stops: no more requests are taken.
    mutating func drain(at now: SessionTime) -> [Action] {
        switch phase {
        case .open:
            phase = .draining
            isSignedOn = false
            asked = []
            return rules.signsOn ? [ask(.signOff, now)] : closeIfDone()
        case .opening: return close(by: .close)
        case .draining, .halfClosed, .closed: return []
        }
    }

    /// The network sends nothing more; what it sent is still answered.
    mutating func inputClosed() -> [Action] {
        switch phase {
        case .open, .draining:
            phase = .halfClosed
            asked = []
            return closeIfDone()
        case .opening: return close(by: .close)
        case .halfClosed, .closed: return []
        }
    }

    /// The connection is gone, or what arrives cannot be followed.
    mutating func broken() -> [Action] { close(by: .close) }

    /// The network has not taken what we wrote in time. Also a session that only waits to have written is broken off.
    mutating func outputStalled() -> [Action] {
        _ = close(by: .abort)
        return [.abort]
    }

    mutating func writabilityChanged(to isWritable: Bool) { self.isWritable = isWritable }

    /// Whether to read from the socket. A peer that sends without reading its answers is not read from, nor one whose
    /// requests fill even the reserve.
    var isReading: Bool {
        switch phase {
        case .opening: true
        case .open: isWritable && hasRoom
        // Requests are refused; the answer to our sign-off is still to come.
        case .draining: isWritable
        case .halfClosed: false
        // What is left unread at the close would take answers along.
        case .closed: true
        }
    }

    /// Whether what has been read may be taken: while the reserve is full, what must be accepted would only be dropped.
    var hasRoom: Bool {
        switch phase {
        case .open: inFlightCount < rules.inFlightLimit + rules.reserve
        case .opening, .draining, .halfClosed: true
        case .closed: false
        }
    }

    /// Whether a connection that ends now was of use: signed on, or where we do not sign on, open for so long. Who takes
    /// a connection only to refuse or end it is of none.
    func hasServed(until now: ContinuousClock.Instant, atLeast duration: Duration) -> Bool {
        rules.signsOn ? wasSignedOn : openedAt.map { now - $0 >= duration } ?? false
    }

    private mutating func closeIfDone() -> [Action] {
        switch phase {
        case .draining, .halfClosed: inFlightCount + heldCount == 0 && asked.isEmpty ? close(by: .finish) : []
        case .opening, .open, .closed: []
        }
    }

    private mutating func close(by action: Action) -> [Action] {
        guard phase != .closed else { return [] }
        phase = .closed
        isSignedOn = false
        asked = []
        fileUpdates = [:]
        return [action]
    }
}

// MARK: - Messages

extension SessionState {
    /// A message arrived, whatever it says.
    mutating func messageArrived(at now: ContinuousClock.Instant) { lastArrival = now }

    /// Whether to decide a request. A repeat is taken like any other: its account's lane has the answer.
    ///
    /// - Parameter mustBeAccepted: reversals and advices are taken also before sign-on, and from a reserve.
    mutating func requestArrived(mustBeAccepted: Bool) -> Admission {
        guard phase == .open, mustBeAccepted || isSignedOn || !rules.isSignOnRequired,
            inFlightCount < rules.inFlightLimit + (mustBeAccepted ? rules.reserve : 0)
        else { return .refused }
        inFlightCount += 1
        return .taken
    }

    /// Requests were answered, or will never be.
    mutating func answered(_ count: Int) -> [Action] {
        inFlightCount -= count
        return closeIfDone()
    }

    /// The network asks for something; it is answered in any phase.
    mutating func managed(_ code: ManagementCode) {
        guard phase == .open else { return }
        switch code {
        case .signOn: isSignedOn = true
        case .signOff: isSignedOn = false
        case .echo, .keyChange: break
        }
    }

    /// Whether an answer is one to our question for a new key.
    func asksForKey(_ key: AnswerKey) -> Bool { asked.contains { key.answers($0.key) && $0.code == .keyChange } }

    /// The network answers what we asked.
    ///
    /// - Returns: nil when nothing was asked that it could answer: unsolicited.
    mutating func answerArrived(_ key: AnswerKey, isApproved: Bool) -> [Action]? {
        guard let index = asked.firstIndex(where: { key.answers($0.key) }) else { return nil }
        switch asked.remove(at: index).code {
        case .signOn:
            guard isApproved else { return close(by: .finish) }
            isSignedOn = true
            return []
        case .signOff: return closeIfDone()
        // That it came says enough of an echo; the session sees whether it has a new key.
        case .echo, .keyChange: return []
        }
    }
}

// MARK: - Keys

extension SessionState {
    /// No key that we know has made a message's code: the network may have changed it with another process.
    ///
    /// - Returns: whether the message is to wait until the keys have been read again; else it is refused.
    mutating func codeDoubted() -> Bool {
        guard phase == .open, heldCount < rules.heldLimit else { return false }
        heldCount += 1
        return true
    }

    /// Messages that waited are handled, or refused.
    mutating func released(_ count: Int) -> [Action] {
        heldCount -= count
        return closeIfDone()
    }

    mutating func codeVerified() { codeFailures = codeFailures.ended }

    /// A message's code was missing, or wrong also by the keys as they are stored.
    mutating func codeFailed(at now: SessionTime) -> [Action] { keyFailed(\.codeFailures, now) }

    mutating func pinOpened() { pinFailures = pinFailures.ended }

    /// A PIN's block is opened by none of the keys as they are stored.
    mutating func pinNotOpened(at now: SessionTime) -> [Action] { keyFailed(\.pinFailures, now) }

    /// After several failures in a row the two sides may have different keys: we ask for a new one, ever less often
    /// while nothing gets better.
    private mutating func keyFailed(_ failures: WritableKeyPath<Self, KeyFailures>, _ now: SessionTime) -> [Action] {
        self[keyPath: failures].count += 1
        guard phase == .open, let rules = rules.keyRequests, self[keyPath: failures].mustAsk(rules, now.instant)
        else { return [] }
        return [ask(.keyChange, now)]
    }
}

// MARK: - File updates

extension SessionState {
    /// Whether file updates can be sent: to a network that has signed on or where we have, or that wants no sign-on.
    var takesFileUpdates: Bool {
        phase == .open && isWritable && (isSignedOn || !(rules.isSignOnRequired || rules.signsOn))
    }

    /// - Returns: whether to send it; then its answer is waited for.
    mutating func fileUpdateOffered(_ key: AnswerKey, at now: ContinuousClock.Instant) -> Bool {
        guard takesFileUpdates else { return false }
        fileUpdates[key] = now + rules.answerTimeout
        return true
    }

    /// The network answers a file update.
    ///
    /// - Returns: the update's key; nil when there is none that it could answer.
    mutating func fileAnswerArrived(_ key: AnswerKey) -> AnswerKey? {
        guard let asked = fileUpdates.keys.first(where: { key.answers($0) }) else { return nil }
        fileUpdates[asked] = nil
        return asked
    }

    /// What has no answer in time is its sender's to repeat, over this session or another.
    private mutating func giveUpFileUpdates(until now: ContinuousClock.Instant) -> [Action] {
        let late = fileUpdates.filter { $0.value <= now }.keys
        for key in late { fileUpdates[key] = nil }
        return late.sorted { $0.trace < $1.trace }.map { .giveUp($0) }
    }
}

// MARK: - Time

extension SessionState {
    /// When ``timePassed(at:)`` may have something to do; nil: never as things stand.
    var wakeAt: ContinuousClock.Instant? {
        switch phase {
        case .opening(let limit): limit
        case .open: [nextEcho, nextTimeout, fileUpdates.values.min()].compactMap { $0 }.min()
        case .draining: nextTimeout
        case .halfClosed, .closed: nil
        }
    }

    mutating func timePassed(at now: SessionTime) -> [Action] {
        guard let wakeAt, wakeAt <= now.instant else { return [] }
        switch phase {
        case .opening: return close(by: .abort)
        case .open:
            let givenUp = giveUpFileUpdates(until: now.instant)
            if let nextTimeout, nextTimeout <= now.instant { return givenUp + unanswered(at: now.instant) }
            guard let nextEcho, nextEcho <= now.instant else { return givenUp }
            // Who waits for answers is not idle, and may not be read from.
            guard inFlightCount == 0 else {
                lastArrival = now.instant
                return givenUp
            }
            return givenUp + [ask(.echo, now)]
        case .draining:
            // The answer to the sign-off is not worth an answer of ours.
            asked = []
            return closeIfDone()
        case .halfClosed, .closed: return []
        }
    }

    /// What we asked has no answer in time. It may have one that we have not read: then it has as long again.
    private mutating func unanswered(at now: ContinuousClock.Instant) -> [Action] {
        // Not every network answers who asks for a key.
        asked.removeAll { $0.code == .keyChange && $0.deadline <= now }
        guard let nextTimeout, nextTimeout <= now else { return [] }
        guard !isReading else { return close(by: .abort) }
        for index in asked.indices { asked[index].deadline = now + rules.answerTimeout }
        return []
    }

    private var nextTimeout: ContinuousClock.Instant? { asked.map(\.deadline).min() }

    private var nextEcho: ContinuousClock.Instant? {
        guard asked.isEmpty, let interval = rules.echoInterval else { return nil }
        return lastArrival + interval
    }

    private mutating func ask(_ code: ManagementCode, _ now: SessionTime) -> Action {
        lastTrace = lastTrace % 999_999 + 1
        let key = AnswerKey(transmission: now.transmission, trace: lastTrace)
        asked.append(Asked(code: code, key: key, deadline: now.instant + rules.answerTimeout))
        return .ask(code, key)
    }
}
