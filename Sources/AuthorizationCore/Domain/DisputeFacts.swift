/// What disputes are argued with and nothing is decided on, as the network sent it. Texts are without the spaces at
/// their end, and empty where the message had none.
package struct DisputeFacts: Hashable, Sendable {
    /// Characters of one text. ISO 8583 has none that is longer: elements 31 and, since 1993, 43.
    package static let longestText = 99

    /// ISO 8583 element 41.
    package var terminal = ""
    /// ISO 8583 element 43: the acceptor's name and place.
    package var acceptor = ""
    /// ISO 8583 element 22: how the card was read, and with what.
    package var pointOfService = ""
    /// ISO 8583 element 31: the acquirer's reference number (ARN).
    package var acquirerReference = ""
    /// Electronic commerce indicator (ECI): how the cardholder was authenticated.
    package var ecommerceIndicator = ""
    /// EMV 3-D Secure, DS Transaction ID.
    package var directoryServerTransaction = ""
    /// EMV 3-D Secure, ACS Transaction ID.
    package var accessControlServerTransaction = ""
    /// EMV Payment Tokenisation, Token Requestor ID.
    package var tokenRequestor = ""
    /// EMV Payment Tokenisation, Payment Account Reference (PAR).
    package var paymentAccountReference = ""
    package var chip = ChipFacts()

    package init() {}

    package var isEmpty: Bool { self == DisputeFacts() }
}

/// What a chip said (EMV Book 3, annex A, by tag). Nil where the message had none.
package struct ChipFacts: Hashable, Sendable {
    /// 9F34, cardholder verification method results: 3 bytes.
    package var verificationMethod: UInt32?
    /// 95, terminal verification results: 5 bytes.
    package var terminalResults: UInt64?
    /// 9F27, cryptogram information data.
    package var cryptogramInformation: UInt8?
    /// 9F36, application transaction counter.
    package var transactionCounter: UInt16?
    /// 9F37, unpredictable number.
    package var unpredictableNumber: UInt32?

    package init() {}
}
