import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// The vault's keys for the service, and reveals. Keys are used for a short while after they were read, so that reading
/// them waits for nothing: each has a connection of its own.
package final class PostgresVaultStore: Sendable {
    private let thread: ConnectionThread
    let reveals: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval vault", url: url, timeout: timeout)
        reveals = ConnectionThread(name: "aval reveals", url: url, timeout: timeout)
    }

    package func close() {
        thread.close()
        reveals.close()
    }

    package func keys() async throws -> [VaultKeyRecord] {
        try await thread.run { try $0.run(Call(VaultStatements.keys)).map(VaultStatements.read) }
    }

    /// Stores the first keys of all. Of two processes that start at once one does; the other reads what that one stored.
    package func start(with keys: [VaultKeyRecord]) async throws {
        try await thread.run { connection in
            _ = try connection.run([
                VaultStatements.lockAlone, VaultStatements.add(keys, onlyFirst: true),
                Administration.record(.openVault, "\(keys.count) keys", "first start", by: nil as OperatorID?),
            ])
        }
    }

    /// Any card, by which the keys of its number can be proven; nil where there is none.
    package func anyCard() async throws -> Sample? {
        try await thread.run { connection in
            try connection.run(Call(Self.sample)).map { (row) throws(PostgresError) in
                Sample(
                    card: try row.identifier(),
                    index: try row.bytes(),
                    secret: CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
                )
            }.first
        }
    }

    package struct Sample: Sendable {
        package var card: CardID
        package var index: [UInt8]
        package var secret: CardSecret
    }

    private static let sample = Statement(
        "any_card",
        "SELECT id, pan_index, pan_ciphertext, pan_key_id FROM cards LIMIT 1"
    )
}
