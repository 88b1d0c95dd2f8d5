import CardCryptography
import Testing

/// What cards are given was made apart, with Python's pyemv.
@Suite struct `A PIN in an issuer script` {
    private static func card(_ master: String, _ usage: KeyUsage) throws -> CardKey<BlockCipher> {
        try CardKey(
            master: try Key(secret(master), .tripleDES, usage: usage),
            pan: try #require(PAN(ascii: "1234567890123456".utf8)),
            sequenceNumber: digits("00"),
            .optionA
        )
    }

    private static func data(_ pin: String, _ scheme: ChipScheme, _ usage: KeyUsage) throws -> String {
        hexadecimal(
            try IssuerScript.data(
                with: try #require(PIN(ascii: pin.utf8)),
                counter: 0x1C,
                cryptogram: 0x29CC_A15A_E665_FA2E,
                scheme: scheme,
                card: try card("FEDCBA98765432100123456789ABCDEF", usage),
                cryptograms: try card("0123456789ABCDEFFEDCBA9876543210", .applicationCryptograms)
            )
        )
    }

    @Test(arguments: [
        ("1234", ChipScheme.visa, "55D46494CB3B08720448D37A43D2B00C"),
        ("123456789012", .visa, "553B967A609971FB0448D37A43D2B00C"),
        ("1234", .mastercard, "6E57C44B55DC880C"), ("123456789012", .mastercard, "8DE203B102C73ED1"),
    ])
    func `is enciphered as another implementation does it`(
        _ row: (pin: String, scheme: ChipScheme, data: String)
    ) throws {
        #expect(try Self.data(row.pin, row.scheme, .secureMessagingConfidentiality) == row.data)
    }

    @Test(arguments: [KeyUsage.secureMessagingIntegrity, .applicationCryptograms])
    func `is enciphered with no key of another usage`(_ usage: KeyUsage) {
        #expect(throws: PaymentCryptographyError.keyUsage) { try Self.data("1234", .visa, usage) }
    }
}
