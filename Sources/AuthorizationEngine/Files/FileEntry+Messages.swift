import AuthorizationCore

/// One message to a network about its file (ISO 8583 class 3).
package struct FileUpdate: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case add(FileListing)
        case change(FileListing)
        case delete
    }

    package var action: Action
    /// DE 11, 1 to 999999.
    package var trace: Int64
    /// DE 7, the same in repeats.
    package var firstSentAt: Instant
    package var isRepeat: Bool

    package init(action: Action, trace: Int64, firstSentAt: Instant, isRepeat: Bool) {
        self.action = action
        self.trace = trace
        self.firstSentAt = firstSentAt
        self.isRepeat = isRepeat
    }
}

/// What a network's answer to a file update means.
package enum FileAnswer: Hashable, Sendable {
    case accepted
    /// The file has no entry of the card.
    case absent
    /// The network may take it later.
    case busy
    case refused
}

extension FileEntry {
    /// A message leaves, or left and is repeated.
    ///
    /// - Parameters:
    ///   - trace: DE 11, should it be a new message.
    ///   - wait: how long to wait for its answer before it is repeated.
    /// - Returns: nil when there is nothing to say.
    package mutating func sent(at now: Instant, trace: Int64, wait: Duration) -> FileUpdate? {
        guard state == .pending else { return nil }
        let isRepeat = sending != nil
        let sending = sending ?? Sending(listing: wanted, trace: trace, firstSentAt: now)
        self.sending = sending
        refusal = nil
        attempts = attempts == .max ? .max : attempts + 1
        dueAt = now + wait
        return FileUpdate(
            action: action(for: sending.listing),
            trace: sending.trace,
            firstSentAt: sending.firstSentAt,
            isRepeat: isRepeat
        )
    }

    /// The network has answered the message that was sent.
    ///
    /// - Parameter wait: how long to leave a busy network alone.
    package mutating func answered(_ answer: FileAnswer, code: String, at now: Instant, wait: Duration) {
        guard let sending else { return }
        self.sending = nil
        lastAnswer = Answer(code: code, at: now)
        dueAt = now
        switch answer {
        case .accepted: acknowledged = sending.listing
        // To be changed, it must be added; to be deleted, it is gone; to be added, it is no answer.
        case .absent where acknowledged != nil: acknowledged = nil
        case .absent, .refused: refusal = Refusal(sending.listing)
        case .busy:
            dueAt = now + wait
            return
        }
        attempts = 0
    }

    private func action(for listing: FileListing?) -> FileUpdate.Action {
        guard let listing else { return .delete }
        return acknowledged == nil ? .add(listing) : .change(listing)
    }
}
