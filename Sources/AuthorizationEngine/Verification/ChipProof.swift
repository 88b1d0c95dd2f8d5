import AuthorizationCore
import CardCryptography

/// What a message has of a chip, read and not yet verified.
package struct ChipProof: Sendable {
    package enum Content: Sendable {
        case data(ChipData)
        case unreadable(ChipProblem)
    }

    package var content: Content
    /// Tag 9F27; nil where the message does not have it.
    package var cryptogram: CryptogramKind?
    /// PAN sequence number (ISO 8583 element 23, tag 5F34), 0 to 99; 0 where the message does not tell it.
    package var sequenceNumber: UInt8
    /// Whether a token was used in the card's place.
    package var isOfToken = false
    /// What differs from the message, as far as its network wants to know.
    package var differences: Set<ChipElement>
    /// Those of the differences for which the network's rules decline.
    package var declined: Set<ChipElement>
    /// Tag 9F5B; nil without it.
    package var scriptReport: ScriptReport?

    package init(
        _ content: Content,
        cryptogram: CryptogramKind? = nil,
        sequenceNumber: UInt8 = 0,
        differences: Set<ChipElement> = [],
        declined: Set<ChipElement> = []
    ) {
        self.content = content
        self.cryptogram = cryptogram
        self.sequenceNumber = sequenceNumber
        self.differences = differences
        self.declined = declined
    }

    /// Why nothing can be made of it; nil when it could be read.
    package var unreadable: ChipProblem? { if case .unreadable(let problem) = content { problem } else { nil } }
}
