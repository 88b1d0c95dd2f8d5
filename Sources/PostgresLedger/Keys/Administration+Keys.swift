import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// Keys of payment cryptography. Each change and its record are one transaction; the tables refuse one operator where two
/// are needed, whatever the command line lets pass.
extension Administration {
    /// All versions, the newest of each key first.
    ///
    /// - Parameter name: of one key; nil for all.
    package func keys(_ name: KeyName? = nil) throws(PostgresError) -> [KeyVersion] {
        let filter = name == nil ? "" : "WHERE v.key_id = $1"
        let statement = Statement(
            name == nil ? "keys" : "key",
            "SELECT \(KeyVersion.columns) FROM \(KeyVersion.source) \(filter) ORDER BY v.key_id, v.version DESC"
        )
        let parameters = name.map { [Parameter($0.description)] } ?? []
        return try connection.run(Call(statement, parameters)).map(KeyVersion.read)
    }

    /// Stores a key that was made here; it is active at once. Its block may have been shown already.
    ///
    /// - Throws: SQLSTATE AV001 when the key has other terms, 23505 when somebody else made the version meanwhile.
    package func activate(_ new: NewKey, _ action: OperatorAction, by author: Operator) throws(PostgresError) {
        _ = try connection.run(
            KeyStatements.ensure(new) + KeyStatements.supersede(new.name, new.terms.usage, grace: new.grace) + [
                KeyStatements.insert(new, .active, components: nil, by: author.id),
                Self.record(action, new, by: author),
            ]
        )
    }

    /// The first of two operators' part of an import.
    ///
    /// - Parameter component: where components make the key: the author's, wrapped, and of how many.
    /// - Throws: as ``activate(_:_:by:)``; 23505 also when an import of the key is pending.
    package func propose(
        _ new: NewKey,
        component: (KeyPart, count: Int)? = nil,
        by author: Operator
    ) throws(PostgresError) {
        let count = component.map { Int16(clamping: $0.count) }
        let parts = component.map { [Self.insert($0.0, of: new.name, new.version, by: author)] } ?? []
        _ = try connection.run(
            KeyStatements.ensure(new) + [KeyStatements.insert(new, .pending, components: count, by: author.id)] + parts
                + [Self.record(.importKey, new, by: author)]
        )
    }

    /// Another operator's component of a pending import.
    ///
    /// - Parameters:
    ///   - brought: how many there were when they were read.
    ///   - sealed: the key, once this is its last component.
    /// - Throws: 23505 when the author has brought one, AV001 when there are not as many as were read, or the
    ///   import has ended.
    package func add(
        _ part: KeyPart,
        to key: StoredKey,
        after brought: Int,
        completing sealed: [UInt8]?,
        by author: Operator
    ) throws(PostgresError) {
        // Whoever brings another one at the same moment waits here, and then counts this one.
        let lock = Statement(
            "lock_pending_key_version",
            """
            SELECT expect_rows(count(*), 1) FROM (SELECT FROM key_versions
                WHERE key_id = $1 AND version = $2 AND state = 1 AND key_block IS NULL FOR NO KEY UPDATE) AS pending
            """
        )
        let count = Statement(
            "count_key_components",
            """
            SELECT expect_rows(count(*), $3::int8) FROM key_components
            WHERE key_id = $1 AND version = $2 AND key_block IS NOT NULL
            """
        )
        let complete = Statement(
            "complete_key",
            """
            WITH done AS (UPDATE key_versions SET key_block = $3 WHERE key_id = $1::text AND version = $2::int4
                AND state = 1 AND key_block IS NULL RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let place = Self.place(key)
        let completion =
            sealed.map { [Call(complete, place + [Parameter($0)]), Call(KeyStatements.forgetComponents, place)] } ?? []
        _ = try connection.run(
            [
                Call(lock, place), Call(count, place + [Parameter(Int64(brought))]),
                Self.insert(part, of: key.name, key.version, by: author),
            ] + completion + [Self.record(.addKeyComponent, key, by: author)]
        )
    }

    /// The components of a pending import, in the order in which they came.
    package func components(of key: StoredKey) throws(PostgresError) -> [KeyPart] {
        let statement = Statement(
            "key_components",
            """
            SELECT key_block, check_value FROM key_components
            WHERE key_id = $1 AND version = $2 AND key_block IS NOT NULL ORDER BY created_at
            """
        )
        return try connection.run(Call(statement, Self.place(key))).map { (row) throws(PostgresError) in
            KeyPart(sealed: try row.bytes(), checkValue: try row.bytes())
        }
    }

    private static func insert(_ part: KeyPart, of name: KeyName, _ version: Int32, by author: Operator) -> Call {
        let statement = Statement(
            "add_key_component",
            "INSERT INTO key_components (key_id, version, operator_id, check_value, key_block) VALUES ($1, $2, $3, $4, $5)"
        )
        return Call(
            statement,
            [
                Parameter(name.description), Parameter(version), Parameter(author.id), Parameter(part.checkValue),
                Parameter(part.sealed),
            ]
        )
    }

    static func place(_ key: StoredKey) -> [Parameter] { [Parameter(key.name.description), Parameter(key.version)] }

    static func record(_ action: OperatorAction, _ key: StoredKey, by author: Operator) -> Call {
        record(action, "\(key.name)", details(key.version, key.terms, key.checkValue), by: author)
    }

    private static func record(_ action: OperatorAction, _ new: NewKey, by author: Operator) -> Call {
        record(action, "\(new.name)", details(new.version, new.terms, new.checkValue), by: author)
    }

    static func details(_ version: Int32, _ terms: KeyTerms, _ checkValue: [UInt8]) -> String {
        "version \(version), usage \(terms.usage.rawValue), check value \(checkValue.hexadecimal)"
    }
}

/// A component of a key as it is stored: wrapped.
package struct KeyPart: Sendable {
    package var sealed: [UInt8]
    package var checkValue: [UInt8]

    package init(sealed: [UInt8], checkValue: [UInt8]) {
        self.sealed = sealed
        self.checkValue = checkValue
    }
}

extension [UInt8] {
    /// Upper-case digits, two a byte.
    package var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }.joined()
    }
}
