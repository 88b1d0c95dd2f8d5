import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

/// A zone key changes from Triple DES to AES, and a PVV's key has two versions.
private struct ZoneWorld {
    private static let card = Bench.card(0)
    private static let program = Bench.program.id

    private let vault: PANVault
    private let pan: PAN
    private let zone: Key
    private let held = HeldKeys()
    private let hsm: SoftwareHSM

    /// - Parameter missing: of the PVV's key, which the module does not have.
    init(zone states: [(Int32, CipherAlgorithm, KeyState)], missing: Int32? = nil) throws {
        let secret = try SecretKey.random()
        vault = PANVault(encryptionKey: secret, indexKey: secret)
        pan = try #require(PAN(ascii: "4123456789012345".utf8))
        let bytes = try #require(SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8))
        zone = try Key(bytes, .tripleDES, usage: .pinEncryption)
        var keys: [KeyName: Key] = [:]
        var stored: [StoredKey] = []
        func add(_ text: String, _ version: Int32, _ key: Key, _ state: KeyState, isHeld: Bool = true) throws {
            let name = try #require(KeyName(text))
            let terms = KeyTerms(usage: key.usage, direction: .both, owner: .program(Self.program))
            stored.append(
                StoredKey(
                    name: name,
                    version: version,
                    terms: terms,
                    state: state,
                    algorithm: key.algorithm,
                    checkValue: [],
                    sealed: nil
                )
            )
            if isHeld { keys[name.ofVersion(version)] = key }
        }
        for (version, algorithm, state) in states {
            try add("zpk", version, try Key(bytes, algorithm, usage: .pinEncryption), state)
        }
        for (version, state) in [(2, KeyState.active), (1, .previous)] as [(Int32, KeyState)] {
            try add("pvk", version, try Key(bytes, .tripleDES, usage: .visaPVV), state, isHeld: version != missing)
        }
        hsm = SoftwareHSM(keys)
        held.replace(by: stored)
    }

    func facts(_ digits: String) async throws -> PINFacts {
        let right = try arrival("1234")
        let block = try PINBlock(.format0, encrypted: right.pin.block.withExposedBytes { Array($0) })
        let zoneKey = try #require(held.names(try Self.name("zpk"), .pinEncryption, of: right.sender, .tripleDES).first)
        let previous = try #require(held.names(try Self.name("pvk"), .visaPVV, of: right.sender).last)
        let encrypted = EncryptedPIN(block: block, pan: pan, key: zoneKey)
        let value = try hsm.visaPVV(of: encrypted, keyIndex: 1, key: previous)
        let place = SealedPINReference.associatedData(card: Self.card, version: 1)
        let sealed = try vault.seal(value, associatedData: place)
        let method = PINVerification(.visaPVV(keyIndex: 1), key: try #require(StoredKeyName("pvk")))
        let reference = SealedPINReference(method, ciphertext: sealed.ciphertext, keyID: sealed.keyID)
        let stored = StoredPIN(state: PINState(reference: 1), reference: reference)
        return await PINModule(module: hsm, keys: held, vault: vault).facts(of: try arrival(digits), stored: stored)
    }

    private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    private func arrival(_ digits: String) throws -> PINModule.Arrival {
        let pin = try #require(PIN(ascii: digits.utf8))
        let block = try PINBlock(pin, .format0, pan: pan, key: zone)
        let presented = PresentedPIN(
            block: block.withExposedBytes { SecretBytes($0) },
            format: .format0,
            key: KeyName("zpk")
        )
        return PINModule.Arrival(presented, pan: pan, from: .program(Self.program), to: Self.card, of: Self.program)
    }
}

@Suite struct `A PIN while keys change` {
    static let changes: [[(Int32, CipherAlgorithm, KeyState)]] = [
        [(1, .tripleDES, .active)], [(1, .tripleDES, .previous), (2, .aes, .active)],
        [(1, .aes, .previous), (2, .tripleDES, .active)],
    ]

    @Test(arguments: changes)
    func `that is wrong is wrong, and the right one right`(_ zone: [(Int32, CipherAlgorithm, KeyState)]) async throws {
        let keys = try ZoneWorld(zone: zone)
        #expect(try await keys.facts("1235") == .noMatch(reference: 1))
        #expect(try await keys.facts("1234") == .match(reference: 1))
    }

    @Test func `is compared with the versions that are there`() async throws {
        let keys = try ZoneWorld(zone: Self.changes[0], missing: 2)
        #expect(try await keys.facts("1235") == .noMatch(reference: 1))
        #expect(try await keys.facts("1234") == .match(reference: 1))
    }
}
