import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

/// A zone key changes from Triple DES to AES, and a PVV's key has two versions, the older of which made the PVV.
private struct ZoneWorld {
    private static let card = Bench.card(0)
    private static let program = Bench.program.id

    private let vault: PANVault
    private let pan: PAN
    private let zone: Key
    private let maker: Key
    private let held = HeldKeys()
    private let hsm: SoftwareHSM
    private let stored: [StoredKey]

    /// - Parameters:
    ///   - missing: of the PVV's key, which the module does not have.
    ///   - isKnown: whether that is known before it is asked.
    init(
        zone states: [(Int32, CipherAlgorithm, KeyState)],
        missing: Int32? = nil,
        isKnown: Bool = false
    ) throws {
        let secret = try SecretKey.random()
        vault = PANVault(encryptionKey: secret, indexKey: secret)
        pan = try #require(PAN(ascii: "4123456789012345".utf8))
        let bytes = try #require(SecretBytes(hexadecimal: "0123456789ABCDEFFEDCBA9876543210".utf8))
        zone = try Key(bytes, .tripleDES, usage: .pinEncryption)
        var keys: [KeyName: Key] = [:]
        var stored: [StoredKey] = []
        func add(_ text: String, _ version: Int32, _ key: Key, _ state: KeyState, isHeld: Bool = true) throws {
            let name = try #require(KeyName(text))
            let owner = KeyOwner.program(Self.program)
            stored.append(StoredKey(name, key.usage, of: owner, version: version, state, key.algorithm))
            if isHeld { keys[name.ofVersion(version)] = key }
        }
        for (version, algorithm, state) in states {
            try add("zpk", version, try Key(bytes, algorithm, usage: .pinEncryption), state)
        }
        let newer = try #require(SecretBytes(hexadecimal: "FEDCBA98765432100123456789ABCDEF".utf8))
        maker = try Key(bytes, .tripleDES, usage: .visaPVV)
        for (version, key, state) in [
            (2, try Key(newer, .tripleDES, usage: .visaPVV), .active), (1, maker, .previous),
        ] as [(Int32, Key, KeyState)] {
            try add("pvk", version, key, state, isHeld: version != missing)
        }
        hsm = SoftwareHSM(keys)
        let pvk = try Self.name("pvk")
        held.replace(by: stored, missing: isKnown ? Set(missing.map { [pvk.ofVersion($0)] } ?? []) : [])
        self.stored = stored
    }

    /// - Parameter version: of the PVV's key, as it was kept with the PVV.
    func finding(_ digits: String, version: Int32? = nil) async throws -> PINFinding {
        let right = try arrival("1234")
        let block = try PINBlock(.format0, encrypted: right.pin.block.withExposedBytes { Array($0) })
        let (zoneName, makerName) = (try Self.name("zpk"), try Self.name("pvk"))
        let encrypted = EncryptedPIN(block: block, pan: pan, key: zoneName)
        let value = try SoftwareHSM([zoneName: zone, makerName: maker])
            .visaPVV(of: encrypted, keyIndex: 1, key: makerName)
        let place = SealedPINReference.associatedData(card: Self.card, version: 1)
        let sealed = try vault.seal(value, associatedData: place)
        let method = PINVerification(.visaPVV(keyIndex: 1), key: try #require(StoredKeyName("pvk")))
        let reference = SealedPINReference(
            method,
            keyVersion: version,
            ciphertext: sealed.ciphertext,
            keyID: sealed.keyID
        )
        let stored = StoredPIN(state: PINState(reference: 1), reference: reference)
        return await PINModule(module: hsm, keys: held, vault: vault)
            .finding(of: try arrival(digits), stored: stored)
    }

    @discardableResult
    func made() async throws -> SealedPINReference {
        let method = PINVerification(.visaPVV(keyIndex: 1), key: try #require(StoredKeyName("pvk")))
        return try await PINModule(module: hsm, keys: held, vault: vault)
            .reference(of: try arrival("1234"), by: method, version: 1)
    }

    /// Of all keys.
    func end(version: Int32) { held.replace(by: stored.filter { $0.version != version }) }

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
        #expect(try await keys.finding("1235").facts == .noMatch(reference: 1))
        #expect(try await keys.finding("1234").facts == .match(reference: 1))
    }

    @Test(
        arguments: [
            (nil, nil, PINFacts.match(reference: 1), PINFacts.noMatch(reference: 1), Int32(1)),
            (nil, Int32(2), .notVerified(.keyNotUsable), .notVerified(.keyNotUsable), 1),
            (nil, 1, .notVerified(.keyNotUsable), .notVerified(.keyNotUsable), 2),
            (1, 2, .match(reference: 1), .noMatch(reference: 1), 1),
            (1, 1, .notVerified(.keyNotUsable), .notVerified(.keyNotUsable), nil),
            (1, nil, .match(reference: 1), .noMatch(reference: 1), 1),
            (2, nil, .noMatch(reference: 1), .noMatch(reference: 1), 2),
            (3, nil, .notVerified(.keyNotUsable), .notVerified(.keyNotUsable), nil),
        ] as [(Int32?, Int32?, PINFacts, PINFacts, Int32?)]
    )
    func
        `is right or wrong by the version of its key that made what it is compared with, where unknown if all say it`(
            _ row: (kept: Int32?, missing: Int32?, right: PINFacts, wrong: PINFacts, compared: Int32?)
        ) async throws
    {
        for isKnown in [false, true] {
            let keys = try ZoneWorld(zone: Self.changes[0], missing: row.missing, isKnown: isKnown)
            for (digits, facts) in [("1234", row.right), ("1235", row.wrong)] {
                let finding = try await keys.finding(digits, version: row.kept)
                #expect(finding.facts == facts)
                // One that fails ends the comparison.
                guard isKnown else { continue }
                #expect(finding.key == row.compared.flatMap { StoredKeyVersion("pvk.\($0)") })
            }
        }
    }

    @Test func `that is new is made with the active version, and tells which`() async throws {
        let keys = try ZoneWorld(zone: Self.changes[0])
        #expect(try await keys.made().key == StoredKeyVersion("pvk.2"))
        keys.end(version: 2)
        await #expect(throws: PaymentCryptographyError.unknownKey) { try await keys.made() }
    }
}
