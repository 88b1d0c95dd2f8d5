import AuthorizationCore

/// What a card network's file says of one card, and what it is to say. The network declines by its file when it stands
/// in for us. A listing stands for an entry; nil is no entry.
///
/// A message that may have left is repeated until it is answered, whatever is wanted meanwhile, so that two messages
/// of a card never overtake each other. What was not sent yet is replaced by what is wanted now.
package struct FileEntry: Hashable, Sendable {
    /// A message whose answer has not come.
    package struct Sending: Hashable, Sendable {
        package var listing: FileListing?
        /// DE 11, 1 to 999999. A repeat has the same.
        package var trace: Int64
        /// DE 7 of the message and its repeats.
        package var firstSentAt: Instant

        package init(listing: FileListing?, trace: Int64, firstSentAt: Instant) {
            self.listing = listing
            self.trace = trace
            self.firstSentAt = firstSentAt
        }
    }

    package struct Answer: Hashable, Sendable {
        /// DE 39.
        package var code: String
        package var at: Instant

        package init(code: String, at: Instant) {
            self.code = code
            self.at = at
        }
    }

    /// What the network would not take.
    package enum Refusal: Hashable, Sendable {
        case entry(FileListing)
        case deletion
    }

    package enum State: String, CaseIterable, Sendable {
        /// The network has not answered what is wanted yet.
        case pending
        /// The network's file is as wanted.
        case acknowledged
        /// The network does not take what is wanted. Nothing is sent until something else is wanted, or an operator asks.
        case refused
    }

    package let card: CardID
    /// The network's name.
    package let network: String
    package var wanted: FileListing?
    /// Since when it is wanted.
    package var wantedAt: Instant
    /// What the network's file says, by its answers.
    package var acknowledged: FileListing?
    package var refusal: Refusal?
    package var sending: Sending?
    /// Messages since the last answer that settled something.
    package var attempts: Int32 = 0
    package var lastAnswer: Answer?
    /// When the next message may leave, if there is something to say.
    package var dueAt: Instant
    /// Of the stored row.
    package var version: Int64 = 1

    package init(card: CardID, network: String, wanted: FileListing?, at now: Instant) {
        self.card = card
        self.network = network
        self.wanted = wanted
        wantedAt = now
        dueAt = now
    }

    package var state: State {
        if sending != nil { return .pending }
        if wanted == acknowledged { return .acknowledged }
        return refusal == Refusal(wanted) ? .refused : .pending
    }

    /// Since when it is in its state: since it is wanted, or since the network's answer.
    package var since: Instant {
        switch state {
        case .pending: wantedAt
        case .acknowledged, .refused: max(wantedAt, lastAnswer?.at ?? wantedAt)
        }
    }
}

extension FileEntry.Refusal {
    /// Of what was to be told.
    package init(_ listing: FileListing?) { self = listing.map { .entry($0) } ?? .deletion }
}
