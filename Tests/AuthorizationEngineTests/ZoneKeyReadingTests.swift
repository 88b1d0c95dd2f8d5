import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

/// A card with a PIN and a code in print, of whose network's key another process may have been sent a version.
private struct ZoneReadingWorld {
    /// A version of the network's key.
    enum Zone: Int32, CaseIterable {
        case first = 1
        case second
        case aes
    }

    var base: VerifierWorld
    private let pan: PAN
    private let stored: [StoredKey]

    init() throws {
        base = try VerifierWorld()
        base.request.entryMode = .contactChip
        base.policy.rules = [ProofRule(.cardCode, .checked)]
        let pvk = try #require(StoredKeyName("pvk"))
        base.policy.keys.pin = PINVerification(.visaPVV(keyIndex: 1), key: pvk)
        pan = try #require(PAN(ascii: VerifierWorld.pan.utf8))
        var stored = [try Self.stored("cvk", .cardVerification), try Self.stored("pvk", .visaPVV)]
        try Self.hold(try Self.key("0123456789ABCDEFFEDCBA9876543210", .visaPVV), as: stored[1], in: base.module)
        for zone in Zone.allCases {
            let key = try Self.key(zone)
            stored.append(try Self.stored("zpk", .pinEncryption, zone.rawValue, key.algorithm))
            try Self.hold(key, as: stored[stored.count - 1], in: base.module)
        }
        self.stored = stored
    }

    private static func key(
        _ digits: String,
        _ usage: KeyUsage,
        _ algorithm: CipherAlgorithm = .tripleDES
    ) throws -> Key {
        try Key(try #require(SecretBytes(hexadecimal: digits.utf8)), algorithm, usage: usage, quality: .test)
    }

    private static func key(_ zone: Zone) throws -> Key {
        switch zone {
        case .first: try key("0123456789ABCDEFFEDCBA9876543210", .pinEncryption)
        case .second: try key("89ABCDEF0123456776543210FEDCBA98", .pinEncryption)
        case .aes: try key("0123456789ABCDEFFEDCBA9876543210", .pinEncryption, .aes)
        }
    }

    private static func stored(
        _ name: String,
        _ usage: KeyUsage,
        _ version: Int32 = 1,
        _ algorithm: CipherAlgorithm = .tripleDES
    ) throws -> StoredKey {
        let owner: KeyOwner = usage == .pinEncryption ? .network("test") : .program(Bench.program.id)
        return StoredKey(try #require(KeyName(name)), usage, of: owner, version: version, .active, algorithm)
    }

    private static func hold(_ key: Key, as stored: StoredKey, in module: SoftwareHSM) throws {
        let mode: KeyMode = key.usage == .pinEncryption ? .encryptAndDecrypt : .computeAndVerify
        try module.hold(
            KeyBlock(key, .aes, mode: mode, exportability: .nonExportable),
            as: stored.moduleName
        )
    }

    /// The process knows these versions of the network's key, and no others.
    func know(_ zones: [Zone]) {
        let versions = zones.map(\.rawValue)
        base.held.replace(by: stored.filter { $0.terms.usage != .pinEncryption || versions.contains($0.version) })
    }

    /// What a reading brings.
    func source(_ zones: [Zone]) -> PlayedKeys { PlayedKeys { [self] in know(zones) } }

    /// The PIN 1234, and what a terminal sends with it.
    func profile() async throws -> CardProfile {
        know([.first])
        let pins = PINModule(module: base.module, keys: base.held, vault: base.vault)
        let arrival = PINModule.Arrival(
            try presented("1234", .first),
            pan: pan,
            from: .network("test"),
            to: Bench.card(0),
            of: Bench.program.id
        )
        let method = try #require(base.policy.keys.pin)
        var profile = try base.profile()
        let reference = try await pins.reference(of: arrival, by: method, version: 1)
        profile.pin = StoredPIN(state: PINState(reference: 1), reference: reference)
        return profile
    }

    private func presented(_ digits: String, _ zone: Zone) throws -> PresentedPIN {
        let format: PINBlockFormat = zone == .aes ? .format4 : .format0
        let pin = try #require(PIN(ascii: digits.utf8))
        let block = try PINBlock(pin, format, pan: pan, key: try Self.key(zone))
        let bytes = block.withExposedBytes { SecretBytes($0) }
        return PresentedPIN(block: bytes, format: format, key: KeyName("zpk"))
    }

    func proofs(_ digits: String, _ zone: Zone) throws -> PresentedProofs {
        let code = SecretBytes(Array(try base.value("000").utf8))
        return try #require(PresentedProofs(of: pan, cardCode: code, pin: try presented(digits, zone)))
    }
}

@Suite struct `A PIN whose key the process does not know` {
    private typealias World = ZoneReadingWorld

    private static func counted(_ lines: String...) -> String {
        let name = "aval_proofs_not_verified_total"
        return "# HELP \(name) Proofs that were presented and could not be verified, by cause.\n"
            + "# TYPE \(name) counter\n" + lines.map { "\(name){proof=\"pin\",\($0)\n" }.joined()
    }

    /// The versions that are known, and the one that the PIN comes under, which another process was sent.
    private static let lost: [(known: [World.Zone], sent: World.Zone)] = [
        ([.first], .second), ([], .first), ([.first], .aes),
    ]

    @Test(arguments: lost.indices)
    func `is verified once the keys have been read, and counts for nothing`(_ index: Int) async throws {
        let row = Self.lost[index]
        for (digits, facts) in [("1234", PINFacts.match(reference: 1)), ("1235", .noMatch(reference: 1))] {
            var world = try World()
            let profile = try await world.profile()
            world.know(row.known)
            world.base.source = world.source(row.known + [row.sent])
            let verifier = world.base.verifier(.success(profile))
            for _ in 1...2 {
                let verified = await world.base.verify(try world.proofs(digits, row.sent), by: verifier)
                #expect(verified.facts?.pin == facts && verified.facts?.cardCode == .match)
                #expect(verified.isPINOpened == true)
            }
            #expect(world.base.source.readings == 1)
            #expect(verifier.metrics.text == Self.counted())
        }
    }

    /// Whether the keys could be read. If not, nobody knows whether the two sides have different ones.
    @Test(arguments: [true, false])
    func `is counted once when reading does not help, and what else was found stays`(isRead: Bool) async throws {
        for (known, obstacle, cause) in [
            ([World.Zone.first], PINFacts.Obstacle.blockNotOpened, "malformed"), ([], .keyNotUsable, "no_key"),
        ] {
            var world = try World()
            let profile = try await world.profile()
            world.know(known)
            world.base.source = PlayedKeys(isRead: isRead)
            let verifier = world.base.verifier(.success(profile))
            let verified = await world.base.verify(try world.proofs("1234", .second), by: verifier)
            #expect(verified.facts?.pin == .notVerified(obstacle) && verified.facts?.cardCode == .match)
            #expect(verified.isPINOpened == (isRead ? false : nil))
            #expect(verifier.metrics.text == Self.counted("cause=\"\(cause)\"} 1"))
        }
    }

    @Test func `is none that a key opens, and none that is not looked at`() async throws {
        var world = try World()
        let profile = try await world.profile()
        world.know([.first])
        let right = await world.base.verify(try world.proofs("1234", .first), .success(profile))
        let wrong = await world.base.verify(try world.proofs("1235", .first), .success(profile))
        #expect(right.isPINOpened == true && wrong.isPINOpened == true)
        world.base.policy.rules.append(ProofRule(.pin, .ignored))
        var ignoring = profile
        ignoring.policy = world.base.policy
        let ignored = await world.base.verify(try world.proofs("1234", .second), .success(ignoring))
        #expect(ignored.facts?.cardCode == .match && ignored.facts?.pin == nil && ignored.isPINOpened == nil)
        var without = profile
        without.pin = nil
        let unset = await world.base.verify(try world.proofs("1234", .second), .success(without))
        #expect(unset.facts?.pin == .notVerified(.notSet) && unset.isPINOpened == nil)
        #expect(world.base.source.readings == 0)
    }

    @Test func `waits no longer than for a module, and takes no place from others`() async throws {
        var world = try World()
        let profile = try await world.profile()
        world.know([.first])
        world.base.source = PlayedKeys(read: nil)
        let verifier = world.base.verifier(.success(profile))
        let lost = try world.proofs("1234", .second)
        let (ended, told) = AsyncStream.makeStream(of: VerifiedProofs.self)
        let count = Limits.verificationsInFlight + 1
        func verify(_ proofs: PresentedProofs, within limit: Duration) {
            verifier.verify(proofs, of: world.base.request, card: Bench.card(0), fresh: false, deadline: .now + limit) {
                told.yield($0)
            }
        }
        for _ in 1...count { verify(lost, within: .seconds(4)) }
        verify(try world.proofs("1234", .first), within: .seconds(60))
        var all: [VerifiedProofs] = []
        for await verified in ended {
            all.append(verified)
            if all.count == count + 1 { break }
        }
        #expect(all.count { $0.facts?.pin == .match(reference: 1) } == 1)
        let waited = all.filter { $0.facts?.pin == .notVerified(.blockNotOpened) && $0.isPINOpened == nil }
        #expect(waited.count == count && all.allSatisfy { $0.facts?.cardCode == .match })
        #expect(verifier.metrics.text == Self.counted("cause=\"malformed\"} \(count)"))
    }
}
