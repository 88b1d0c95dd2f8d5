import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// Card numbers that an older release has stored.
@Suite struct VaultMigrationTests {
    /// A database as the migrations before the vault's made it.
    private static func older() throws -> TestDatabase {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(at: TestDatabase.migrations.resolvingSymlinksInPath(), to: folder)
        try Data("SELECT 1 / 0;".utf8).write(to: folder.appendingPathComponent("0016-vault/check.sql"))
        let database = try TestDatabase.makeEmpty()
        let migrator = try Migrator(directory: folder, servingRole: try database.servingRole())
        #expect(throws: Migrator.Problem.self) { try migrator.migrate(try TestDatabase.connect(database.ownerURL)) }
        return database
    }

    @Test func `cards of an older release are found and opened with its keys, and take part in rotations`() async throws
    {
        let database = try Self.older()
        let account = AccountID(at: .wallClock, shard: Shard(truncating: 5), entropy: 1)
        let id = CardID(at: .wallClock, shard: account.shard, entropy: 2)
        let tenant = TenantID(at: .wallClock, shard: account.shard, entropy: 3)
        let (data, index) = (try VaultWorld.key("7"), try VaultWorld.key("8"))
        let pan = try PAN.random(bin: "990000", length: 19)
        let number = try PANVault(encryptionKey: data, indexKey: index).seal(pan, associatedData: id.bytes)
        func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        func literal(_ bytes: [UInt8]) -> String { "'\\x\(hexadecimal(bytes))'::bytea" }
        func uuid<Kind>(_ id: Identifier<Kind>) -> String { "'\(hexadecimal(id.bytes))'::uuid" }
        try database.damage(
            """
            INSERT INTO accounts VALUES (5, \(uuid(account)), \(uuid(tenant)), \(uuid(tenant)), 1, 1, now(),
                decode(repeat('00', 32), 'hex'), now());
            INSERT INTO cards (shard, id, account_id, tenant_id, status, last_four, pan_index, pan_ciphertext,
                pan_key_id, issued_at, version)
            VALUES (5, \(uuid(id)), \(uuid(account)), \(uuid(tenant)), 1, 1, \(literal(number.index.bytes)),
                \(literal(number.ciphertext)), 1, now(), 1);
            INSERT INTO pan_directory (pan_index, shard, account_id, card_id, tenant_id)
            VALUES (\(literal(number.index.bytes)), 5, \(uuid(account)), \(uuid(id)), \(uuid(tenant)))
            """
        )
        try database.migrate()
        let store = PostgresVaultStore(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        defer {
            store.close()
            reader.close()
        }
        var keyring = VaultKeyring(try VaultWorld.wrapping(1))
        try await store.start(with: try keyring.firstKeys(carriedOver: (data, index)))
        // A second start changes nothing.
        try await store.start(with: try keyring.firstKeys(carriedOver: nil))
        for purpose in [VaultPurpose.data, .index] {
            let keys = try keyring.keys(try await store.keys())
            try await Self.expect(pan, id, PANVault(keys), store, reader)
            try VaultRotation(
                try VaultRotation.connection(url: database.ownerURL),
                try VaultWorld.wrapping(1),
                lease: .zero,
                author: nil
            ) { _ in }.rotate(purpose)
        }
        let vault = PANVault(try keyring.keys(try await store.keys()))
        try await Self.expect(pan, id, vault, store, reader)
        #expect(try vault.index(of: pan) != number.index.bytes)
        // Repeats of what the older release has answered are still told from other requests.
        #expect(try vault.contentIndex(of: pan) == number.index.bytes)
    }

    private static func expect(
        _ pan: PAN,
        _ id: CardID,
        _ vault: PANVault,
        _ store: PostgresVaultStore,
        _ directory: PostgresDirectory
    ) async throws {
        let index = try vault.index(of: pan)
        let route = try await withCheckedThrowingContinuation { continuation in
            directory.findCard(panIndex: index, fresh: true) { continuation.resume(with: $0) }
        }
        #expect(route?.card == id)
        let stored = try #require(try await store.anyCard())
        #expect(stored.index == index)
        let opened = try vault.open(stored.secret.ciphertext, keyID: stored.secret.keyID, associatedData: id.bytes)
        #expect(opened.withExposedDigits { Array($0) } == pan.withExposedDigits { Array($0) })
    }
}
