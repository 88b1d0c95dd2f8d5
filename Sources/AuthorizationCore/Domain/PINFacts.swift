/// What came of verifying a presented PIN (ISO 8583 element 52), before any lock. The PIN block itself ends with the
/// request.
package enum PINFacts: Hashable, Sendable {
    /// Why nobody knows whether a PIN is right.
    package enum Obstacle: UInt8, ClosedList {
        /// The card has no PIN.
        case notSet = 1
        /// The block holds no PIN for this card under its key: a wrong zone key, or a damaged block.
        case blockNotOpened = 2
        /// The zone key or the verification key is not there, or is for something else.
        case keyNotUsable = 3
        /// The security module does not answer, or not in time.
        case unavailable = 4
    }

    /// It is the PIN that this version of the card's reference was made of.
    case match(reference: Int32)
    case noMatch(reference: Int32)
    case notVerified(Obstacle)

    package var result: ProofVerification.Result {
        switch self {
        case .match: .match
        case .noMatch: .noMatch
        case .notVerified: .notVerified
        }
    }

    /// Whether something else was looked at than what is in force now: verifying once more may say more.
    package func isStale(for pin: PINState?) -> Bool {
        switch self {
        case .match(let reference), .noMatch(let reference): reference != pin?.reference
        case .notVerified(.notSet): pin != nil
        case .notVerified(.blockNotOpened), .notVerified(.keyNotUsable), .notVerified(.unavailable): false
        }
    }
}
