/// How far a card's PIN may still be tried. Kept beside the card and loaded only for those who ask for it: most payments
/// have no PIN. A card without one has no such state.
package struct PINState: Hashable, Sendable {
    /// Wrong PINs since the last right one, a new one, or an unblocking. Nothing else gives tries back, no reversal either.
    package var tries: UInt8 = 0
    /// Version of what the PIN is verified with: 1 for the card's first PIN, one more with each new one.
    package var reference: Int32
    /// What the card's chip is still to be told; nil for nothing.
    package var script: PINScript?
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(reference: Int32) { self.reference = reference }

    /// Whether the tries are used up.
    ///
    /// - Parameter limit: the program's, 1 or more.
    package func isBlocked(limit: UInt8) -> Bool { tries >= limit }
}

/// What a presented PIN comes to once the tries are counted.
package enum PINVerdict: UInt8, ClosedList {
    case correct = 1
    case incorrect = 2
    /// Tries were used up before; the PIN may have been right or wrong.
    case triesExceeded = 3
    /// Not the cardholder's fault: no try is counted.
    case notVerified = 4
}

extension PINState? {
    /// Counts a presented PIN. Used-up tries come before everything, so that nobody learns whether a guess was right.
    ///
    /// - Parameter limit: wrong PINs after which no more are taken, 1 or more.
    package func judging(_ facts: PINFacts, limit: UInt8) -> (verdict: PINVerdict, after: PINState?) {
        guard var state = self else { return (.notVerified, self) }
        guard !state.isBlocked(limit: limit) else { return (.triesExceeded, self) }
        switch facts {
        case .match(state.reference):
            state.tries = 0
            return (.correct, state)
        case .noMatch(state.reference):
            state.tries += 1
            return (.incorrect, state)
        // What was compared with an older PIN says nothing of this one.
        case .match, .noMatch, .notVerified:
            return (.notVerified, self)
        }
    }
}
