import AuthorizationCore

/// What an answer says of a decision in the words of the network that asked. They are data of the network, which may
/// change; so they are kept beside the decision, and a repeat is told the same.
package struct AnswerCodes: Hashable, Sendable {
    /// ISO 8583 element 39: two characters, three since 1993.
    package var response: String
    /// How the merchant may go on after a decline; nil where nothing is said.
    package var advice: String?
    /// What is said of the code printed on the card (CVV2, CVC 2), when the request asked and it was verified here.
    package var cardCode: String?
    /// What is said of the value of 3-D Secure (CAVV), likewise.
    package var authentication: String?
    /// ISO 8583 element 55: the issuer authentication data and scripts for a chip; nil where it is told nothing.
    package var chipData: [UInt8]?
    /// What stands behind the chip's data in the answer that leaves now: the script with a new PIN. Never stored.
    package var newPINScript: [UInt8]?

    package init(response: String, advice: String? = nil, chipData: [UInt8]? = nil) {
        self.response = response
        self.advice = advice
        self.chipData = chipData
    }

    /// What a repeat is told.
    package var stored: AnswerCodes {
        var codes = self
        codes.newPINScript = nil
        return codes
    }
}

/// Puts a decision, and what verification found, into a network's words; nil for what the network is not told.
package typealias AnswerCoding = @Sendable (Decision, VerificationFacts?) -> AnswerCodes?
