import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

/// Proofs that could not be verified, as who runs Aval sees them.
@Suite struct `The metric of proofs that could not be verified` {
    /// How a request is verified, and what is counted then: proof and cause.
    struct Row: Sendable {
        var name: String
        var counted: [String]
        var entryMode = EntryMode.ecommerce
        var arrange: @Sendable (inout VerifierWorld) throws -> Void = { try $0.stored((1, .active)) }
        var proofs: @Sendable (VerifierWorld) throws -> PresentedProofs = { try $0.proofs(cardCode: "123") }
    }

    static let rows: [Row] = [
        Row(name: "a wrong value", counted: []),
        Row(name: "no key", counted: ["card_code no_key"], arrange: { _ in }),
        Row(name: "a key of nobody here", counted: ["card_code no_key"]) {
            try $0.stored((1, .active), owner: .installation)
        },
        Row(name: "a key that the module does not have", counted: ["card_code module"]) { try $0.stored((3, .active)) },
        Row(name: "what nobody wants to know", counted: [], entryMode: .contactlessChip, arrange: { _ in }),
        Row(
            name: "a stripe without a key",
            counted: ["card_code no_key", "stripe_value no_key"],
            entryMode: .magneticStripe,
            arrange: { _ in },
            proofs: { try $0.proofs(track: try $0.track("856"), cardCode: "123") }
        ),
        Row(
            name: "a chip's value without a key",
            counted: ["chip_value no_key"],
            entryMode: .contactChip,
            arrange: { _ in },
            proofs: { try $0.proofs(track: try $0.track("856")) }
        ),
        Row(
            name: "track 1 alone",
            counted: ["stripe_value unsupported"],
            entryMode: .magneticStripe,
            proofs: { world in
                var track = try world.track("856")
                track.isOfTrack1 = true
                return try world.proofs(track: track)
            }
        ),
        Row(
            name: "a value of 3-D Secure without a key",
            counted: ["authentication no_key"],
            arrange: { $0.policy.keys.authentication = StoredKeyName("cavv") },
            proofs: { try $0.proofs(authentication: String(repeating: "0", count: 40)) }
        ),
        Row(
            name: "a value of 3-D Secure of another version",
            counted: ["authentication unsupported"],
            arrange: { $0.policy.keys.authentication = StoredKeyName("cavv") },
            proofs: { try $0.proofs(authentication: String(repeating: "0", count: 30) + "7000000000") }
        ),
        Row(name: "a PIN of a card without one", counted: ["pin no_pin"], entryMode: .contactChip) {
            $0.policy.keys.pin = StoredKeyName("pvk").map { PINVerification(.ibm3624, key: $0) }
        } proofs: {
            try $0.proofs(pin: [UInt8](repeating: 7, count: 8))
        },
        Row(name: "a chip that cannot be read", counted: ["cryptogram malformed"], entryMode: .contactChip) {
            $0.policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
        } proofs: {
            try $0.proofs(chip: ChipProof(.unreadable(.incomplete)))
        },
        Row(name: "a chip whose cryptogram declines", counted: ["cryptogram not_a_request"], entryMode: .contactChip) {
            $0.policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
        } proofs: {
            try $0.proofs(chip: ChipProof(.unreadable(.notARequest)))
        },
    ]

    private static func metric(_ counted: [String]) -> String {
        let name = "aval_proofs_not_verified_total"
        let lines = counted.map { line in
            let labels = line.split(separator: " ")
            return "\(name){proof=\"\(labels[0])\",cause=\"\(labels[1])\"} 1\n"
        }
        return
            "# HELP \(name) Proofs that were presented and could not be verified, by cause.\n# TYPE \(name) counter\n"
            + lines.joined()
    }

    @Test(arguments: rows.indices)
    func `tells proof and cause`(_ index: Int) async throws {
        let row = Self.rows[index]
        var world = try VerifierWorld()
        try row.arrange(&world)
        world.request.entryMode = row.entryMode
        let verifier = world.verifier(.success(try world.profile()))
        _ = await world.verify(try row.proofs(world), by: verifier)
        #expect(verifier.metrics.text == Self.metric(row.counted), "\(row.name)")
    }

    @Test func `tells of a card that could not be read, and of a module that is late`() async throws {
        var world = try VerifierWorld()
        try world.stored((1, .active))
        world.request.entryMode = .ecommerce
        let away = world.verifier(.failure(FixedProfiles.Failure()))
        let all = try world.proofs(track: try world.track("856"), cardCode: "123")
        _ = await world.verify(all, by: away)
        #expect(away.metrics.text == Self.metric(["card_code no_profile", "stripe_value no_profile"]))
        let module = HangingHSM(of: world.module)
        let late = world.verifier(.success(try world.profile()), modules: module.modules)
        // The stripe's value is of no interest here.
        _ = await world.verify(all, by: late, within: .milliseconds(400))
        module.letGo()
        #expect(late.metrics.text == Self.metric(["card_code late"]))
    }
}
