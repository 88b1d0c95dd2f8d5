import AuthorizationEngine
import ISO8583
import NIOCore

/// Messages whose codes none of the keys has made that we know, as they came.
struct HeldMessages {
    enum Content {
        case whole(Message)
        /// What is left of one that cannot be read.
        case damaged(DecodeError, Message)
    }

    struct Held {
        var content: Content
        var packed: [UInt8]
        var header: FrameHeader
        var arrival: ContinuousClock.Instant
        var since: ContinuousClock.Instant
    }

    var messages: [Held] = []
    /// Whether a reading of the keys was asked for that has not ended.
    var isReading = false
    /// Whether a moment is set to look for those that have waited for too long.
    var isWatched = false
}

// What waits for the network's keys to be read again: another process may have been sent a new one.
extension NetworkSession {
    /// Half of the time that a request has: the other half is for its decision.
    private var longestWait: Duration { gateway.profile.dialect.answerTime / 2 }

    /// - Returns: whether the message waits.
    func hold(
        _ content: HeldMessages.Content,
        _ packed: [UInt8],
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant
    ) -> Bool {
        guard context != nil, state.codeDoubted() else { return false }
        held.messages.append(.init(content: content, packed: packed, header: header, arrival: arrival, since: .now))
        readKeys()
        watchHeld()
        return true
    }

    private func readKeys() {
        guard !held.isReading, !held.messages.isEmpty, let context, let keys = gateway.keys else { return }
        held.isReading = true
        let session = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        keys.messageSource.readAgain { refresh in
            eventLoop.execute {
                let session = session.value
                session.held.isReading = false
                session.judge(isRead: refresh.isRead) { $0.since <= refresh.began }
                session.readKeys()
            }
        }
    }

    /// The database may be slow, or away.
    private func watchHeld() {
        guard !held.isWatched, let first = held.messages.first, let context else { return }
        held.isWatched = true
        let delay = TimeAmount(max(.zero, first.arrival + longestWait - .now))
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
            held.isWatched = false
            let now = ContinuousClock.now
            judge(isRead: false) { $0.arrival + longestWait <= now }
            watchHeld()
        }
    }

    /// Judges messages by the keys that are known now, in the order they came.
    ///
    /// - Parameters:
    ///   - isRead: whether the keys are as they are stored. If not, a wrong code says nothing about them.
    ///   - isLast: whether a message waits no longer, whatever is found.
    private func judge(isRead: Bool, isLast: (HeldMessages.Held) -> Bool) {
        let waiting = held.messages
        held.messages = []
        for message in waiting {
            let verdict = authenticity(of: message)
            if case .forged = verdict, !isLast(message) {
                held.messages.append(message)
            } else {
                release(message, verdict, isRead: isRead)
            }
        }
        run(state.released(waiting.count - held.messages.count))
    }

    private func authenticity(of held: HeldMessages.Held) -> NetworkGateway.Authenticity {
        switch held.content {
        case .whole(let message): gateway.authenticity(of: message, held.packed)
        case .damaged(let error, let partial):
            gateway.authenticity(of: partial, announced: error.announced, held.packed)
        }
    }

    private func release(_ held: HeldMessages.Held, _ verdict: NetworkGateway.Authenticity, isRead: Bool) {
        switch (held.content, verdict) {
        case (.whole(let message), .proved), (.whole(let message), .notRequired):
            state.codeVerified()
            handle(message, held.header, held.arrival)
        case (.whole(let message), .forged(let event)):
            refuse(message, held.header, held.arrival, event)
            if isRead { run(state.codeFailed(at: .now)) }
        case (.damaged(let error, _), _):
            unreadable(error, held.packed, held.header, held.arrival, mayWait: false)
        }
    }
}
