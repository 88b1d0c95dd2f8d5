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
            pin: message.bytes(of: 52).map { presented(SecretBytes($0)) },
            newPIN: newPIN(of: message),
            chip: chipProof(of: message)
        )
    }

    private func trackProof(of message: Message) -> TrackProof? {
        guard let track = message.track else { return nil }
        let sequenceNumber = message.digits(23).flatMap { UInt8(exactly: $0) }
        var proof = TrackProof(track, sequenceNumber: sequenceNumber.flatMap { $0 <= 99 ? $0 : nil })
        proof?.isOfTrack1 = !message.contains(35)
        return proof
    }

    /// As bytes or as hexadecimal digits; nil where the network has it nowhere, and for anything but a PIN block.
    private func newPIN(of message: Message) -> PresentedPIN? {
        guard let value = bytes(at: profile.credential.newPIN, of: message) else { return nil }
        let lengths = PINBlockFormat.allCases.map(\.blockLength)
        // All of 16 encrypted bytes look like digits in one of 10^17 blocks.
        if let block = SecretBytes(hexadecimal: value), lengths.contains(block.count) { return presented(block) }
        return lengths.contains(value.count) ? presented(SecretBytes(value)) : nil
    }

    private func presented(_ block: SecretBytes) -> PresentedPIN {
        let key = profile.keys?.names(.pin, .incoming).first
        let isLong = block.count == PINBlockFormat.format4.blockLength
        let format = isLong ? .format4 : profile.keys?.pinFormat ?? .format0
        return PresentedPIN(block: block, format: format, key: key)
    }

    /// Without the spaces around it: a place for four digits has three of them at either end.
    private func secret(at location: ElementLocation?, of message: Message) -> SecretBytes? {
        guard let bytes = bytes(at: location, of: message) else { return nil }
        func isValue(_ byte: UInt8) -> Bool { byte != UInt8(ascii: " ") }
        guard let start = bytes.firstIndex(where: isValue), let last = bytes.lastIndex(where: isValue) else {
            return nil
        }
        return SecretBytes(bytes[start...last])
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
