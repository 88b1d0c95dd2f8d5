/// What a message says of the credential that it pays with: what was given to verify it, whether the merchant keeps it,
/// and the token in the place of the card's number. What is given as proof is a secret that ends with the request: here
/// is only that it was given, and what came of it.
package struct CredentialFacts: Hashable, Sendable {
    /// Nil when the message has nothing of the cardholder's address.
    package var address: AddressVerification?
    /// The code printed on the card (CVV2, CVC 2).
    package var cardCode = ProofVerification()
    /// The cardholder authentication verification value of 3-D Secure (CAVV, AAV).
    package var authentication = ProofVerification()
    /// Nil when the merchant does not keep the credential.
    package var storedUse: StoredCredentialUse?
    /// Nil when the card's own number was used.
    package var token: TokenFacts?

    package init() {}

    package var isEmpty: Bool { self == CredentialFacts() }
}

/// How the cardholder's address was compared with the issuer's (address verification service, AVS).
package struct AddressVerification: Hashable, Sendable {
    /// What of the address the message has. The address itself is not kept.
    package enum Presented: UInt8, ClosedList {
        case postalCode = 1
        /// The digits of street and house.
        case numbers = 2
        case both = 3
    }

    package enum Result: UInt8, ClosedList {
        case match = 1
        case postalCodeOnly = 2
        case numbersOnly = 3
        case noMatch = 4
        /// The issuer has no address to compare with.
        case notSupported = 5
        case unavailable = 6
    }

    package var presented: Presented?
    /// What the network found in the issuer's stead.
    package var result: Result?

    package init(presented: Presented? = nil, result: Result? = nil) {
        self.presented = presented
        self.result = result
    }
}

/// A value that proves something, as far as it may be kept.
package struct ProofVerification: Hashable, Sendable {
    package enum Presence: UInt8, ClosedList {
        case present = 1
        /// The merchant chose not to ask for it.
        case omitted = 2
        case illegible = 3
        /// The cardholder says that the card has none.
        case notOnCard = 4
    }

    package enum Result: UInt8, ClosedList {
        case match = 1
        case noMatch = 2
        /// Nobody has verified it, or it could not be done.
        case notVerified = 3
    }

    /// Nil when the message says nothing.
    package var presence: Presence?
    /// What the network found in the issuer's stead.
    package var result: Result?

    package init(presence: Presence? = nil, result: Result? = nil) {
        self.presence = presence
        self.result = result
    }
}

/// Whether a payment is the one with which a merchant begins to keep the credential, or one with what it keeps.
package enum StoredCredentialUse: UInt8, ClosedList {
    case first = 1
    case subsequent = 2
}

/// A payment token (EMV Payment Tokenisation Specification, Technical Framework). Its requestor is among the facts for
/// disputes.
package struct TokenFacts: Hashable, Sendable {
    package static let indexLength = 32
    /// Characters of ``reference``.
    package static let longestReference = 64

    /// Keyed index of the token's number, made like those of card numbers: `indexLength` bytes. Nil when the message
    /// does not have the number.
    package var index: [UInt8]?
    /// What the network calls the token; not a secret. Empty when the message does not tell it.
    package var reference = ""
    /// Token assurance level, 0 to 99.
    package var assurance: UInt8?
    /// Of the token's cryptogram, which only the network can verify.
    package var cryptogram: ProofVerification.Result?

    package init() {}

    package var isEmpty: Bool { self == TokenFacts() }
}
