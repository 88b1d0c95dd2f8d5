import CardCryptography
import Testing

/// What cards are given was made apart, with Python's pyemv, and its steps for version 22 with Triple DES alone.
@Suite struct `An issuer script` {
    private static let (counter, cryptogram) = (UInt16(0x1C), UInt64(0x29CC_A15A_E665_FA2E))

    private static func card(_ master: String, _ usage: KeyUsage) throws -> CardKey<BlockCipher> {
        try CardKey(
            master: try Key(secret(master), .tripleDES, usage: usage),
            pan: try #require(PAN(ascii: "1234567890123456".utf8)),
            sequenceNumber: digits("00"),
            .optionA
        )
    }

    private static func data(_ pin: String, _ version: CryptogramVersion, _ usage: KeyUsage) throws -> String {
        hexadecimal(
            try IssuerScript.data(
                with: try #require(PIN(ascii: pin.utf8)),
                counter: counter,
                cryptogram: cryptogram,
                version: version,
                card: try card("FEDCBA98765432100123456789ABCDEF", usage),
                cryptograms: try card("0123456789ABCDEFFEDCBA9876543210", .applicationCryptograms)
            )
        )
    }

    @Test(arguments: [
        ("1234", CryptogramVersion.visa10, "55D46494CB3B08720448D37A43D2B00C"),
        ("1234", .visa17, "55D46494CB3B08720448D37A43D2B00C"),
        ("123456789012", .visa18, "553B967A609971FB0448D37A43D2B00C"),
        ("1234", .visa22, "8ED8926694D930D9096797DE831E95A7"),
        ("123456789012", .visa22, "009B56537D7E1648096797DE831E95A7"),
        ("1234", .mastercard17, "6E57C44B55DC880C"), ("123456789012", .mastercard20, "8DE203B102C73ED1"),
    ])
    func `has a PIN enciphered as another implementation does it`(
        _ row: (pin: String, version: CryptogramVersion, data: String)
    ) throws {
        #expect(try Self.data(row.pin, row.version, .secureMessagingConfidentiality) == row.data)
    }

    @Test(arguments: [KeyUsage.secureMessagingIntegrity, .applicationCryptograms])
    func `enciphers a PIN with no key of another usage`(_ usage: KeyUsage) {
        for version in [CryptogramVersion.visa10, .visa22] {
            #expect(throws: PaymentCryptographyError.keyUsage) { try Self.data("1234", version, usage) }
        }
    }

    /// The header is the command's: application unblock and block, PIN unblock, PIN change without the present PIN and
    /// with it.
    @Test(arguments: [
        ("8418000008", "", "6637A71CB3C505B5"), ("841E000008", "", "098BB785BE30B9F3"),
        ("8424000008", "", "2D8D3A2CD2C9329D"),
        ("8424000218", "8ED8926694D930D9096797DE831E95A7", "AACAB89EBDEC91A0"),
        ("8424000218", "009B56537D7E1648096797DE831E95A7", "4E1604E07E75A66D"),
        ("8424000118", "5A014459183FA1799426116155F47ABE", "D127E9EB333EFCB3"),
        ("8424000118", "609623C5151F58269426116155F47ABE", "129AFCB3D9CC118F"),
    ])
    func `to Visa's version 22 has a MAC by the key from the cryptogram`(
        _ row: (header: String, data: String, mac: String)
    ) throws {
        let mac = try IssuerScript.mac(
            header: secret(row.header).withExposedBytes { Array($0) },
            data: secret(row.data).withExposedBytes { Array($0) },
            counter: Self.counter,
            cryptogram: Self.cryptogram,
            version: .visa22,
            card: try Self.card("FEDCBA98765432100123456789ABCDEF", .secureMessagingIntegrity)
        )
        #expect(mac == UInt64(row.mac, radix: 16))
    }
}
