import AuthorizationEngine

extension Administration {
    package struct ListedVaultKey: Sendable {
        package var record: VaultKeyRecord
        /// How many cards have something that was made with it.
        package var cards: Int64
    }

    /// The same without counting cards, which takes a while.
    package func vaultKeyRecords() throws(PostgresError) -> [VaultKeyRecord] {
        try connection.run(Call(VaultStatements.keys)).map(VaultStatements.read)
    }

    /// By purpose, the oldest first.
    package func vaultKeys() throws(PostgresError) -> [ListedVaultKey] {
        let statement = Statement(
            "vault_keys_listed",
            """
            SELECT purpose, id, state, kek_id, wrapped, created_at, state_since, CASE
                WHEN state = 5 THEN 0
                WHEN purpose = 1 THEN (SELECT count(*) FROM cards WHERE pan_key_id = k.id)
                WHEN purpose = 2 THEN (SELECT count(*) FROM pan_directory WHERE key_id = k.id)
                ELSE 0 END
            FROM vault_keys k ORDER BY purpose, id
            """
        )
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in
            ListedVaultKey(record: try VaultStatements.read(&row), cards: try row.int64())
        }
    }
}

extension VaultRotation {
    /// A connection for a rotation: it may count for a while, but never keeps an account for long.
    package static func connection(url: String) throws(PostgresError) -> PostgresConnection {
        try PostgresConnection(
            url: url,
            timeout: .seconds(600),
            application: "aval vault rotate",
            session: [("idle_in_transaction_session_timeout", "2000"), ("lock_timeout", "2000")]
        )
    }
}
