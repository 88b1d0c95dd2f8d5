import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

/// Values of cards that know with which version of each key they were made.
@Suite struct `Versions of the keys that a card is made with` {
    private static let other = "0123456789ABCDEF1032547698BADCFE"

    private static func key(_ version: Int32, _ name: String = "cvk") throws -> StoredKeyVersion {
        StoredKeyVersion(try #require(StoredKeyName(name)), version)
    }

    private static func world() throws -> VerifierWorld {
        var world = try VerifierWorld()
        world.request.entryMode = .ecommerce
        try world.hold(other, version: 2)
        return world
    }

    /// - Parameter versions: of each instance of the card, which all have the same expiry; nil for one that knows none.
    private static func facts(
        _ world: VerifierWorld,
        _ proofs: PresentedProofs,
        _ versions: [Int32?],
        _ name: String = "cvk",
        ended: Set<Int> = []
    ) async throws -> (facts: VerificationFacts, counted: String) {
        var profile = try world.profile()
        let instance = profile.instances[0]
        profile.instances = try versions.enumerated().map { index, version in
            var made = instance
            made.sequenceNumber = UInt8(index)
            made.active = !ended.contains(index)
            made.keyVersions = try version.map { [try key($0, name)] } ?? []
            return made
        }
        let verifier = world.verifier(.success(profile))
        return (try #require(await world.verify(proofs, by: verifier).facts), verifier.metrics.text)
    }

    /// Which instances there are and which versions are in use, and what comes of the codes of versions 1 and 2 and of
    /// one that is of none.
    struct Row: Sendable {
        var instances: [Int32?]
        var inUse: [Int32]
        var results: [ProofVerification.Result]
        /// That each was compared with last.
        var keys: [Int32?]
        /// Of keys that the module could not be given.
        var missing: [Int32] = []
        var name = "cvk"
    }

    static let rows: [Row] = [
        Row(instances: [1], inUse: [1, 2], results: [.match, .noMatch, .noMatch], keys: [1, 1, 1]),
        Row(instances: [2], inUse: [1, 2], results: [.noMatch, .match, .noMatch], keys: [2, 2, 2]),
        Row(instances: [nil], inUse: [1, 2], results: [.match, .match, .noMatch], keys: [1, 2, 1]),
        Row(
            instances: [1],
            inUse: [2],
            results: [.notVerified, .notVerified, .notVerified],
            keys: [nil, nil, nil]
        ),
        Row(instances: [nil], inUse: [2], results: [.noMatch, .match, .noMatch], keys: [2, 2, 2]),
        // Nobody can tell which of the two the code was made for.
        Row(
            instances: [1, 2],
            inUse: [2],
            results: [.notVerified, .notVerified, .notVerified],
            keys: [nil, nil, nil]
        ),
        Row(instances: [1, 2], inUse: [1, 2], results: [.match, .match, .noMatch], keys: [1, 2, 1]),
        Row(
            instances: [1, nil],
            inUse: [2],
            results: [.notVerified, .notVerified, .notVerified],
            keys: [nil, nil, nil]
        ),
        // The program's policy named another key when the card was made.
        Row(instances: [1], inUse: [2], results: [.noMatch, .match, .noMatch], keys: [2, 2, 2], name: "old-cvk"),
        Row(
            instances: [nil],
            inUse: [1, 2],
            results: [.notVerified, .notVerified, .notVerified],
            keys: [nil, nil, nil],
            missing: [1]
        ),
        Row(instances: [2], inUse: [1, 2], results: [.noMatch, .match, .noMatch], keys: [2, 2, 2], missing: [1]),
        Row(
            instances: [1],
            inUse: [1, 2],
            results: [.notVerified, .notVerified, .notVerified],
            keys: [nil, nil, nil],
            missing: [1]
        ),
    ]

    @Test(arguments: rows)
    func `say alone whether a code is right, and nothing is right or wrong that may be of one that is not at hand`(
        _ row: Row
    ) async throws {
        let world = try Self.world()
        let cvk = try #require(KeyName("cvk"))
        let codes = try [1, 2].map { try world.value("000", key: cvk.ofVersion($0)) }
        #expect(codes[0] != codes[1])
        let wrong = try #require(["111", "222", "333"].first { !codes.contains($0) })
        try world.stored(row.inUse.map { ($0, $0 == 2 ? .active : .previous) }, missing: row.missing)
        for (code, (result, key)) in zip(codes + [wrong], zip(row.results, row.keys)) {
            let found = try await Self.facts(world, try world.proofs(cardCode: code), row.instances, row.name)
            #expect(found.facts.cardCode == result, "\(code)")
            #expect(found.facts.keys.cardCode == (try key.map { try Self.key($0) }), "\(code)")
            #expect(found.counted.contains(#"{proof="card_code",cause="no_key"} 1"#) == (result == .notVerified))
        }
    }

    /// The dates of both instances, and whether the request tells the newer one's.
    @Test(arguments: [(2, true, true), (2, false, false), (1, false, true)] as [(Int, Bool, Bool)])
    func `are those of the date that is told, and of all where none is`(
        _ row: (month: Int, isTold: Bool, isVerified: Bool)
    ) async throws {
        var world = try Self.world()
        try world.stored((2, .active))
        var profile = try world.profile()
        profile.instances[0].keyVersions = [try Self.key(2)]
        var other = profile.instances[0]
        other.sequenceNumber = 1
        other.expiry = try #require(ExpiryMonth(year: 2087, month: row.month))
        other.keyVersions = [try Self.key(row.month == 1 ? 2 : 1)]
        profile.instances.append(other)
        if !row.isTold { world.request.expiry = nil }
        let right = try world.value("000", key: try #require(KeyName("cvk")).ofVersion(2))
        for code in [right, right == "111" ? "222" : "111"] {
            let facts = await world.verify(try world.proofs(cardCode: code), .success(profile)).facts
            let result: ProofVerification.Result = code == right ? .match : .noMatch
            #expect(facts?.cardCode == (row.isVerified ? result : .notVerified))
        }
    }

    /// Guesses would never be counted.
    @Test func `of an instance that has ended do not keep a code from being wrong`() async throws {
        let world = try Self.world()
        let right = try world.value("000", key: try #require(KeyName("cvk")).ofVersion(2))
        try world.stored((2, .active))
        for (code, result) in [(right, .match), (right == "111" ? "222" : "111", .noMatch)]
            as [(String, ProofVerification.Result)]
        {
            let proofs = try world.proofs(cardCode: code)
            #expect(try await Self.facts(world, proofs, [1, 2], ended: [0]).facts.cardCode == result)
        }
        // Where the program ignores the date, a wrong one makes no code wrong and none of a card that has ended right.
        var ignoring = world
        ignoring.policy.rules.insert(ProofRule(.expiry, .ignored), at: 0)
        ignoring.request.expiry = ExpiryMonth(year: 2_031, month: 5)
        #expect(try await Self.facts(ignoring, try world.proofs(cardCode: right), [2]).facts.cardCode == .match)
    }

    @Test(arguments: [EntryMode.magneticStripe, .contactChip])
    func `say also whether the value on the stripe or in the chip is right`(_ entryMode: EntryMode) async throws {
        var world = try Self.world()
        world.request.entryMode = entryMode
        let cvk = try #require(KeyName("cvk"))
        let serviceCode = entryMode == .magneticStripe ? "111" : "999"
        let value = try world.value(serviceCode, key: cvk.ofVersion(1))
        let proofs = try world.proofs(track: try world.track(value))
        for (version, inUse, result) in [
            (1, [1, 2], .match), (2, [1, 2], .noMatch), (1, [2], .notVerified),
        ] as [(Int32, [Int32], ProofVerification.Result)] {
            try world.stored(inUse.map { ($0, $0 == 2 ? .active : .previous) })
            let facts = try await Self.facts(world, proofs, [version]).facts
            #expect(facts.cardValue?.result == result)
            #expect(facts.keys.cardValue == (result == .notVerified ? nil : try Self.key(version)))
        }
    }

    @Test func `are the active ones of the keys that the program names for what is on a card`() throws {
        var program = Bench.program
        let held = HeldKeys()
        #expect(held.active(for: program).isEmpty)
        var policy = VerificationPolicy()
        let names: [(String, KeyUsage)] = [
            ("cvk", .cardVerification), ("cavv", .cardVerification), ("pvk", .visaPVV),
            ("imk-ac", .applicationCryptograms), ("imk-smi", .secureMessagingIntegrity),
            ("imk-smc", .secureMessagingConfidentiality), ("other", .cardVerification),
        ]
        policy.keys.cardVerification = StoredKeyName("cvk")
        policy.keys.authentication = StoredKeyName("cavv")
        policy.keys.pin = StoredKeyName("pvk").map { PINVerification(.visaPVV(keyIndex: 1), key: $0) }
        policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
        policy.keys.chip?.messageIntegrity = StoredKeyName("imk-smi")
        policy.keys.chip?.messageConfidentiality = StoredKeyName("imk-smc")
        program.verification = policy
        #expect(held.active(for: program).isEmpty)
        var stored: [StoredKey] = []
        for (name, usage) in names {
            let isRotated = name == "cvk" || name == "imk-smi"
            for (version, state) in isRotated ? [(1, .previous), (2, .active)] : [(1, .active)] as [(Int32, KeyState)] {
                let name = try #require(KeyName(name))
                stored.append(StoredKey(name, usage, of: .program(program.id), version: version, state))
            }
        }
        // Also one that the module could not be given just now.
        held.replace(by: stored, missing: [try #require(KeyName("imk-ac")).ofVersion(1)])
        #expect(held.active(for: program).map(\.description) == ["cvk.2", "imk-ac.1", "imk-smi.2", "imk-smc.1"])
    }

    @Test func `are what its code is shown by and its bureau is told, and none of them is made without its own`()
        async throws
    {
        let world = try Self.world()
        let pan = try #require(PAN(ascii: Array(VerifierWorld.pan.utf8)))
        let cvk = try #require(KeyName("cvk"))
        var program = Bench.program
        program.verification = world.policy
        var profile = try world.profile()
        profile.instances[0].keyVersions = [try Self.key(1)]
        let (instance, expiry) = (profile.instances[0], profile.instances[0].expiry)
        let modules = SecurityModules(world.module)
        let profiles = FixedProfiles(result: .success(profile))
        let codes = CardCodes(modules: modules, keys: world.held, source: world.source, profiles: profiles)
        func made() async throws -> [String] {
            let limit = Duration.seconds(20)
            let shown = try #require(try await codes.code(of: Bench.card(0), pan, expiry: expiry, within: limit))
            let values = try await EmbossedValues.of(instance, pan, program, modules: modules, keys: world.held)
            let embossed = try #require(values)
            return [shown, embossed.printed, embossed.stripe, embossed.chip].map { value in
                value.withExposedDigits { String(decoding: $0, as: UTF8.self) }
            }
        }
        try world.stored((1, .previous), (2, .active))
        let expected = try ["000", "000", "111", "999"].map { try world.value($0, key: cvk.ofVersion(1)) }
        #expect(try await made() == expected)
        try world.stored((2, .active))
        let gone = await #expect(throws: KeyVersionGone.self) { try await made() }
        #expect(gone?.description == "key cvk version 1 is not in use")
        // The bureau reads keys after cards.
        for versions in [[], [0], [2]] as [[Int32]] {
            try world.stored(versions.map { ($0, .active) })
            await #expect(throws: KeyVersionGone.self) {
                _ = try await EmbossedValues.of(instance, pan, program, modules: modules, keys: world.held)
            }
        }
    }

    @Test(
        arguments: [
            ("cvk.1", 1), ("a.b.2147483647", .max), ("cvk", nil), ("cvk.0", nil), ("cvk.-1", nil), (".1", nil),
        ] as [(String, Int32?)]
    )
    func `are told by the key's id and their number`(_ row: (text: String, version: Int32?)) {
        let version = StoredKeyVersion(row.text)
        #expect(version?.version == row.version && (version == nil || version?.description == row.text))
    }
}
