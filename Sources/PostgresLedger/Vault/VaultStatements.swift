import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// The vault's keys in the database.
enum VaultStatements {
    static let keys = Statement(
        "vault_keys",
        "SELECT purpose, id, state, kek_id, wrapped, created_at, state_since FROM vault_keys ORDER BY purpose, id"
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> VaultKeyRecord {
        VaultKeyRecord(
            VaultKeyRecord.Name(try row.listed(), try row.int16()),
            try row.listed(),
            wrappedBy: try row.int16(),
            wrapped: try row.optionalBytes(),
            createdAt: try row.instant(),
            stateSince: try row.instant()
        )
    }

    /// Waits for cards that are being issued, and keeps others from it until the transaction ends.
    static let lockAlone = Call(Statement("lock_vault_keys", "SELECT lock_vault_keys(true)"))

    /// - Parameter onlyFirst: nothing is added where there are keys.
    static func add(_ records: [VaultKeyRecord], onlyFirst: Bool) -> Call {
        var purpose = Column(.int2), id = Column(.int2), state = Column(.int2), wrappedBy = Column(.int2)
        var wrapped = Column(.bytea)
        for record in records {
            purpose.append(Int16(record.name.purpose.rawValue))
            id.append(record.name.id)
            state.append(Int16(record.state.rawValue))
            wrappedBy.append(record.wrappedBy)
            wrapped.append(record.wrapped)
        }
        let columns = [purpose, id, state, wrappedBy, wrapped].map { Parameter($0) }
        return Call(addition, columns + [Parameter(onlyFirst)])
    }

    private static let addition = Statement(
        "add_vault_keys",
        """
        INSERT INTO vault_keys (purpose, id, state, kek_id, wrapped)
        SELECT n.* FROM unnest($1::int2[], $2::int2[], $3::int2[], $4::int2[], $5::bytea[]) AS n
        WHERE NOT $6::bool OR NOT EXISTS (SELECT FROM vault_keys)
        """
    )

    /// Changes nothing.
    ///
    /// - Throws: `PostgresError.insufficientPrivilege` for a role that may add keys, and not change them.
    static let mayChange = Call(
        Statement("may_change_vault_keys", "UPDATE vault_keys SET state = state WHERE false")
    )

    /// - Throws: SQLSTATE AV001 unless the key has the state.
    static func change(_ name: VaultKeyRecord.Name, from old: VaultKeyState, to new: VaultKeyState) -> Call {
        let statement = Statement(
            "change_vault_key",
            """
            WITH done AS (UPDATE vault_keys SET state = $4::int2, state_since = clock_timestamp(),
                wrapped = CASE WHEN $4::int2 <> 5 THEN wrapped END
                WHERE purpose = $1 AND id = $2 AND state = $3 RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        return Call(
            statement,
            [
                Parameter(Int16(name.purpose.rawValue)), Parameter(name.id), Parameter(Int16(old.rawValue)),
                Parameter(Int16(new.rawValue)),
            ]
        )
    }

    /// Another wrapping of the same key.
    ///
    /// - Throws: SQLSTATE AV001 when it is retired meanwhile.
    static func rewrap(_ record: VaultKeyRecord) -> Call {
        let statement = Statement(
            "rewrap_vault_key",
            """
            WITH done AS (UPDATE vault_keys SET kek_id = $3, wrapped = $4
                WHERE purpose = $1 AND id = $2 AND state <> 5 RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        return Call(
            statement,
            [
                Parameter(Int16(record.name.purpose.rawValue)), Parameter(record.name.id),
                Parameter(record.wrappedBy), Parameter(record.wrapped ?? []),
            ]
        )
    }
}
