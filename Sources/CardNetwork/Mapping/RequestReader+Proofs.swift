import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

extension RequestReader {
    /// What a request presents to be verified; nil when that is nothing, or nothing of it can be read.
    func proofs(of message: Message, _ pan: PAN) -> PresentedProofs? {
        // What an advice tells was decided elsewhere: only the chip's counter still matters.
        guard !message.isAdvice else { return PresentedProofs(of: pan, chip: chipProof(of: message)) }
        return PresentedProofs(
            of: pan,
            track: trackProof(of: message),
            cardCode: secret(at: profile.credential.cardCode.value, of: message),
            // Its last byte may be that of a space.
            authentication: bytes(at: profile.credential.authentication.value, of: message).map { SecretBytes($0) },
            pin: pin(of: message),
            chip: chipProof(of: message)
        )
    }

    private func trackProof(of message: Message) -> TrackProof? {
        guard let track = track(of: message) else { return nil }
        let sequenceNumber = message.digits(23).flatMap { UInt8(exactly: $0) }
        return TrackProof(track, sequenceNumber: sequenceNumber.flatMap { $0 <= 99 ? $0 : nil })
    }

    private func pin(of message: Message) -> PresentedPIN? {
        guard let block = message.bytes(of: 52) else { return nil }
        let key = profile.keys?.names(.pin, .incoming).first
        let isLong = block.count == PINBlockFormat.format4.blockLength
        let format = isLong ? .format4 : profile.keys?.pinFormat ?? .format0
        return PresentedPIN(block: SecretBytes(block), format: format, key: key)
    }

    /// Without the spaces at its end.
    private func secret(at location: ElementLocation?, of message: Message) -> SecretBytes? {
        guard let bytes = bytes(at: location, of: message) else { return nil }
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? bytes.startIndex
        return SecretBytes(bytes[..<end])
    }
}

extension TrackProof {
    /// Nil without expiry and service code: there is no value then.
    fileprivate init?(_ track: Track2, sequenceNumber: UInt8?) {
        guard let expiry = track.expiry.flatMap({ DecimalDigits(ascii: $0, count: 4) }),
            let service = track.serviceCode, let serviceCode = DecimalDigits(ascii: service, count: 3)
        else { return nil }
        self.init(
            expiry: expiry,
            serviceCode: serviceCode,
            serviceCodeNumber: service.reduce(0) { $0 * 10 + UInt16($1 - UInt8(ascii: "0")) },
            discretionary: SecretBytes(track.discretionaryData),
            sequenceNumber: sequenceNumber
        )
    }
}
