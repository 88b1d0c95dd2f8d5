import CardCryptography

/// What a message presents to prove that card and cardholder take part. Dies with the request, and is wiped then: it is
/// never stored, logged or printed.
package final class PresentedProofs: Sendable {
    /// As the message names the card.
    package let pan: PAN
    package let track: TrackProof?
    /// The code printed on the card (CVV2, CVC 2), as it came: ASCII.
    package let cardCode: SecretBytes?
    /// The cardholder authentication verification value (CAVV, AAV), as it came.
    package let authentication: SecretBytes?
    package let pin: PresentedPIN?
    /// In a request to change the PIN.
    package let newPIN: PresentedPIN?
    /// ISO 8583 element 55.
    package let chip: ChipProof?

    /// Nil when nothing is presented.
    package init?(
        of pan: PAN,
        track: TrackProof? = nil,
        cardCode: SecretBytes? = nil,
        authentication: SecretBytes? = nil,
        pin: PresentedPIN? = nil,
        newPIN: PresentedPIN? = nil,
        chip: ChipProof? = nil
    ) {
        let isEmpty = track == nil && cardCode == nil && authentication == nil && pin == nil && chip == nil
        guard !isEmpty else { return nil }
        self.pan = pan
        self.track = track
        self.cardCode = cardCode
        self.authentication = authentication
        self.pin = pin
        self.newPIN = newPIN
        self.chip = chip
    }
}

/// What track 2 (ISO 8583 element 35; ISO/IEC 7813) or track 1 (element 45) has behind the card's number.
package struct TrackProof: Sendable {
    /// YYMM.
    package var expiry: DecimalDigits
    /// Three digits, and the same as a number.
    package var serviceCode: DecimalDigits
    package var serviceCodeNumber: UInt16
    /// The issuer's own data.
    package var discretionary: SecretBytes
    /// PAN sequence number (ISO 8583 element 23), 0 to 99; nil where the message does not tell it.
    package var sequenceNumber: UInt8?
    /// The issuer's data of track 1 are laid out in another way: nobody says where their values are.
    package var isOfTrack1 = false

    package init(
        expiry: DecimalDigits,
        serviceCode: DecimalDigits,
        serviceCodeNumber: UInt16,
        discretionary: SecretBytes,
        sequenceNumber: UInt8? = nil
    ) {
        self.expiry = expiry
        self.serviceCode = serviceCode
        self.serviceCodeNumber = serviceCodeNumber
        self.discretionary = discretionary
        self.sequenceNumber = sequenceNumber
    }
}

/// ISO 8583 element 52.
package struct PresentedPIN: Sendable {
    package var block: SecretBytes
    package var format: PINBlockFormat
    /// The sender's stored key, under which it came; nil where a network has none.
    package var key: KeyName?
    /// How the check value of the key's version begins, where the sender tells it; else any version in use is meant.
    package var checkValue: [UInt8]

    package init(block: SecretBytes, format: PINBlockFormat, key: KeyName?, checkValue: [UInt8] = []) {
        self.block = block
        self.format = format
        self.key = key
        self.checkValue = checkValue
    }
}
