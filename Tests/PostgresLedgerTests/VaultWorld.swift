import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// A ledger whose cards have numbers, with a vault that reads its keys when it is told to.
struct VaultWorld {
    struct Card {
        var pan: PAN
        var id: CardID
        var account: AccountID
    }

    let database: TestDatabase
    let ledger: TestLedger
    let store: PostgresVaultStore
    let directory: PostgresDirectory
    let vault: PANVault

    static func wrapping(_ ids: Int16...) throws -> KeyEncryptionKeys {
        let keys = try ids.map { ($0, try key("\($0)")) }
        return try #require(KeyEncryptionKeys(Dictionary(uniqueKeysWithValues: keys)))
    }

    static func key(_ digit: String) throws -> SecretKey {
        try #require(SecretKey(hexadecimal: String(repeating: digit, count: 64).utf8))
    }

    init(_ database: TestDatabase? = nil) async throws {
        let database = try database ?? TestDatabase.make()
        self.database = database
        ledger = try TestLedger(database)
        store = PostgresVaultStore(url: database.servingURL, timeout: .seconds(10))
        directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        var keyring = VaultKeyring(try Self.wrapping(1))
        try await store.start(with: try keyring.firstKeys(carriedOver: nil))
        vault = PANVault(try keyring.keys(try await store.keys()))
    }

    func close() {
        ledger.close()
        store.close()
        directory.close()
    }

    func reload() async throws {
        var keyring = VaultKeyring(try Self.wrapping(1, 2))
        // However slow the machine is, the lease does not end while a test goes on.
        vault.replace(by: try keyring.keys(try await store.keys()), read: .now + .seconds(3_600))
    }

    func rotation(
        _ wrapping: KeyEncryptionKeys? = nil,
        lease: Duration = .zero,
        say: @escaping (String) -> Void = { _ in }
    ) throws -> VaultRotation {
        VaultRotation(
            try VaultRotation.connection(url: database.ownerURL),
            try wrapping ?? Self.wrapping(1),
            lease: lease,
            author: nil,
            say: say
        )
    }

    func issue() async throws -> Card {
        let account = try await ledger.openAccount(funds: 10_000)
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let pan = try PAN.random(bin: "990000", length: 16)
        let sealed = try vault.seal(pan, associatedData: id.bytes)
        guard case .decided = try await ledger.issueCard(id, on: account, sealed) else {
            throw TestLedger.UnexpectedReply(description: "no card")
        }
        return Card(pan: pan, id: id, account: account)
    }

    /// As a door finds and pays with a card.
    func pay(with card: Card) async throws -> Bool {
        let index = try vault.index(of: card.pan)
        let route: CardRoute? = try await withCheckedThrowingContinuation { continuation in
            directory.findCard(panIndex: index, fresh: true) { continuation.resume(with: $0) }
        }
        guard let route else { return false }
        let payment = Command.authorize(try TestLedger.payment(1, with: route.card))
        let reply = await ledger.perform(payment, on: route.account, panIndex: index)
        guard case .decided(let answer) = reply, case .approved = answer.decision.outcome else { return false }
        return true
    }

    func states(_ purpose: VaultPurpose) async throws -> [VaultKeyState] {
        try await store.keys().filter { $0.name.purpose == purpose }.map(\.state)
    }
}
