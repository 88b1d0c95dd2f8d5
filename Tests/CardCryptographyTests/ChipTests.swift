import CardCryptography
import TestSeed
import Testing

/// What the vectors do not cover was made apart, with Python's cryptography package, from the public rules.
@Suite struct `Chip cards` {
    private static func card(_ usage: KeyUsage = .applicationCryptograms) throws -> CardKey<BlockCipher> {
        try CardKey(
            master: try Key(secret("0123456789ABCDEFFEDCBA9876543210"), .tripleDES, usage: usage),
            pan: try #require(PAN(ascii: "4761739001010119".utf8)),
            sequenceNumber: digits("01"),
            .optionA
        )
    }

    static let objects: [UInt32: String] = [
        0x9F02: "000000012345", 0x9F03: "000000000000", 0x9F1A: "0724", 0x95: "0080048000", 0x5F2A: "0978",
        0x9A: "261121", 0x9C: "00", 0x9F37: "30901B6A", 0x82: "1980", 0x9F36: "0A1B", 0x9F26: "0000000000000000",
        0x9F10: "06011203A0B0C0",
    ]

    static func chip(_ changes: [UInt32: String] = [:], without missing: UInt32? = nil) throws -> ChipData {
        var objects = objects.merging(changes) { $1 }
        if let missing { objects[missing] = nil }
        return try ChipData { tag in objects[tag].map { secret($0).withExposedBytes { Array($0) } } }
    }

    static func issuerData(_ hexadecimal: String, _ scheme: ChipScheme) throws -> IssuerApplicationData {
        try IssuerApplicationData(secret(hexadecimal).withExposedBytes { Array($0) }, scheme)
    }

    @Test(arguments: [
        // Visa CVN 17: amount, unpredictable number, ATC and CVR byte 2 under the card's key.
        (
            "06011103A0B0C0", "0CB3B09F72B78FA0", ChipResponse.responseCode(0x3030), "DEEA64613B63D2853030"
        ),
        // CVN 22 in an issuer application data of 32 bytes.
        (
            "1F220301A04048000102030405060708090A0B0C0D0E0F101112131415161718", "E003EF65A90BE721",
            .cardStatusUpdate(0x0082_0000, proprietary: []), "D2E40CC000820000"
        ),
    ])
    func `of Visa are answered as another implementation answers`(
        _ row: (issuerData: String, cryptogram: String, response: ChipResponse, answer: String)
    ) throws {
        let chip = try Self.chip([0x9F26: row.cryptogram, 0x9F10: row.issuerData])
        let issuerData = try IssuerApplicationData(chip.issuerApplicationData, .visa)
        let cryptogram = try ApplicationCryptogram(chip, issuerData, card: try Self.card())
        #expect(cryptogram.isValid)
        #expect(hexadecimal(try cryptogram.issuerAuthenticationData(for: row.response)) == row.answer)
    }

    @Test func `of another key, counter or amount have no valid cryptogram`() throws {
        let good = [0x9F26: "0CB3B09F72B78FA0", 0x9F10: "06011103A0B0C0"] as [UInt32: String]
        for (tag, value) in [
            (0x9F02, "000000012346"), (0x9F36, "0A1C"), (0x9F37, "30901B6B"), (0x9F26, "0CB3B09F72B78FA1"),
        ] as [(UInt32, String)] {
            let chip = try Self.chip(good.merging([tag: value]) { $1 })
            let issuerData = try IssuerApplicationData(chip.issuerApplicationData, .visa)
            #expect(try !ApplicationCryptogram(chip, issuerData, card: try Self.card()).isValid)
        }
    }

    @Test(arguments: objects.keys.sorted())
    func `need each data object, of its length`(_ tag: UInt32) throws {
        #expect(throws: PaymentCryptographyError.chipDataMissing) { try Self.chip(without: tag) }
        let value = try #require(Self.objects[tag])
        for wrong in tag == 0x9F10
            ? ["", String(repeating: "00", count: 33)] : ["", value + "00", value.dropLast(2) + ""]
        {
            #expect(throws: PaymentCryptographyError.chipDataLength) { try Self.chip([tag: wrong]) }
        }
    }

    @Test(arguments: [
        ("06011203A0B0C0", ChipScheme.visa, CryptogramVersion.visa18),
        ("06050A03A0B0C0FFFF", .visa, .visa10), ("06011103A0B0C0", .visa, .visa17),
        ("06012203A0B0C0", .visa, .visa22),
        ("1F1207" + String(repeating: "00", count: 29), .visa, .visa18),
        ("0210" + String(repeating: "00", count: 16), .mastercard, .mastercard16),
        ("0211" + String(repeating: "00", count: 18), .mastercard, .mastercard17),
        ("0314" + String(repeating: "00", count: 24), .mastercard, .mastercard20),
        ("0315" + String(repeating: "00", count: 26), .mastercard, .mastercard21),
    ])
    func `tell the cryptogram version where their scheme lays it out`(
        _ row: (data: String, scheme: ChipScheme, version: CryptogramVersion)
    ) throws {
        let data = try Self.issuerData(row.data, row.scheme)
        #expect(data.version == row.version)
    }

    @Test(arguments: [
        ("", ChipScheme.visa, PaymentCryptographyError.issuerApplicationData),
        ("06011203A0B0", .visa, .issuerApplicationData),
        ("06011204A0B0C0", .visa, .issuerApplicationData),
        ("07011203A0B0C0", .visa, .issuerApplicationData),
        ("1F1203" + String(repeating: "00", count: 28), .visa, .issuerApplicationData),
        ("06011303A0B0C0", .visa, .unknownCryptogramVersion),
        ("0110" + String(repeating: "00", count: 15), .mastercard, .issuerApplicationData),
        ("0112" + String(repeating: "00", count: 16), .mastercard, .unknownCryptogramVersion),
    ])
    func `with other issuer application data are refused`(
        _ row: (data: String, scheme: ChipScheme, error: PaymentCryptographyError)
    ) {
        #expect(throws: row.error) { try Self.issuerData(row.data, row.scheme) }
    }

    /// M/Chip Advance's longer counters have no public layout.
    @Test(arguments: [24, 26])
    func `of Mastercard with longer counters are not guessed at`(_ count: Int) throws {
        let chip = try Self.chip([0x9F10: "0215" + String(repeating: "00", count: count)])
        let data = try IssuerApplicationData(chip.issuerApplicationData, .mastercard)
        #expect(throws: PaymentCryptographyError.issuerApplicationData) {
            try ApplicationCryptogram(chip, data, card: try Self.card())
        }
    }

    @Test func `are answered by the ARPC method of their version alone`() throws {
        for version in ["06010A03A0B0C0", "06011103A0B0C0", "06011203A0B0C0", "06012203A0B0C0"] {
            let chip = try Self.chip([0x9F10: version])
            let data = try IssuerApplicationData(chip.issuerApplicationData, .visa)
            let cryptogram = try ApplicationCryptogram(chip, data, card: try Self.card())
            let isFirst = data.version == .visa10 || data.version == .visa17
            let right: ChipResponse = isFirst ? .responseCode(0x3030) : .cardStatusUpdate(0, proprietary: [])
            let wrong: ChipResponse = isFirst ? .cardStatusUpdate(0, proprietary: []) : .responseCode(0x3030)
            #expect(try cryptogram.issuerAuthenticationData(for: right).count == (isFirst ? 10 : 8))
            #expect(throws: PaymentCryptographyError.arpcMethod) {
                try cryptogram.issuerAuthenticationData(for: wrong)
            }
        }
    }

    @Test(arguments: [
        ("06010A03A0B0C0", ChipScheme.visa, ["3030", "3035", "3035"]),
        ("06011103A0B0C0", .visa, ["3030", "3035", "3035"]),
        ("06011203A0B0C0", .visa, ["00800000", "00000000", "00200000"]),
        ("06012203A0B0C0", .visa, ["00800000", "00000000", "00200000"]),
        ("0210" + String(repeating: "00", count: 16), .mastercard, ["0010", "0000", "0000"]),
        ("0214" + String(repeating: "00", count: 16), .mastercard, ["0010", "0000", "0000"]),
    ])
    func `are told each decision in the words of their version`(
        _ row: (issuerData: String, scheme: ChipScheme, told: [String])
    ) throws {
        let chip = try Self.chip([0x9F10: row.issuerData])
        let data = try IssuerApplicationData(chip.issuerApplicationData, row.scheme)
        let cryptogram = try ApplicationCryptogram(chip, data, card: try Self.card())
        let sealed = try ChipDecision.allCases.map {
            try cryptogram.issuerAuthenticationData(for: ChipResponse($0, for: data.version))
        }
        #expect(sealed.map { hexadecimal(Array($0.dropFirst(cryptogram.responseCryptogramLength))) } == row.told)
    }

    @Test func `take keys of one usage only`() throws {
        let chip = try Self.chip()
        let data = try IssuerApplicationData(chip.issuerApplicationData, .visa)
        #expect(throws: PaymentCryptographyError.keyUsage) {
            try ApplicationCryptogram(chip, data, card: try Self.card(.secureMessagingIntegrity))
        }
        #expect(throws: PaymentCryptographyError.keyUsage) {
            try IssuerScript.mac(
                header: [0x84, 0x24, 0, 0, 8],
                counter: 1,
                cryptogram: 1,
                version: .visa10,
                card: try Self.card(.applicationCryptograms)
            )
        }
        for usage in KeyUsage.allCases where !usage.rawValue.hasPrefix("E") {
            #expect(throws: PaymentCryptographyError.keyUsage) { try Self.card(usage) }
        }
    }

    @Test func `take scripts of the right shape`() throws {
        let card = try Self.card(.secureMessagingIntegrity)
        // Bytes of header and data, and the length that the header tells.
        for (count, data, length) in [(4, 0, 8), (6, 0, 8), (5, 243, 251), (5, 247, 255), (5, 0, 9), (5, 8, 8)] {
            let header = Array(([0x84, 0x18, 0, 0, UInt8(length)] + [0]).prefix(count))
            let data = [UInt8](repeating: 0, count: data)
            #expect(throws: PaymentCryptographyError.invalidInput) {
                try IssuerScript.mac(
                    header: header,
                    data: data,
                    counter: 1,
                    cryptogram: 1,
                    version: .mastercard17,
                    card: card
                )
            }
            #expect(throws: PaymentCryptographyError.invalidInput) {
                try IssuerScript.command(header: header, data: data, mac: 0)
            }
        }
        let short = try IssuerScript.command(header: [0x84, 0x18, 0, 0, 8], mac: 0x0102_0304_0506_0708)
        #expect(hexadecimal(short) == "860D84180000080102030405060708")
        let long = try IssuerScript.command(header: [0, 0, 0, 0, 250], data: [UInt8](repeating: 0, count: 242), mac: 0)
        #expect(long.prefix(3) == [0x86, 0x81, 255] && long.count == 258)
    }

    /// The second command is the first one of a cryptogram that is one more; Visa's is not.
    @Test func `of Mastercard take a number of its own for each command of an answer`() throws {
        func mac(_ cryptogram: UInt64, _ index: UInt8, _ version: CryptogramVersion) throws -> UInt64 {
            try IssuerScript.mac(
                header: [0x84, 0x18, 0, 0, 8],
                counter: 1,
                cryptogram: cryptogram,
                index: index,
                version: version,
                card: try Self.card(.secureMessagingIntegrity)
            )
        }
        #expect(try mac(7, 1, .mastercard17) == mac(8, 0, .mastercard17))
        #expect(try mac(.max, 1, .mastercard17) == mac(0, 0, .mastercard17))
        #expect(try mac(7, 1, .mastercard17) != mac(7, 0, .mastercard17))
        for version in [CryptogramVersion.visa18, .visa22] { #expect(try mac(7, 1, version) == mac(7, 0, version)) }
    }
}

@Suite struct `Verification results` {
    /// EMV Book 3, annex C5.
    @Test(arguments: [
        (0x80_0000_0000, "offline data authentication not performed"),
        (0x08_0000_0000, "dynamic data authentication failed"), (0x0040_0000_00, "application expired"),
        (0x0008_0000_00, "new card"), (0x80_0000, "cardholder verification failed"),
        (0x20_0000, "PIN try limit exceeded"), (0x04_0000, "online PIN entered"), (0x8000, "floor limit exceeded"),
        (0x0800, "forced online"), (0x40, "issuer authentication failed"),
        (0x10, "script failed after the final cryptogram"),
        (0x80_0000_8000, "offline data authentication not performed, floor limit exceeded"), (0x03, ""),
    ])
    func `of the terminal are facts`(_ row: (bits: UInt64, names: String)) {
        #expect(TerminalVerificationResults(rawValue: row.bits).names == row.names)
    }

    @Test(arguments: [
        ("040000", [CardVerificationResults.offlinePINPerformed]),
        ("060000", [.offlinePINPerformed, .offlinePINFailed]),
        ("080000", [.issuerAuthenticationFailed]), ("010000", [.unableToGoOnline]), ("A00000", []),
        ("008000", [.lastOnlineTransactionNotCompleted]), ("004000", [.pinTryLimitExceeded]),
        ("002000", [.offlineLimitExceeded]), ("000800", [.issuerAuthenticationFailed]), ("000008", [.scriptFailed]),
    ])
    func `of Visa's cards are facts`(_ row: (bits: String, facts: [CardVerificationResults])) throws {
        let results = try `Chip cards`.issuerData("06011203" + row.bits, .visa).cardVerificationResults
        #expect(results == CardVerificationResults(row.facts))
        // In format 2 the device verifies the cardholder.
        let format2 = "1F220100" + row.bits + String(repeating: "00", count: 25)
        let pinFacts: CardVerificationResults = [.offlinePINPerformed, .offlinePINFailed]
        #expect(try `Chip cards`.issuerData(format2, .visa).cardVerificationResults == results.subtracting(pinFacts))
    }

    @Test(arguments: [
        ("040000000000", [CardVerificationResults.offlinePINPerformed]),
        ("000000800000", [.lastOnlineTransactionNotCompleted]),
        ("000000400000", [.unableToGoOnline]), ("000000100000", [.offlinePINFailed]),
        ("000000080000", [.pinTryLimitExceeded]), ("000000001000", [.offlineLimitExceeded]),
        ("000000000400", [.issuerAuthenticationFailed]), ("000000000100", [.scriptFailed]), ("A00003220000", []),
    ])
    func `of Mastercard's cards are facts`(_ row: (bits: String, facts: [CardVerificationResults])) throws {
        let data = "0110" + row.bits + String(repeating: "00", count: 10)
        let results = try `Chip cards`.issuerData(data, .mastercard).cardVerificationResults
        #expect(results == CardVerificationResults(row.facts))
    }
}
