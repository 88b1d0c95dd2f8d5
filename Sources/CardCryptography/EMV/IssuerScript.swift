/// Commands that the issuer sends to a card with its answer, each with a MAC (EMV Book 2, 9.2; Book 3, 6.5).
package enum IssuerScript {
    /// - Parameters:
    ///   - header: class, instruction, two parameters and the length that the data has with its MAC: 5 bytes.
    ///   - data: what the command carries before its MAC, enciphered where it has to be; up to 242 bytes.
    ///   - counter: the ATC of the transaction that is answered.
    ///   - cryptogram: its ARQC.
    ///   - index: how many commands of the same answer are before it.
    ///   - card: of a master key of usage E2.
    /// - Throws: `invalidInput` for a header or data of another length, `keyUsage`.
    package static func mac(
        header: [UInt8],
        data: [UInt8] = [],
        counter: UInt16,
        cryptogram: UInt64,
        index: UInt8 = 0,
        version: CryptogramVersion,
        card: CardKey<some CardCipher>
    ) throws(PaymentCryptographyError) -> UInt64 {
        try check(header, data)
        let random = random(cryptogram, index, version.scheme)
        let key = try SessionKey(scriptsOf: card, version: version, counter: counter, cryptogram: random)
        let signed = signedData(header: header, data: data, counter: counter, random: random)
        return try MessageAuthentication.algorithm3(signed, .method2, key.cipher)
    }

    /// The cryptogram that a command's MAC goes by. Mastercard's RAND is one more for each further command (M/Chip 4,
    /// issuer scripts).
    package static func random(_ cryptogram: UInt64, _ index: UInt8, _ scheme: ChipScheme) -> UInt64 {
        switch scheme {
        case .visa: cryptogram
        case .mastercard: cryptogram &+ UInt64(index)
        }
    }

    /// What a command's MAC is of, before padding with method 2.
    package static func signedData(header: [UInt8], data: [UInt8], counter: UInt16, random: UInt64) -> [UInt8] {
        header + counter.bytes + random.bytes + data
    }

    /// Tag 86: the command with data and MAC, as templates 71 and 72 carry it.
    ///
    /// - Throws: `invalidInput` for a header or data of another length.
    package static func command(
        header: [UInt8],
        data: [UInt8] = [],
        mac: UInt64
    ) throws(PaymentCryptographyError) -> [UInt8] {
        try check(header, data)
        let body = header + data + mac.bytes
        // From 128 on, a byte 81 says that the length follows.
        let length: [UInt8] = body.count < 0x80 ? [] : [0x81]
        return [0x86] + length + [UInt8(truncatingIfNeeded: body.count)] + body
    }

    /// Header, data and MAC are 255 bytes at most, so that tag 86 can tell their length in one byte.
    private static func check(_ header: [UInt8], _ data: [UInt8]) throws(PaymentCryptographyError) {
        guard header.count == 5, data.count <= 242, Int(header[4]) == data.count + 8 else { throw .invalidInput }
    }
}
