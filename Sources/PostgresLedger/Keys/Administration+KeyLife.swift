import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// What becomes of versions of keys.
extension Administration {
    /// The second operator's part of an import: the version becomes active.
    ///
    /// - Throws: SQLSTATE 23514 when the author has proposed it, AV001 when it does not wait for an approval any more, or
    ///   the author was made after it.
    package func approveImport(of record: KeyVersion, by author: Operator) throws(PostgresError) {
        let key = record.key
        let statement = Statement(
            "approve_key",
            """
            WITH done AS (UPDATE key_versions SET state = 2, approved_by = $3, state_since = now()
                WHERE key_id = $1::text AND version = $2::int4 AND state = 1 AND key_block IS NOT NULL
                AND destruction_proposed_by IS NULL AND \(Self.wasThere("$3", before: "key_versions.created_at"))
                RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run(
            KeyStatements.supersede(key.name, key.terms.usage, grace: record.grace) + [
                Call(statement, Self.place(key) + [Parameter(author.id)]), Self.record(.approveKey, key, by: author),
            ]
        )
    }

    /// Takes a version out of use, also the active one.
    ///
    /// - Throws: SQLSTATE AV001 when it is neither active nor previous.
    package func retire(_ key: StoredKey, by author: Operator) throws(PostgresError) {
        let statement = Statement(
            "retire_key",
            """
            WITH done AS (UPDATE key_versions SET state = 4, previous_until = NULL, state_since = now()
                WHERE key_id = $1::text AND version = $2::int4 AND state IN (2, 3) RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run([Call(statement, Self.place(key)), Self.record(.retireKey, key, by: author)])
    }

    /// The first of two operators' part of a destruction. Proposed anew, it is the later author's: those who could have
    /// approved the one before may be gone.
    ///
    /// - Throws: SQLSTATE AV001 when it is neither pending nor retired.
    package func proposeDestruction(of key: StoredKey, by author: Operator) throws(PostgresError) {
        let statement = Statement(
            "propose_key_destruction",
            """
            WITH done AS (UPDATE key_versions SET destruction_proposed_by = $3 WHERE key_id = $1::text
                AND version = $2::int4 AND state IN (1, 4) RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run([
            Call(statement, Self.place(key) + [Parameter(author.id)]),
            Self.record(.proposeKeyDestruction, key, by: author),
        ])
    }

    /// The second operator's part: the key and what is left of its components are gone.
    ///
    /// - Throws: SQLSTATE 23514 when the author has proposed it, AV001 when nobody has, or the author was made
    ///   afterwards.
    package func approveDestruction(of key: StoredKey, by author: Operator) throws(PostgresError) {
        let proposal = "(SELECT max(a.at) FROM operator_actions a WHERE (a.action, a.object, a.details) = ($4, $5, $6))"
        let statement = Statement(
            "destroy_key",
            """
            WITH done AS (UPDATE key_versions SET state = 5, key_block = NULL, destruction_approved_by = $3,
                    state_since = now()
                WHERE key_id = $1::text AND version = $2::int4 AND state IN (1, 4)
                AND destruction_proposed_by IS NOT NULL AND \(Self.wasThere("$3", before: proposal)) RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let recorded = [
            Parameter(OperatorAction.proposeKeyDestruction.rawValue), Parameter("\(key.name)"),
            Parameter(Self.details(key.version, key.terms, key.checkValue)),
        ]
        _ = try connection.run([
            Call(statement, Self.place(key) + [Parameter(author.id)] + recorded),
            Call(KeyStatements.forgetComponents, Self.place(key)),
            Self.record(.destroyKey, key, by: author),
        ])
    }
}
