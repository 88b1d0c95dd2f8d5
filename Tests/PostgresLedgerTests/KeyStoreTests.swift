import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger
import TestSupport
import Testing

/// Keys that networks send, with the serving role.
@Suite struct KeyStoreTests {
    private let database: TestDatabase
    private let store: PostgresKeyStore
    private let vault: KeyVault
    private let terms = KeyTerms(usage: .macAlgorithm3, direction: .both, owner: .network("blue"))

    init() throws {
        database = try TestDatabase.make()
        vault = try #require(KeyVault(hexadecimal: [UInt8](repeating: UInt8(ascii: "7"), count: 64)))
        store = PostgresKeyStore(url: database.servingURL, timeout: .seconds(60), vault: vault) {
            $0 != .pinEncryption
        }
    }

    private static func block() throws -> KeyBlock {
        let key = try Key(random: .tripleDES, length: 16, usage: .macAlgorithm3)
        return KeyBlock(key, .aes, mode: .computeAndVerify, exportability: .nonExportable)
    }

    private static func name(_ text: String) throws -> KeyName { try #require(KeyName(text)) }

    private func change(
        _ block: KeyBlock,
        _ terms: KeyTerms? = nil,
        grace: Duration = .seconds(60),
        in other: PostgresKeyStore? = nil
    ) async throws {
        let name = try Self.name("mac")
        try await withCheckedThrowingContinuation { continuation in
            (other ?? store).change(name, to: block, terms ?? self.terms, grace: grace) { outcome in
                switch outcome {
                case .stored: continuation.resume()
                case .refused(let error), .inDoubt(let error): continuation.resume(throwing: error)
                }
            }
        }
    }

    private func usable() async throws -> [StoredKey] { try await store.usable([try Self.name("mac")]) }

    @Test func `a key that software may not hold is refused`() async throws {
        let key = try Key(random: .aes, length: 16, usage: .pinEncryption)
        let block = KeyBlock(key, .aes, mode: .decrypt, exportability: .nonExportable)
        let terms = KeyTerms(usage: .pinEncryption, direction: .incoming, owner: .network("blue"))
        await #expect(throws: PaymentCryptographyError.keyUsage) { try await change(block, terms) }
        #expect(try await usable().isEmpty)
        store.close()
    }

    @Test func `a new key is active, the one before is taken for its grace time, and a repeat changes nothing`()
        async throws
    {
        let blocks = [try Self.block(), try Self.block(), try Self.block()]
        for block in blocks[..<2] {
            try await change(block)
            try await change(block)
        }
        let keys = try await usable()
        #expect(keys.map(\.state) == [.active, .previous] && keys.map(\.version) == [2, 1])
        #expect(keys.allSatisfy { !$0.isMadeHere })
        for (key, block) in zip(keys, [blocks[1], blocks[0]]) {
            #expect(try key.opened(with: vault).keyBytes.isEqual(to: block.keyBytes))
        }
        try await change(blocks[2], grace: .zero)
        #expect(try await usable().map(\.version) == [3, 1])
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        #expect(try administration.actions(limit: 10).map(\.action) == ["key.change", "key.change", "key.change"])
        store.close()
    }

    @Test func `a grace that still runs is kept whatever follows, and one that is over ends with the next key`()
        async throws
    {
        for grace in [0, 60, 0] { try await change(try Self.block(), grace: .seconds(grace)) }
        #expect(try await usable().map(\.version) == [3, 1])
        try database.damage("UPDATE key_versions SET previous_until = now() WHERE version = 1")
        #expect(try await usable().map(\.version) == [3])
        #expect(try states() == ["3", "3", "2"])
        try await change(try Self.block())
        #expect(try await usable().map(\.version) == [4, 3])
        #expect(try states() == ["4", "4", "3", "2"])
        store.close()
    }

    @Test(arguments: [true, false])
    func `keys that two processes are sent at once are stored, and one that is the same only once`(
        _ isSame: Bool
    ) async throws {
        try await change(try Self.block())
        let other = PostgresKeyStore(url: database.servingURL, timeout: .seconds(60), vault: vault) { _ in true }
        let block = try Self.block()
        let second = isSame ? block : try Self.block()
        try await database.meeting(of: 2, at: "key_versions") {
            async let one: Void = change(block)
            async let two: Void = change(second, in: other)
            _ = try await (one, two)
        }
        #expect(try await usable().map(\.version) == (isSame ? [2, 1] : [3, 2, 1]))
        other.close()
        store.close()
    }

    private func states() throws -> [String] {
        try database.texts("SELECT state::text FROM key_versions ORDER BY version")
    }

    @Test(
        arguments: [
            .cardVerification, .applicationCryptograms, .secureMessagingConfidentiality, .secureMessagingIntegrity,
            .dynamicNumbers, .ibm3624, .visaPVV,
        ] as [KeyUsage]
    )
    func `a version that cards live with is taken until an operator retires it`(_ usage: KeyUsage) async throws {
        let ledger = try TestLedger(database)
        defer { ledger.close() }
        let id = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let author = Operator(id: id, name: try #require(OperatorName("ada")), role: .administrator)
        try Administration(try TestDatabase.connect(database.ownerURL)).add(
            author,
            keyHash: [UInt8](repeating: 1, count: 32),
            by: nil
        )
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        let terms = KeyTerms(usage: usage, direction: .both, owner: .program(ledger.program.id))
        let name = try Self.name("k")
        for version in 1...3 {
            let key = try Key(random: .tripleDES, length: 16, usage: usage)
            let block = KeyBlock(key, .aes, mode: .usual(for: usage), exportability: .trusted)
            let new = try NewKey(block, as: name, version: Int32(version), terms, grace: .zero, in: vault)
            try administration.activate(new, .rotateKey, by: author)
        }
        let keys = try await store.usableForVerification()
        #expect(keys.map(\.version) == [3, 2, 1] && keys.map(\.state) == [.active, .previous, .previous])
        #expect(keys.allSatisfy { $0.previousUntil == nil && $0.isMadeHere })
        try administration.retire(keys[2], by: author)
        #expect(try await store.usableForVerification().map(\.version) == [3, 2])
        store.close()
    }

    @Test func `no component is kept of an import that has ended`() throws {
        let people = try TestLedger(database).addOperators(3)
        let administration = Administration(try TestDatabase.connect(database.ownerURL))
        let (name, block) = (try Self.name("zmk"), try Self.block())
        let whole = try NewKey(block, as: name, version: 1, terms, grace: .zero, in: vault)
        var new = whole
        new.sealed = nil
        let part = KeyPart(sealed: [1], checkValue: [1, 2, 3])
        try administration.propose(new, component: (part, 2), by: people[0])
        let pending = try #require(try administration.keys(name).first).key
        try administration.add(part, to: pending, after: 1, completing: whole.sealed, by: people[1])
        let late = #expect(throws: PostgresError.self) {
            try administration.add(part, to: pending, after: 0, completing: nil, by: people[2])
        }
        #expect(late?.sqlState == "AV001")
        #expect(try administration.components(of: pending).isEmpty)
    }

    @Test func `a key that was replaced, retired or destroyed does not come back`() async throws {
        let blocks = [try Self.block(), try Self.block()]
        for block in blocks { try await change(block) }
        for damage in [
            "SELECT 1", "UPDATE key_versions SET state = 4, previous_until = NULL WHERE version = 1",
            "UPDATE key_versions SET state = 5, key_block = NULL WHERE version = 1",
        ] {
            try database.damage("SET session_replication_role = replica; \(damage)")
            await #expect(throws: KeyUsedBefore.self) { try await change(blocks[0]) }
            #expect(try await usable().first?.version == 2)
        }
        try await change(blocks[1])
        #expect(try await usable().map(\.version) == [2])
        store.close()
    }

    @Test func `a key of another usage, direction or owner is not replaced`() async throws {
        try await change(try Self.block())
        for other in [
            KeyTerms(usage: .macAlgorithm3, direction: .incoming, owner: .network("blue")),
            KeyTerms(usage: .macAlgorithm3, direction: .both, owner: .network("green")),
            KeyTerms(usage: .pinEncryption, direction: .both, owner: .network("blue")),
        ] {
            let block = try Self.block()
            await #expect(throws: (any Error).self) { try await change(block, other) }
        }
        #expect(try await usable().map(\.version) == [1])
        store.close()
    }

    @Test func `a stored key does not open in the place of another one`() async throws {
        try await change(try Self.block())
        try await change(try Self.block())
        try database.damage(
            """
            UPDATE key_versions v SET key_block = (SELECT o.key_block FROM key_versions o WHERE o.version = 1)
            WHERE v.version = 2
            """
        )
        let active = try #require(try await usable().first)
        #expect(throws: PaymentCryptographyError.keyUsage) { try active.opened(with: vault) }
        store.close()
    }
}
