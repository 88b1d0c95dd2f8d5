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
    /// Of the chip that has made the track's dynamic value; nil unless that is right.
    package var trackCounter: TrackCounterFacts?
    /// Nil unless there are too many at the request's merchant.
    package var merchantFailures: MerchantFailures?
    package var keys = ProofKeys()

    package init(profileVersion: Int64) { self.profileVersion = profileVersion }
}

/// By which version of its key each proof is right; of one that is not, the version that it was compared with last. Nil
/// where it was compared with none. It is for whoever looks into a decision later: no decision depends on it.
package struct ProofKeys: Hashable, Sendable {
    /// Of the value in track data, and with it of ``VerificationFacts/trackCounter``.
    package var cardValue: StoredKeyVersion?
    package var cardCode: StoredKeyVersion?
    package var authentication: StoredKeyVersion?
    /// Of the PVV or offset, not of the key that the PIN came under.
    package var pin: StoredKeyVersion?
    /// With which the new PVV or offset was made.
    package var newPIN: StoredKeyVersion?
    package var chip: StoredKeyVersion?

    package init() {}

    package var isEmpty: Bool { self == ProofKeys() }
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

/// What the dynamic value in track data (dCVV, CVC3) proves of its chip's counter. Tracks have its last digits only.
package struct TrackCounterFacts: Hashable, Sendable {
    /// As many as there are with the same three last digits.
    package static let largestCount = 66

    /// PAN sequence number, 0 to 99.
    package let sequenceNumber: UInt8
    /// Those with which the value is right, in ascending order.
    package let counters: [UInt16]

    /// Nil unless there are 1 to ``largestCount`` counters in ascending order.
    package init?(sequenceNumber: UInt8, counters: [UInt16]) {
        let isAscending = zip(counters, counters.dropFirst()).allSatisfy { $0 < $1 }
        guard sequenceNumber <= 99, (1...Self.largestCount).contains(counters.count), isAscending else { return nil }
        self.sequenceNumber = sequenceNumber
        self.counters = counters
    }
}
