import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `What is kept for disputes` {
    private static func facts(_ changes: [Int: String?], chip: [UInt8]? = nil) throws -> DisputeFacts? {
        var message = Fixture.purchase(changes)
        if let chip { message.set(55, bytes: chip) }
        return try #require(Fixture.reader.read(message, now: Fixture.now).request).disputeFacts
    }

    @Test func `is what the message says of acceptor, terminal and entry`() throws {
        let facts = try #require(try Self.facts([31: "74537604000000000000001"]))
        #expect(facts.terminal == "TERM0001")
        #expect(facts.acceptor == "Kiosko de la Plaza       Madrid       ES")
        #expect(facts.pointOfService == "051")
        #expect(facts.acquirerReference == "74537604000000000000001")
        #expect(facts.ecommerceIndicator.isEmpty && facts.chip == ChipFacts())
    }

    @Test func `is also what the network has places of its own for`() throws {
        let facts = try #require(
            try Self.facts([60: "210205" + "2204DS-1" + "2305ACS-1" + "241140010030273" + "2503PAR"])
        )
        #expect(facts.ecommerceIndicator == "05")
        #expect(facts.directoryServerTransaction == "DS-1")
        #expect(facts.accessControlServerTransaction == "ACS-1")
        #expect(facts.tokenRequestor == "40010030273")
        #expect(facts.paymentAccountReference == "PAR")
    }

    @Test func `is what the chip says, tag by tag`() throws {
        let chip: [UInt8] =
            [0x9F, 0x34, 3, 0x1E, 0x03, 0x02, 0x95, 5, 0x80, 0, 0, 0x80, 0x01, 0x9F, 0x27, 1, 0x80]
            + [0x9F, 0x36, 2, 0x01, 0x2A, 0x9F, 0x37, 4, 0xDE, 0xAD, 0xBE, 0xEF, 0x9F, 0x26, 2, 1, 2]
        let facts = try #require(try Self.facts([:], chip: chip)).chip
        #expect(facts.verificationMethod == 0x1E_0302)
        #expect(facts.terminalResults == 0x80_0000_8001)
        #expect(facts.cryptogramInformation == 0x80)
        #expect(facts.transactionCounter == 298)
        #expect(facts.unpredictableNumber == 0xDEAD_BEEF)
    }

    @Test(
        arguments: [
            [0x9F, 0x36, 3, 1, 2, 3], [0x95, 4, 1, 2, 3, 4], [0x9F], [0x9F, 0x36, 9, 1],
        ] as [[UInt8]]
    )
    func `is nothing of a chip's data that is cut or of another length, and the request goes on`(
        _ chip: [UInt8]
    ) throws {
        #expect(try Self.facts([:], chip: chip)?.chip == ChipFacts())
    }

    @Test func `is nothing of a text that is too long, and nil where there is nothing`() throws {
        // Not of the card's own digits.
        let long = String(repeating: "7", count: 99)
        #expect(try Self.facts([60: "2299" + long])?.directoryServerTransaction == long)
        #expect(try Self.facts([22: nil, 41: nil, 43: nil]) == nil)
    }

    @Test(arguments: [
        "22164000000000000002", "22194000 0000 0000 0002", "22194000-0000-0000-0002", "2223ref 4111 1111-1111 1111",
        "222340000000000000020000000", "22174000000_000000002", "22194111a1111b1111c1111",
    ])
    func `is nothing of a text with a card number in it, whosever it is`(_ text: String) throws {
        let facts = try #require(try Self.facts([2: "4111111111111111", 60: text]))
        #expect(facts.directoryServerTransaction == "", "\(facts)")
    }

    @Test func `has an acquirer's reference whose digits would pass for a card number beside others`() throws {
        let reference = "40000000000000020000000"
        #expect(try Self.facts([31: reference])?.acquirerReference == reference)
        for other in ["4111111111111111", "74000000000000002", "4000000000000002000000"] {
            #expect(try Self.facts([31: other])?.acquirerReference == "", "\(other)")
        }
    }

    @Test func `does not hold a card number, a track or a PIN block`() throws {
        let facts = try #require(try Self.facts([35: "4111111111111111=29112011234567890", 52: "12345678"]))
        let text = "\(facts)"
        for secret in ["4111111111111111", "1123456", "12345678"] { #expect(!text.contains(secret)) }
    }
}
