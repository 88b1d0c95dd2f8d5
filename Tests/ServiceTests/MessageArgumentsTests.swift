import Foundation
import ISO8583
import Testing

@testable import Service

@Suite struct `A message of arguments` {
    /// 2026-11-21 10:05:09 UTC.
    private static let now = Date(timeIntervalSince1970: 1_795_255_509)

    private static func message(_ arguments: [String], _ dialect: Dialect) throws -> Message {
        try MessageArguments(arguments, pan: nil, dialect: dialect, now: now).message
    }

    private static let rows: [(arguments: [String], edition: Edition, type: MessageTypeIndicator, [Int: String])] = [
        (["4=1000"], .iso1987, 100, [3: "000000", 4: "000000001000", 7: "1121100509", 12: "100509", 13: "1121"]),
        (["mti=0400", "3=200000"], .iso1987, 400, [3: "200000", 7: "1121100509", 49: "978"]),
        (["mti=0800"], .iso1987, 800, [7: "1121100509", 70: "301"]),
        (["mti=0800", "70=001"], .iso1987, 800, [70: "001"]),
        (["4=1000"], .iso1993, 1100, [3: "000000", 7: "1121100509", 12: "261121100509", 24: "100", 49: "978"]),
        (["mti=1220", "12=261121000000"], .iso1993, 1220, [12: "261121000000", 24: "200"]),
        (["mti=1400", "24=401"], .iso1993, 1400, [24: "401"]), (["mti=1420"], .iso1993, 1420, [24: "400"]),
        (["mti=1804"], .iso1993, 1804, [7: "1121100509", 12: "261121100509", 24: "831"]),
    ]

    @Test(arguments: [
        "4111111111111111", "x", "2=4111111111111111", "35=4111111111111111=3012", "02=4111111111111111",
        "45=B4111111111111111^X^3012", "48=4111111111111111",
        // Tag 5A, alone and in a template; tracks 2 and 1; and what is no TLV.
        "55=5A084111111111111111", "55=700A5A084111111111111111", "55=57114111111111111111D3012201000000000F",
        "55=5612" + "42" + "34313131313131313131313131313131" + "5E", "55=4111111111111111",
    ])
    func `is not made of what is none, and no card number is told`(_ argument: String) {
        #expect { try Self.message([argument], .iso87ASCIIHexBitmap) } throws: { !"\($0)".contains("4111111111111111") }
    }

    @Test(arguments: [
        // A cryptogram and an unpredictable number that look like a card number; card data of the test range.
        "9F26084111111111111111", "9F1009A" + "4111111111111111" + "F", "5A089900000000000010",
        "57119900000000000010D3012201000000000F", "5612" + "42" + "39393030303030303030303030303130" + "5E",
    ])
    func `has chip data whose cryptograms look like a card number`(_ chipData: String) throws {
        let message = try Self.message(["55=\(chipData)"], .iso87ASCIIHexBitmap)
        #expect(message.bytes(of: 55).map { hexText($0) } == chipData)
    }

    @Test(arguments: [["4=1", "4=2"], ["mti=0100", "mti=0200"], ["4=1", "11=000001", "4=1"]])
    func `is not made of what is there twice`(_ arguments: [String]) {
        #expect { try Self.message(arguments, .iso87ASCIIHexBitmap) } throws: { "\($0)".contains("is there twice") }
    }

    @Test(arguments: rows)
    func `has what its edition and class need, and what it is given in its place`(
        _ arguments: [String],
        _ edition: Edition,
        _ type: MessageTypeIndicator,
        _ elements: [Int: String]
    ) throws {
        let dialect: Dialect = edition == .iso1987 ? .iso87ASCIIHexBitmap : .iso93ASCIIBinaryBitmap
        let message = try Self.message(arguments, dialect)
        #expect(message.messageType == type && message.length(of: 11) == 6)
        for (element, text) in elements { #expect(message.text(element) == text, "element \(element)") }
        let isManagement = type.messageClass == .network
        #expect(message.contains(3) != isManagement && message.contains(13) == (edition == .iso1987 && !isManagement))
        #expect(message.contains(24) == (edition == .iso1993) && message.contains(70) == (type == 800))
        #expect(throws: Never.self) { try Codec.encode(message, dialect: dialect) }
    }
}
