import AuthorizationCore
import AuthorizationEngine

extension PostgresVaultStore: RevealStore {
    package func add(_ permission: RevealPermission, for actor: CommandActor) async throws {
        var actors = Column(.uuid)
        actors.append(actor)
        let call = Call(
            Self.addition,
            [
                Parameter(permission.id), Parameter(permission.card), Parameter(permission.tenant),
                Parameter(actors), Parameter(permission.expiresAt),
            ]
        )
        try await reveals.run { _ = try $0.run(call) }
    }

    package func record(
        _ permission: RevealPermission,
        for actor: CommandActor,
        from address: String
    ) async throws {
        var actors = Column(.uuid)
        actors.append(actor)
        let call = Call(
            Self.record,
            [
                Parameter(permission.id), Parameter(permission.card), Parameter(permission.tenant),
                Parameter(actors), Parameter(address),
            ]
        )
        try await reveals.run { _ = try $0.run(call) }
    }

    package func use(
        _ permission: RevealPermission,
        from address: String,
        origin: String?
    ) async throws -> RevealedNumber? {
        var origins = Column(.text)
        origins.append(origin)
        let call = Call(
            Self.usage,
            [
                Parameter(permission.id), Parameter(permission.card), Parameter(permission.tenant),
                Parameter(address), Parameter(origins), Parameter(Int16(permission.card.shard.number)),
            ]
        )
        return try await reveals.run { connection in
            try connection.run(call).map { (row) throws(PostgresError) in
                let secret = CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
                let yearMonth = Int(try row.int32())
                guard let expiry = ExpiryMonth(year: yearMonth / 100, month: yearMonth % 100) else {
                    throw row.unexpected("no such month")
                }
                return RevealedNumber(secret: secret, expiry: expiry)
            }.first
        }
    }

    /// Clocks of processes may differ a little from the database's, which says how long a permission lasts.
    private static let addition = Statement(
        "add_reveal_token",
        """
        INSERT INTO reveal_tokens (id, card_id, tenant_id, actor_id, expires_at)
        VALUES ($1, $2, $3, ($4::uuid[])[1], least($5, now() + interval '60 seconds'))
        """
    )

    private static let record = Statement(
        "record_reveal",
        """
        INSERT INTO reveal_tokens (id, card_id, tenant_id, actor_id, expires_at, used_at, used_from)
        VALUES ($1, $2, $3, ($4::uuid[])[1], now(), now(), $5)
        """
    )

    private static let usage = Statement(
        "use_reveal_token",
        """
        WITH used AS (UPDATE reveal_tokens SET used_at = now(), used_from = $4, used_origin = ($5::text[])[1]
            WHERE id = $1 AND card_id = $2 AND tenant_id = $3 AND used_at IS NULL AND expires_at > now()
            RETURNING card_id, tenant_id)
        SELECT c.pan_ciphertext, c.pan_key_id, i.expiry
        FROM used JOIN cards c ON c.shard = $6 AND c.id = used.card_id AND c.tenant_id = used.tenant_id
        JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        ORDER BY i.active DESC, i.sequence_number DESC LIMIT 1
        """
    )
}
