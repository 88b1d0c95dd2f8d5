/// The cryptogram of a chip's request and the one of its answer.
package struct ApplicationCryptogram<Cipher: CardCipher> {
    package let version: CryptogramVersion
    package let sessionKey: SessionKey<Cipher>
    /// What the card should have sent in 9F26.
    package let expected: UInt64
    private let received: UInt64
    private let card: Cipher

    /// - Parameter card: of a master key of usage E0.
    package init(
        _ chip: ChipData,
        _ issuerData: IssuerApplicationData,
        card: CardKey<Cipher>
    ) throws(PaymentCryptographyError) {
        version = issuerData.version
        received = chip.cryptogram
        self.card = try card.cipher(for: .applicationCryptograms)
        sessionKey = try SessionKey(
            version.sessionKey,
            card: card,
            counter: chip.counter,
            unpredictableNumber: chip.unpredictableNumber
        )
        expected = try Self.cryptogram(of: chip.signedData(with: issuerData), version.padding, sessionKey)
    }

    /// Whether the card that has the key made the cryptogram, over this very data.
    package var isValid: Bool { Digest.areEqual(expected.bytes, received.bytes) }

    /// ISO/IEC 9797-1 algorithm 3 (EMV Book 2, annex A1.2.1).
    package static func cryptogram(
        of data: [UInt8],
        _ padding: MACPadding,
        _ key: SessionKey<Cipher>
    ) throws(PaymentCryptographyError) -> UInt64 {
        try MessageAuthentication.algorithm3(data, padding, key.cipher)
    }
}

extension ApplicationCryptogram: Sendable where Cipher: Sendable {}

// What a card should have sent would let anybody else send it.
extension ApplicationCryptogram: Masked {}

extension ChipData {
    /// What the card signs, before padding.
    package func signedData(with issuerData: IssuerApplicationData) throws(PaymentCryptographyError) -> [UInt8] {
        let cvr = issuerData.bytes[issuerData.cvrRange]
        switch issuerData.version {
        case .visa10, .mastercard16, .mastercard20: return transaction + cvr
        case .visa17:
            // Byte 5 of the issuer application data: the first of the CVR's three.
            return authorisedAmount + unpredictableNumber.bytes + counter.bytes + issuerData.bytes[4..<5]
        case .visa18, .visa22: return transaction + issuerData.bytes
        case .mastercard17, .mastercard21: return try transaction + cvr + issuerData.counters
        }
    }
}

/// The issuer's decision as a chip learns it.
package enum ChipResponse: Sendable {
    /// ARPC method 1: the authorization response code (tag 8A), two bytes.
    case responseCode(UInt16)
    /// ARPC method 2: the card status update, four bytes, and up to eight bytes of the issuer's own.
    case cardStatusUpdate(UInt32, proprietary: [UInt8])
}

extension ApplicationCryptogram {
    /// Tag 91, the issuer authentication data: the ARPC and the decision it seals (EMV Book 2, 8.2).
    ///
    /// - Throws: `arpcMethod` when the cryptogram version has the other method, `invalidInput`.
    package func issuerAuthenticationData(for response: ChipResponse) throws(PaymentCryptographyError) -> [UInt8] {
        switch (version, response) {
        case (.visa10, .responseCode(let code)), (.visa17, .responseCode(let code)),
            (.mastercard16, .responseCode(let code)), (.mastercard17, .responseCode(let code)):
            return try Self.method1(received, code, card)
        case (.mastercard20, .responseCode(let code)), (.mastercard21, .responseCode(let code)):
            return try Self.method1(received, code, sessionKey.cipher)
        case (.visa18, .cardStatusUpdate(let update, let data)),
            (.visa22, .cardStatusUpdate(let update, let data)):
            return try Self.method2(received, update, data, sessionKey.cipher)
        case (_, .responseCode), (_, .cardStatusUpdate):
            throw .arpcMethod
        }
    }

    /// Bytes of the ARPC in the issuer authentication data.
    package var responseCryptogramLength: Int {
        switch version {
        case .visa10, .visa17, .mastercard16, .mastercard17, .mastercard20, .mastercard21: 8
        case .visa18, .visa22: 4
        }
    }

    private static func method1(
        _ cryptogram: UInt64,
        _ code: UInt16,
        _ cipher: Cipher
    ) throws(PaymentCryptographyError) -> [UInt8] {
        try cipher.encrypt(cryptogram ^ UInt64(code) << 48).bytes + code.bytes
    }

    private static func method2(
        _ cryptogram: UInt64,
        _ update: UInt32,
        _ proprietary: [UInt8],
        _ cipher: Cipher
    ) throws(PaymentCryptographyError) -> [UInt8] {
        guard proprietary.count <= 8 else { throw .invalidInput }
        let data = update.bytes + proprietary
        let code = try MessageAuthentication.algorithm3(cryptogram.bytes + data, .method2, cipher)
        return code.bytes.prefix(4) + data
    }
}
