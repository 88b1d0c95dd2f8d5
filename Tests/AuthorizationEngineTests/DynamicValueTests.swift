import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

/// Tracks that were filled apart, with values from published vectors or from OpenSSL.
@Suite struct `Dynamic values in tracks` {
    private static let testKey = "0123456789ABCDEFFEDCBA9876543210"

    struct Row: Sendable, CustomTestStringConvertible {
        var key = testKey
        var pan = VerifierWorld.pan
        var expiry = "8701"
        var serviceCode = "111"
        /// As the message tells it.
        var sequenceNumber: UInt8?
        var layout: DynamicValueVerification.Layout
        var data: String
        var result: ProofVerification.Result?
        var counters: [UInt16] = []
        /// What is different of the card, which else has what the row tells.
        var instance: @Sendable (inout CardInstance) -> Void = { _ in }

        var testDescription: String { "\(layout) \(data)" }
    }

    private static func bitmaps(_ value: UInt16, _ numbers: UInt16, _ digits: UInt8) -> DynamicValueVerification.Layout
    {
        guard let layout = CVC3Layout(value: value, numbers: numbers, counterDigits: digits) else {
            preconditionFailure("a card's bitmaps")
        }
        return .cvc3(layout)
    }

    private static let dcvv = DynamicValueVerification.Layout.dcvv(value: 5, counter: 8)
    private static let behind = DynamicValueVerification.Layout.dcvv(value: 9, counter: 1)
    /// A value of three digits, and of the last four of the counter or three.
    private static let four = bitmaps(0x0038, 0x03C6, 4)
    private static let three = bitmaps(0x0038, 0x01C6, 3)

    static let rows: [Row] = [
        Row(
            key: "12345678123456781234567812345678",
            pan: "1234567890123456",
            expiry: "1310",
            serviceCode: "226",
            layout: dcvv,
            data: "000004223210",
            result: .match,
            counters: [3_210, 13_210, 23_210, 33_210, 43_210, 53_210, 63_210]
        ),
        Row(
            key: "01234567899876543210012345678998",
            pan: "5123456789012345",
            expiry: "3512",
            serviceCode: "101",
            layout: bitmaps(0x0038, 0x07C6, 4),
            data: "0000948488993",
            result: .match,
            counters: [94]
        ),
        Row(
            layout: dcvv,
            data: "123457560524",
            result: .match,
            counters: [524, 10_524, 20_524, 30_524, 40_524, 50_524, 60_524]
        ),
        Row(
            layout: behind,
            data: "905241234756",
            result: .match,
            counters: [524, 10_524, 20_524, 30_524, 40_524, 50_524, 60_524]
        ),
        Row(sequenceNumber: 1, layout: four, data: "1202345777422", result: .match, counters: [12_345]),
        Row(layout: three, data: "1200009143071", result: .match, counters: [9]),
        // Another value, counter, unpredictable number, sequence number; another digit that the card holds.
        Row(layout: dcvv, data: "123457570524", result: .noMatch),
        Row(layout: dcvv, data: "123457560525", result: .noMatch),
        Row(sequenceNumber: 1, layout: dcvv, data: "123457560524", result: .noMatch),
        Row(sequenceNumber: 1, layout: four, data: "1202346777422", result: .noMatch),
        Row(sequenceNumber: 1, layout: four, data: "1202345777432", result: .noMatch),
        Row(sequenceNumber: 1, layout: four, data: "1302345777422", result: .noMatch),
        Row(layout: four, data: "1202345777422", result: .noMatch),
        // Right, and of a card that has ended, or that there never was.
        Row(layout: dcvv, data: "123457560524", result: .noMatch) { $0.active = false },
        Row(layout: dcvv, data: "123457560524", result: .noMatch) { $0.expiry = Bench.instance.expiry },
        Row(sequenceNumber: 1, layout: four, data: "1202345777422", result: .noMatch) { $0.sequenceNumber = 2 },
        // Not filled, or not by a card.
        Row(layout: dcvv, data: "12345756052", result: nil), Row(layout: dcvv, data: "12345756X524", result: nil),
        Row(layout: four, data: "45777422", result: nil), Row(layout: four, data: "", result: nil),
        Row(layout: bitmaps(0x0038, 0x07C6, 5), data: "0099999777423", result: .noMatch),
    ]

    private static func facts(
        _ row: Row,
        isOfTrack1: Bool = false,
        _ change: (inout VerifierWorld) throws -> Void = { _ in },
        instances: ([CardInstance]) -> [CardInstance] = { $0 }
    ) async throws -> VerificationFacts {
        var world = try VerifierWorld()
        try world.holdDynamic(row.key)
        world.policy.keys.dynamicValue = DynamicValueVerification(row.layout, key: try #require(StoredKeyName("dn")))
        world.request.entryMode = .contactlessMagneticStripe
        try change(&world)
        var track = TrackProof(
            expiry: try #require(DecimalDigits(ascii: Array(row.expiry.utf8), count: 4)),
            serviceCode: try #require(DecimalDigits(ascii: Array(row.serviceCode.utf8), count: 3)),
            serviceCodeNumber: try #require(UInt16(row.serviceCode)),
            discretionary: SecretBytes(Array(row.data.utf8)),
            sequenceNumber: row.sequenceNumber
        )
        track.isOfTrack1 = isOfTrack1
        let pan = try #require(PAN(ascii: Array(row.pan.utf8)))
        let proofs = try #require(PresentedProofs(of: pan, track: track))
        var profile = try world.profile()
        profile.instances[0].sequenceNumber = row.sequenceNumber ?? 0
        let month = try #require(Int(row.expiry))
        profile.instances[0].expiry = try #require(ExpiryMonth(year: 2_000 + month / 100, month: month % 100))
        row.instance(&profile.instances[0])
        profile.instances = instances(profile.instances)
        return try #require(await world.verify(proofs, .success(profile)).facts)
    }

    @Test(arguments: rows)
    func `are found where the program's cards put them`(_ row: Row) async throws {
        let facts = try await Self.facts(row)
        #expect(facts.cardValue == row.result.map { CardValueFacts(.dynamic, $0) })
        #expect(facts.trackCounter?.counters ?? [] == row.counters)
        #expect(facts.keys.cardValue == StoredKeyVersion("dn.1") || row.result != .match)
        #expect(facts.trackCounter.map { $0.sequenceNumber == row.sequenceNumber ?? 0 } ?? true)
    }

    /// The numbers of active instances with the track's expiry, and the one that the message tells.
    @Test(
        arguments: [
            ([0, 1], nil, .match), ([1, 0], nil, .match), ([0, 2, 1], nil, .match), ([0, 2], nil, .noMatch),
            ([0, 1], 1, .match), ([1, 0], 0, .noMatch), ([], nil, .noMatch),
            // The key of 9 is gone: a guess could be tried with the others, and would not be counted.
            ([9, 1], nil, .notVerified), ([9, 1], 1, .match), ([9, 0], nil, .notVerified), ([0, 9], nil, .notVerified),
            ([9, 0], 0, .noMatch),
        ] as [([UInt8], UInt8?, ProofVerification.Result)]
    )
    func `are right of whichever instance has made them`(
        _ card: (numbers: [UInt8], told: UInt8?, result: ProofVerification.Result)
    ) async throws {
        var row = Self.rows[4]
        row.sequenceNumber = card.told
        let gone = StoredKeyVersion(try #require(StoredKeyName("dn")), 9)
        func instances(_ made: [CardInstance]) -> [CardInstance] {
            card.numbers.flatMap { number in
                made.map { instance in
                    var other = instance
                    other.sequenceNumber = number
                    other.keyVersions = number == 9 ? [gone] : []
                    return other
                }
            }
        }
        let facts = try await Self.facts(row, instances: instances)
        #expect(facts.cardValue == CardValueFacts(.dynamic, card.result))
        let found = TrackCounterFacts(sequenceNumber: 1, counters: [12_345])
        #expect(facts.trackCounter == (card.result == .match ? found : nil))
    }

    @Test func `are not verified without the key, and not looked at where they are ignored`() async throws {
        let row = Self.rows[2]
        let without = try await Self.facts(row) { $0.held.replace(by: []) }
        #expect(without.cardValue == CardValueFacts(.dynamic, .notVerified) && without.trackCounter == nil)
        let ignored = try await Self.facts(row) { $0.policy.rules = [ProofRule(.dynamicValue, .ignored)] }
        #expect(ignored.cardValue == nil && ignored.trackCounter == nil)
    }

    @Test func `are not verified in track 1, whose layout nobody says`() async throws {
        let facts = try await Self.facts(Self.rows[2], isOfTrack1: true)
        #expect(facts.cardValue == CardValueFacts(.dynamic, .notVerified) && facts.trackCounter == nil)
    }

    /// 856 is the CVV of the stripe by published vectors.
    @Test func `are none in a copied stripe`() async throws {
        var row = Self.rows[2]
        row.data = "12345856" + "0000"
        #expect(try await Self.facts(row).cardValue == CardValueFacts(.dynamic, .noMatch))
        row.data = "12345856"
        #expect(try await Self.facts(row).cardValue == nil)
    }
}
