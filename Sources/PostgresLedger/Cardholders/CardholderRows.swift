import AuthorizationCore
import AuthorizationEngine

/// The statements of cardholders, and how their rows are written and read.
enum CardholderRows {
    static let columns = "h.id, h.tenant_id, h.reference, h.name, h.name_key_id, h.status, h.created_at, h.erased_at"

    static func read(_ row: inout RowReader) throws(PostgresError) -> Cardholder {
        let id: CardholderID = try row.identifier()
        let tenant: TenantID = try row.identifier()
        return Cardholder(
            id: id,
            tenant: tenant,
            reference: try row.optionalText(),
            name: try readName(&row),
            status: try row.listed(),
            createdAt: try row.instant(),
            erasedAt: try row.optionalInstant()
        )
    }

    static func readName(_ row: inout RowReader) throws(PostgresError) -> SealedName? {
        let ciphertext = try row.optionalBytes(), key = try row.optionalInt16()
        guard let ciphertext, let key else { return nil }
        return SealedName(ciphertext: ciphertext, keyID: key)
    }

    /// Ciphertext and key: both may be missing.
    static func parameters(_ name: SealedName?) -> [Parameter] {
        var ciphertext = Column(.bytea), key = Column(.int2)
        ciphertext.append(name?.ciphertext)
        key.append(name?.keyID)
        return [Parameter(ciphertext), Parameter(key)]
    }

    static func parameter(_ reference: String?) -> Parameter {
        var column = Column(.text)
        column.append(reference)
        return Parameter(column)
    }

    static let one = Statement(
        "cardholder",
        "SELECT \(columns) FROM cardholders h WHERE h.tenant_id = $1 AND h.id = $2"
    )

    static let ofTenant = Statement(
        "cardholders",
        """
        SELECT \(columns) FROM cardholders h
        WHERE h.tenant_id = $1 AND h.id < $2 AND (($3::text[])[1] IS NULL OR h.reference = ($3::text[])[1])
        ORDER BY h.id DESC LIMIT $4
        """
    )

    static let statuses = Statement(
        "cardholder_statuses",
        "SELECT id, status FROM cardholders WHERE tenant_id = $1 AND id = ANY ($2::uuid[])"
    )

    // MARK: - Changes, from `$5` on and each fit for a record

    static let addition = """
        done AS (INSERT INTO cardholders AS h (id, tenant_id, reference, name, name_key_id, status, created_at)
            VALUES ($5::uuid, $6::uuid, ($7::text[])[1], ($8::bytea[])[1], ($9::int2[])[1], $10, $11)
            RETURNING tenant_id, NULL::jsonb AS before, cardholder_record(h) AS after)
        """

    /// A closed one stays as it is, so that an erasure is the end.
    static let content = change(
        """
        reference = coalesce(($7::text[])[1], h.reference), name = coalesce(($8::bytea[])[1], h.name),
            name_key_id = coalesce(($9::int2[])[1], h.name_key_id)
        """,
        where: "h.status <> \(Cardholder.Status.closed.rawValue)"
    )

    static let status = change("status = $7::int2", where: "(h.status, $7::int2) IN (\(transitions))")

    static let erasure = change(
        "name = NULL, name_key_id = NULL, erased_at = $7",
        where: """
            h.status = \(Cardholder.Status.closed.rawValue) AND h.erased_at IS NULL AND NOT EXISTS (SELECT FROM cards c
                WHERE c.cardholder_id = h.id AND c.status <> \(CardStatus.closed.rawValue))
            AND NOT EXISTS (SELECT FROM accounts a
                WHERE a.cardholder_id = h.id AND a.status <> \(AccountStatus.closed.rawValue))
            """
    )

    private static func change(_ values: String, where isAllowed: String) -> String {
        """
        old AS (SELECT h.id, cardholder_record(h) AS record FROM cardholders h
            WHERE h.id = $5 AND h.tenant_id = $6 FOR NO KEY UPDATE),
        done AS (UPDATE cardholders h SET \(values) FROM old WHERE h.id = old.id AND \(isAllowed)
            RETURNING h.tenant_id, old.record AS before, cardholder_record(h) AS after)
        """
    }

    private static let transitions: String = {
        let pairs = Cardholder.Status.allCases.flatMap { from in
            Cardholder.Status.allCases.filter(from.allows).map { "(\(from.rawValue), \($0.rawValue))" }
        }
        return pairs.joined(separator: ", ")
    }()
}
