import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import PostgresLedger
import ServiceLifecycle

/// Keeps the vault's keys as they are in the database, whoever rotates them.
final class VaultService: Service {
    /// Often enough that several tries fit in ``PANVault/lease``.
    private static let interval = Duration.seconds(2)

    let vault: PANVault
    private let store: PostgresVaultStore
    /// With the keys as they were at the start.
    private let keyring: VaultKeyring
    private let logger: Logger
    private let told: ToldOnce

    /// Reads the keys, or makes them on the first start of all.
    ///
    /// - Throws: `Settings.Problem` when card numbers could not be opened with what is there.
    init(_ store: PostgresVaultStore, _ files: KeyFiles, logger: Logger) async throws {
        self.store = store
        self.logger = logger
        told = ToldOnce { problem in
            let what =
                "a wrapping key of the vault cannot be used: with the vault's next new key, or started again, this process "
                + "answers no payment until its file is in place"
            logger.error("\(what)", metadata: ["problem": "\(problem)"])
        } isWell: {
            logger.notice("all wrapping keys of the vault can be used again")
        }
        var keyring = VaultKeyring(files.wrapping, read: files.wrappingKey)
        var read = ContinuousClock.now
        var records = try await store.keys()
        if records.isEmpty {
            try await Self.checkCarriedOver(files.carriedOver, store)
            try await store.start(with: try keyring.firstKeys(carriedOver: files.carriedOver))
            read = .now
            records = try await store.keys()
        }
        do {
            let keys = try keyring.keys(records)
            vault = PANVault(keys)
            vault.replace(by: keys, read: read)
            self.keyring = keyring
        } catch {
            throw Settings.Problem(description: "the vault's keys cannot be opened: \(error)")
        }
    }

    /// The keys that a database's card numbers were kept with are proven with one of them before anything depends on it.
    private static func checkCarriedOver(
        _ keys: (data: SecretKey, index: SecretKey)?,
        _ store: PostgresVaultStore
    ) async throws {
        guard let sample = try await store.anyCard() else { return }
        guard let keys else {
            throw Settings.Problem(
                description:
                    "there are cards, and no pan-encryption.key and pan-index.key that their numbers were kept with"
            )
        }
        let vault = PANVault(encryptionKey: keys.data, indexKey: keys.index)
        let (secret, place) = (sample.secret, sample.card.bytes)
        guard let pan = try? vault.open(secret.ciphertext, keyID: secret.keyID, associatedData: place),
            try vault.index(of: pan) == sample.index
        else {
            throw Settings.Problem(
                description: "pan-encryption.key or pan-index.key is not what the cards' numbers were kept with"
            )
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var keyring = keyring
            while !Task.isCancelled {
                await reload(&keyring)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func reload(_ keyring: inout VaultKeyring) async {
        let read = ContinuousClock.now
        do {
            vault.replace(by: try keyring.keys(try await store.keys()), read: read)
        } catch {
            return logger.error("the vault's keys could not be read", metadata: ["problem": "\(error)"])
        }
        if keyring.problems.isEmpty { told.clear() }
        for problem in keyring.problems { told.tell(problem) }
    }
}
