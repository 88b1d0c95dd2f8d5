/// What wrong proofs are counted for: a card's number, or a token in its place.
package struct FailureKey: Hashable, Sendable {
    package var card: CardID
    /// Index of the token; nil for the card's own number.
    package var token: [UInt8]?

    package init(card: CardID, token: [UInt8]? = nil) {
        self.card = card
        self.token = token
    }
}

/// How many wrong proofs a program takes in a while.
package struct FailureLimit: Hashable, Sendable {
    package static let longestWindow: Int64 = 30 * 86_400

    /// From how many on nothing is approved, 1 to ``FailureCounter/capacity``.
    package var count: UInt8
    /// In seconds, 1 to ``longestWindow``: how long each of them counts.
    package var window: Int64

    /// At that pace, a thousand codes of three digits take half a year to try.
    package static let standard = FailureLimit(count: 5, window: 86_400)

    package init(count: UInt8, window: Int64) {
        self.count = count
        self.window = window
    }
}

/// When the last wrong proofs came. A right one takes none back: whoever guesses for one card may have another's in
/// between, and a cardholder's own payments must not help him.
package struct FailureCounter: Hashable, Sendable {
    package static let capacity = 20

    /// The oldest first, at most ``capacity``.
    package private(set) var times: [Instant]
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    /// Nil when there are too many, they are not in order, or no time can be reckoned with them.
    package init?(times: [Instant] = []) {
        guard times.count <= Self.capacity, zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }),
            times.allSatisfy({ (.distantPast ... .distantFuture).contains($0) })
        else { return nil }
        self.times = times
    }

    init(_ times: [Instant], version: Int64) {
        self.times = times
        self.version = version
    }

    /// Those that still count.
    package func count(at now: Instant, _ limit: FailureLimit) -> Int {
        times.count { now.microseconds - $0.microseconds < limit.window * 1_000_000 }
    }

    /// With one more. What is too old to count, or too much to matter, is forgotten.
    package func adding(_ now: Instant, _ limit: FailureLimit) -> FailureCounter {
        let standing = times.suffix(count(at: now, limit)) + [now]
        return FailureCounter(Array(standing.suffix(Self.capacity)), version: version)
    }
}
