/// Commands that the issuer sends to a card with its answer, each with a MAC (EMV Book 2, 9.2; Book 3, 6.5).
package enum IssuerScript {
    /// - Parameters:
    ///   - header: class, instruction, two parameters and the length that the data has with its MAC: 5 bytes.
    ///   - data: what the command carries before its MAC, enciphered where it has to be; up to 247 bytes.
    ///   - counter: the ATC of the transaction that is answered.
    ///   - cryptogram: its ARQC.
    ///   - card: of a master key of usage E2.
    package static func mac(
        header: [UInt8],
        data: [UInt8] = [],
        counter: UInt16,
        cryptogram: UInt64,
        scheme: ChipScheme,
        card: CardKey
    ) throws(PaymentCryptographyError) -> UInt64 {
        guard header.count == 5, data.count <= 247 else { throw .invalidInput }
        let key: SessionKey =
            switch scheme {
            case .visa: try SessionKey(visaScriptsOf: card, counter: counter)
            case .mastercard: try SessionKey(scriptsOf: card, cryptogram: cryptogram)
            }
        return try MessageAuthentication.algorithm3(
            header + counter.bytes + cryptogram.bytes + data,
            .method2,
            key.cipher
        )
    }

    /// Tag 86: the command with data and MAC, as templates 71 and 72 carry it.
    package static func command(header: [UInt8], data: [UInt8] = [], mac: UInt64) -> [UInt8] {
        let body = header + data + mac.bytes
        // From 128 on, a byte 81 says that the length follows.
        let length: [UInt8] = body.count < 0x80 ? [] : [0x81]
        return [0x86] + length + [UInt8(truncatingIfNeeded: body.count)] + body
    }
}
