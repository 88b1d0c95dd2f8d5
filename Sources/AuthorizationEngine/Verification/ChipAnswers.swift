import AuthorizationCore
import CardCryptography

/// ISO 8583 element 55 of an answer for each decision that may follow, sealed before the account is locked: what
/// happens under the lock only picks one.
package struct ChipAnswers: Hashable, Sendable {
    private var approved: [UInt8]
    private var declined: [UInt8]
    /// Nil where the card's status does not call for it.
    private var blocked: [UInt8]?

    /// - Parameters:
    ///   - authentication: tag 91 for each decision, 16 bytes at most; nothing is told of one that is missing.
    ///   - blockingScript: tag 86 of the command that blocks the application; nil where it is not to be blocked.
    package init(_ authentication: [ChipDecision: [UInt8]], blockingScript: [UInt8]?) {
        func object(_ tag: UInt8, _ value: [UInt8]?) -> [UInt8] {
            guard let value, value.count < 0x80 else { return [] }
            return [tag, UInt8(truncatingIfNeeded: value.count)] + value
        }
        approved = object(0x91, authentication[.approved])
        declined = object(0x91, authentication[.declined])
        // Template 72: the card obeys after its last cryptogram (EMV Book 3, 10.10).
        blocked = blockingScript.map { object(0x91, authentication[.blocked]) + object(0x72, $0) }
    }

    /// Nil for what a chip is not told.
    package func data(for outcome: Outcome) -> [UInt8]? {
        switch outcome {
        case .approved: approved
        case .declined(let reason, _): reason.isOfHotCard ? blocked ?? declined : declined
        case .acknowledged, .done, .refused: nil
        }
    }
}

extension DeclineReason {
    /// Whether the card itself was found to be hot, under the lock.
    fileprivate var isOfHotCard: Bool {
        self == .cardBlocked || self == .cardLost || self == .cardStolen
    }
}
