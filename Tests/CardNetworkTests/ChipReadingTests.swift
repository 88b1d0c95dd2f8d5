import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `A chip's data in a message` {
    /// The purchase of the fixture as its chip tells it: 10.50 euros in Spain on June 1st.
    static let objects: [UInt32: String] = [
        0x9F02: "000000001050", 0x9F03: "000000000000", 0x9F1A: "0724", 0x95: "0080048000", 0x5F2A: "0978",
        0x9A: "260601", 0x9C: "00", 0x9F37: "30901B6A", 0x82: "1980", 0x9F36: "0A1B", 0x9F26: "0102030405060708",
        0x9F10: "06011203A0B0C0", 0x9F27: "80", 0x5F34: "01",
    ]

    static func bytes(_ changes: [UInt32: String?] = [:]) -> [UInt8] {
        var bytes: [UInt8] = []
        for tag in Set(objects.keys).union(changes.keys).sorted() {
            guard let digits = changes[tag] ?? objects[tag] else { continue }
            let value = stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
                UInt8(String(digits.dropFirst($0).prefix(2)), radix: 16)
            }
            TLV.append(tag, value, to: &bytes)
        }
        return bytes
    }

    private static func proof(
        _ chip: [UInt8],
        _ changes: [Int: String?] = [:],
        type: MessageTypeIndicator = 100,
        rules: [ChipElement: ChipDifferenceRule] = [:]
    ) throws -> ChipProof {
        var profile = Fixture.profile
        profile.chipDifferences = rules
        var message = Fixture.purchase(changes, type: type)
        message.set(55, bytes: chip)
        return try #require(RequestReader(profile: profile).chipProof(of: message))
    }

    @Test func `is read with what its cryptogram is made of`() throws {
        let proof = try Self.proof(Self.bytes())
        guard case .data(let data) = proof.content else { return #expect(Bool(false), "\(proof.content)") }
        #expect(data.counter == 0x0A1B && data.cryptogram == 0x0102_0304_0506_0708)
        #expect(proof.cryptogram == .authorizationRequest && proof.sequenceNumber == 1)
        #expect(proof.differences.isEmpty && proof.declined.isEmpty)
        #expect(try Self.proof(Self.bytes(), [23: "002"]).sequenceNumber == 2)
        #expect(try Self.proof(Self.bytes([0x5F34: nil])).sequenceNumber == 0)
        #expect(Fixture.reader.chipProof(of: Fixture.purchase([:])) == nil)
    }

    @Test(
        arguments: [
            (Array(bytes().dropLast()), ChipProblem.malformed),
            ([0x9F], .malformed),
            ([], .incomplete),
            (bytes([0x9F26: nil]), .incomplete),
            (bytes([0x9F36: "0A"]), .incomplete),
            (bytes([0x9F10: String(repeating: "00", count: 33)]), .incomplete),
            (bytes([0x9F27: nil]), .incomplete),
            (bytes([0x9F27: "8000"]), .incomplete),
            (bytes([0x9F27: "40"]), .notARequest),
            (bytes([0x9F27: "00"]), .notARequest),
        ] as [([UInt8], ChipProblem)]
    )
    func `that cannot be used is named`(_ row: (chip: [UInt8], problem: ChipProblem)) throws {
        guard case .unreadable(row.problem) = try Self.proof(row.chip).content else {
            return #expect(Bool(false), "\(row)")
        }
    }

    @Test(arguments: [("00", CryptogramKind.applicationAuthentication), ("40", .transactionCertificate)])
    func `may tell in an advice what the card has decided`(_ row: (information: String, kind: CryptogramKind)) throws {
        let proof = try Self.proof(Self.bytes([0x9F27: row.information]), type: 120)
        #expect(proof.cryptogram == row.kind)
        guard case .data = proof.content else { return #expect(Bool(false)) }
    }

    @Test(
        arguments: [
            ([0x9F02: "000000001051"], [:], [ChipElement.amount]),
            ([0x5F2A: "0840"], [:], [.currency]),
            ([0x9A: "260602"], [:], [.date]),
            ([0x9A: "250601"], [:], []),
            ([0x9C: "01"], [:], [.type]),
            ([0x9F1A: "0250"], [:], [.country]),
            ([:], [4: "000000001051", 3: "200000"], [.amount, .type]),
            ([:], [43: "Kiosko de la Plaza       Madrid       XX"], []),
            ([:], [43: nil, 13: nil], []),
            ([0x9F02: "0000000010FF", 0x9A: nil], [:], []),
            ([0x5A: "4000001234567899"], [2: "4000001234567899"], []),
            ([0x5A: "4000001234567899"], [2: "4000001234567881"], [.accountNumber]),
            ([0x5A: "4000001234567899012F"], [2: "4000001234567899012"], []),
            ([0x5A: "4000001234567899"], [2: "400000123456789", 35: nil], [.accountNumber]),
            // The numbers agree, and what follows them does not.
            (
                [0x57: "4000001234567899D30122010000012300000F"],
                [2: "4000001234567899", 35: "4000001234567899=30122010000012400000"], [.track2]
            ),
            ([0x57: "4000001234567899D3012201"], [2: nil, 35: "4000001234567899=3012201"], []),
            ([0x57: "4000001234567899D3012201"], [2: nil, 35: "4000001234567881=3012201"], [.accountNumber, .track2]),
            ([0x57: "4000001234567899D3012201"], [2: "4000001234567899", 35: nil], []),
            ([0x57: "4000001234567899D3012201"], [2: "4000001234567881", 35: nil], [.accountNumber]),
            ([0x57: "4000001234567899D3012201", 0x5A: "4000001234567881"], [2: "4000001234567881", 35: nil], []),
            ([0x57: "", 0x5A: ""], [2: nil, 35: nil], []),
        ] as [([UInt32: String?], [Int: String?], Set<ChipElement>)]
    )
    func `is compared with the message`(
        _ row: (chip: [UInt32: String?], message: [Int: String?], differences: Set<ChipElement>)
    ) throws {
        let chip = Self.bytes(row.chip)
        let proof = try Self.proof(chip, row.message)
        #expect(proof.differences == row.differences && proof.declined.isEmpty)
        let declining = Dictionary(uniqueKeysWithValues: ChipElement.allCases.map { ($0, ChipDifferenceRule.declined) })
        let declined = try Self.proof(chip, row.message, rules: declining)
        #expect(declined.differences == row.differences && declined.declined == row.differences)
        let ignoring = declining.mapValues { _ in ChipDifferenceRule.ignored }
        #expect(try Self.proof(chip, row.message, rules: ignoring).differences.isEmpty)
    }

    @Test func `has countries by ISO 3166`() {
        for (letters, number) in [("AD", 20), ("ES", 724), ("MX", 484), ("US", 840), ("ZW", 716)] as [(String, Int64)] {
            #expect(CountryCodes.numeric(letters) == number)
        }
        #expect(CountryCodes.numeric("XX") == nil && CountryCodes.numeric("") == nil)
    }
}
