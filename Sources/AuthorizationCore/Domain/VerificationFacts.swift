/// What verification found out about the proofs of a request, before it was decided. The proofs themselves end with the
/// request. Nil is a proof that was not presented; `notVerified` one that nobody could look at.
package struct VerificationFacts: Hashable, Sendable {
    /// ``Card/profileVersion`` of what the proofs were compared with.
    package var profileVersion: Int64
    /// Of track 2 (ISO 8583 element 35).
    package var cardValue: CardValueFacts?
    /// Of the code printed on the card (CVV2, CVC 2).
    package var cardCode: ProofVerification.Result?
    /// Of the cardholder authentication verification value of 3-D Secure (CAVV, AAV).
    package var authentication: ProofVerification.Result?
    /// Of ISO 8583 element 52.
    package var pin: PINFacts?
    /// Of the new PIN, in a request to change it; nil where it was not looked at.
    package var newPIN: NewPINFacts?
    /// Of ISO 8583 element 55.
    package var chip: CryptogramFacts?

    package init(profileVersion: Int64) { self.profileVersion = profileVersion }
}

/// What was found out about the verification value in track data.
package struct CardValueFacts: Hashable, Sendable {
    /// Where a value is at home: each is computed in another way, and none stands for another.
    package enum Kind: UInt8, ClosedList {
        /// CVV, CVC: on the magnetic stripe.
        case stripe = 1
        /// iCVV: in the chip, computed with the service code 999.
        case chip = 2
        /// dCVV, CVC3: made anew for each contactless payment.
        case dynamic = 3
    }

    package var kind: Kind
    package var result: ProofVerification.Result

    package init(_ kind: Kind, _ result: ProofVerification.Result) {
        self.kind = kind
        self.result = result
    }
}
