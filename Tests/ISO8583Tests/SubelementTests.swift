import AuthorizationCore
import Foundation
import TestSeed
import Testing

@testable import ISO8583

@Suite struct `Sub-elements` {
    @Test func `all vectors are there, and each operation is tested`() throws {
        #expect(Vectors.subelements.count == 37)
        #expect(Vectors.tlv.count == 20)
        let operations = Set(try Vectors.subelements.map { try $0.get("op", as: String.self) })
        #expect(operations == ["de90_1987", "de95_1987", "de54", "track2", "luhn", "amount_with_currency_exponent"])
    }

    @Test(arguments: Vectors.tlv)
    func `TLV parses to its tags, or names tag and place of the fault`(vector: Vector) throws {
        let bytes = hexBytes(try vector.get("in", "tlv")) ?? []
        guard let error: String = try vector.find("out", "error") else {
            let found = try TLV.parse(bytes)
            var rest = found[...]
            let expected: [String: Any] = try vector.get("out", "tags")
            #expect(NSDictionary(dictionary: tree(&rest, depth: 0, bytes)) == NSDictionary(dictionary: expected))
            var rebuilt: [UInt8] = []
            for tlv in found where tlv.depth == 0 { TLV.append(tlv.tag, bytes[tlv.value], to: &rebuilt) }
            #expect(hexText(rebuilt) == hexText(bytes))
            return
        }
        let thrown = #expect(throws: SubelementError.self) { try TLV.parse(bytes) }
        #expect(thrown?.class.rawValue == error)
        #expect(thrown?.offset == (try vector.get("out", "at_offset")))
        #expect(TLV.name(of: thrown?.tag ?? 0) == (try vector.get("out", "tag")))
    }

    @Test(arguments: Vectors.subelements)
    func `an element divides into its parts or names its fault`(vector: Vector) throws {
        switch try vector.get("op", as: String.self) {
        case "de90_1987": try checkOriginalData(vector)
        case "de95_1987": try checkReplacementAmounts(vector)
        case "de54": try checkAdditionalAmounts(vector)
        case "track2": try checkTrack2(vector)
        case "luhn":
            let digits: String = try vector.get("in", "pan")
            #expect(passesLuhn(Array(digits.utf8)) == (try vector.get("out", "valid")))
        case "amount_with_currency_exponent": try checkDecimal(vector)
        case let operation: Issue.record("unknown operation \(operation)")
        }
    }

    @Test func `original data of 1993 are read and written`() throws {
        let text = "1100" + "123456" + "261121103000" + "06" + "012345"
        let original = try OriginalDataElements(iso1993: Array(text.utf8))
        #expect(original.acquirer == 12_345)
        #expect(original.time == 261_121_103_000)
        let again = try OriginalDataElements(iso1993: original.iso1993)
        #expect(again == original)
        let short = Array(text.dropLast().utf8)
        #expect(throws: SubelementError.self) { try OriginalDataElements(iso1993: short) }
    }

    @Test func `fees of DE 95 that are not used may be filled with zeros`() throws {
        let zeros = String(repeating: "0", count: 30)
        #expect(try ReplacementAmounts(Array(("000000003000" + zeros).utf8)) == ReplacementAmounts(transaction: 3_000))
        let unsigned = "000000003000" + "000000000000" + "000000001" + "D00000000"
        #expect(throws: SubelementError(class: .badSign, offset: 24)) { try ReplacementAmounts(Array(unsigned.utf8)) }
    }

    @Test func `tagged characters divide into tags and values`() throws {
        let layout = SubelementLayout.tagged(tagDigits: 4, lengthDigits: 3)
        let value = Array("0023003ABC0158000".utf8)
        let parts = try layout.split(value)
        #expect(parts.map(\.name) == ["0023", "0158"])
        #expect(parts.map { latin1Text(value[$0.range]) } == ["ABC", ""])
        #expect(throws: SubelementError(class: .wrongLength, offset: 7)) {
            try layout.split(Array("0023004ABC".utf8))
        }
        #expect(throws: SubelementError(class: .notNumeric, offset: 5)) { try layout.split(Array("00230X3ABC".utf8)) }
    }

    @Test func `an element with its own bit map divides into the parts it announces`() throws {
        let layout = SubelementLayout.bitmap(
            bytes: 1,
            parts: [1: .init("first", .numeric, 2), 3: .init("", .alphanumericSpecial, 1)]
        )
        let parts = try layout.split([0b1010_0000, 0x31, 0x32, 0x58])
        #expect(parts == [Subelement(name: "first", range: 1..<3), Subelement(name: "3", range: 3..<4)])
        #expect(throws: SubelementError(class: .unknownPart, offset: 1)) { try layout.split([0b0100_0000, 0x31]) }
        #expect(throws: SubelementError(class: .wrongLength, offset: 1)) { try layout.split([0b1000_0000, 0x31]) }
        #expect(throws: SubelementError(class: .wrongLength, offset: 1)) { try layout.split([0, 0x31]) }
    }

    @Test func `random bytes never crash a layout`() throws {
        var generator = SplitMix64(seed: TestSeed.value)
        print("AVAL_SEED=\(TestSeed.value)")
        let layouts: [SubelementLayout] = [
            .berTLV, .originalData, .replacementAmounts, .additionalAmounts, .tagged(tagDigits: 2, lengthDigits: 2),
            .bitmap(bytes: 8, parts: [2: .init("", .binary, 3), 5: .init("", .numeric, 1)]),
        ]
        for _ in 0..<TestSeed.mutations {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            for layout in layouts {
                guard let parts = try? layout.split(bytes) else { continue }
                #expect(parts.allSatisfy { $0.range.upperBound <= bytes.count })
            }
            _ = try? Track2(bytes[...])
            _ = try? Track2(track1: [UInt8(ascii: "B")] + bytes)
        }
    }

    static let firstTracks: [(text: String, pan: String, expiry: String?, service: String?, data: String)] = [
        ("B4111111111111111^ASENSIO/ANA^29112011234585600", "4111111111111111", "2911", "201", "1234585600"),
        ("B4111111111111111^^2911201", "4111111111111111", "2911", "201", ""),
        ("B4111111111111111^A^^20112", "4111111111111111", nil, nil, ""), ("B4^A^2911^1", "4", "2911", nil, ""),
        ("B4111111111111111^A^", "4111111111111111", nil, nil, ""),
    ]

    @Test(arguments: firstTracks)
    func `track 1 reads as track 2 does behind the name`(
        _ row: (text: String, pan: String, expiry: String?, service: String?, data: String)
    ) throws {
        // A slice that does not begin at 0.
        let track = try Track2(track1: Array(("%" + row.text).utf8).dropFirst())
        #expect(latin1Text(track.accountNumber) == row.pan && latin1Text(track.discretionaryData) == row.data)
        #expect(track.expiry.map { latin1Text($0) } == row.expiry)
        #expect(track.serviceCode.map { latin1Text($0) } == row.service)
    }

    @Test(arguments: [
        ("", SubelementError.Class.noSeparator), ("B4111111111111111^A", .noSeparator),
        ("A4111111111111111^A^2911", .noSeparator), ("4111111111111111=2911201", .noSeparator),
        ("B411111111111111X^A^2911", .accountNumberNotNumeric), ("B^A^2911", .accountNumberNotNumeric),
        ("B41111111111111111111^A^2911", .accountNumberNotNumeric),
    ])
    func `what is no track 1 is refused`(_ text: String, _ fault: SubelementError.Class) {
        let error = #expect(throws: SubelementError.self) { try Track2(track1: Array(text.utf8)[...]) }
        #expect(error?.class == fault)
    }

    private func tree(_ rest: inout ArraySlice<TLV>, depth: Int, _ bytes: [UInt8]) -> [String: Any] {
        var tags: [String: Any] = [:]
        while let tlv = rest.first, tlv.depth == depth {
            rest = rest.dropFirst()
            tags[TLV.name(of: tlv.tag)] =
                tlv.isConstructed ? tree(&rest, depth: depth + 1, bytes) : hexText(bytes[tlv.value])
        }
        return tags
    }
}

private func input(_ vector: Vector) throws -> [UInt8] {
    latin1Bytes(try vector.get("in", "value"))
}

private func checkOriginalData(_ vector: Vector) throws {
    let value = try input(vector)
    if let error: String = try vector.find("out", "error") {
        let thrown = #expect(throws: SubelementError.self) { try OriginalDataElements(iso1987: value) }
        #expect(thrown?.class.rawValue == error)
        return
    }
    let original = try OriginalDataElements(iso1987: value)
    #expect(original.iso1987 == value)
    #expect(original.messageType.description == (try vector.get("out", "original_mti")))
    #expect(original.systemTraceAuditNumber == Int64(try vector.get("out", "original_stan", as: String.self)))
    #expect(original.time == Int64(try vector.get("out", "original_transmission_datetime", as: String.self)))
    #expect(original.acquirer == Int64(try vector.get("out", "original_acquirer", as: String.self)))
    #expect(original.forwarder == Int64(try vector.get("out", "original_forwarder", as: String.self)))
    try checkParts(.originalData, value, vector)
}

private func checkReplacementAmounts(_ vector: Vector) throws {
    let value = try input(vector)
    let amounts = try ReplacementAmounts(value)
    #expect(amounts.bytes == value)
    #expect(amounts.transaction == Int64(try vector.get("out", "actual_amount_transaction", as: String.self)))
    let fee: String = try vector.get("out", "actual_fee_transaction")
    #expect(amounts.transactionFee == (fee.hasPrefix("C") ? -1 : 1) * (Int64(fee.dropFirst()) ?? 0))
    try checkParts(.replacementAmounts, value, vector)
}

/// The generic layout gives the same parts as the vector.
private func checkParts(_ layout: SubelementLayout, _ value: [UInt8], _ vector: Vector) throws {
    let parts = try layout.split(value).map { ($0.name, latin1Text(value[$0.range])) }
    #expect(Dictionary(uniqueKeysWithValues: parts) == (try vector.get("out", as: [String: String].self)))
}

private func checkAdditionalAmounts(_ vector: Vector) throws {
    let value = try input(vector)
    if let error: String = try vector.find("out", "error") {
        let thrown = #expect(throws: SubelementError.self) { try AdditionalAmount.parse(value) }
        #expect(thrown.map { error.hasPrefix($0.class.rawValue) } == true)
        return
    }
    let amounts = try AdditionalAmount.parse(value)
    let expected: [[String: String]] = try vector.get("out", "amounts")
    #expect(amounts.flatMap(\.bytes) == value)
    #expect(amounts.count == expected.count)
    for (amount, block) in zip(amounts, expected) {
        #expect(amount.accountType == block["account_type"])
        #expect(amount.amountType == block["amount_type"])
        #expect(amount.currency == block["currency"])
        #expect((amount.isCredit ? "C" : "D") == block["sign"])
        #expect(latin1Text(digits(amount.amount, width: 12)) == block["amount"])
    }
    #expect(try SubelementLayout.additionalAmounts.split(value).count == 5 * expected.count)
}

private func checkTrack2(_ vector: Vector) throws {
    let value = try input(vector)
    if let error: String = try vector.find("out", "error") {
        let thrown = #expect(throws: SubelementError.self) { try Track2(value[...]) }
        #expect(thrown?.class.rawValue == error)
        return
    }
    let track = try Track2(value[...])
    #expect(latin1Text(track.accountNumber) == (try vector.get("out", "pan")))
    #expect(track.expiry.map { latin1Text($0) } == (try vector.get("out", "expiry_yymm", as: String.self)))
    #expect(track.serviceCode.map { latin1Text($0) } == (try vector.get("out", "service_code", as: String.self)))
    #expect(latin1Text(track.discretionaryData) == (try vector.get("out", "discretionary")))
    #expect("\(track)" == "*")
}

private func checkDecimal(_ vector: Vector) throws {
    // The exponents of ISO 4217 belong to the money module; here are those that the vectors use.
    let standard = [978: 2, 392: 0, 48: 3, 990: 4, 840: 2, 414: 3]
    let currency = try #require(Int(try vector.get("in", "de49", as: String.self)))
    let exponent = Dialect.iso87BCD.exponent(ofCurrency: currency, standard: try #require(standard[currency]))
    var message = Message(100)
    message.set(4, text: try vector.get("in", "de4"))
    let amount = try #require(message.digits(4))
    #expect(decimalText(minorUnits: amount, exponent: exponent) == (try vector.get("out", "decimal")))
}

/// `1050` and exponent 2 give `10.50`.
private func decimalText(minorUnits: Int64, exponent: Int) -> String {
    let digits = String(minorUnits)
    let text = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
    return exponent > 0 ? "\(text.dropLast(exponent)).\(text.suffix(exponent))" : text
}
