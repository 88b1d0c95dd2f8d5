import AuthorizationCore
import AuthorizationEngine

/// PINs of cards: one row for each card that has one.
enum PINStatements {
    /// For the lane: what is sealed is no part of the state.
    static let read = Statement(
        "pins",
        """
        SELECT p.account_id, p.card_id, \(PINColumns.state)
        FROM unnest($1::int2[], $2::uuid[], $3::uuid[]) AS k(shard, account_id, card_id)
        JOIN card_pins p ON p.shard = k.shard AND p.account_id = k.account_id AND p.card_id = k.card_id
        """
    )

    static let ofCards = Statement(
        "pins_of_cards",
        """
        SELECT p.card_id, \(PINColumns.state), p.method, p.key_index, p.key_name, p.key_version, p.ciphertext,
            p.vault_key_id
        FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN cards c ON c.shard = k.shard AND c.id = k.id
        JOIN card_pins p ON p.shard = c.shard AND p.account_id = c.account_id AND p.card_id = c.id
        """
    )

    static let new = Statement(
        "insert_pins",
        """
        INSERT INTO card_pins (shard, account_id, card_id, tries, reference, method, key_index, key_name, key_version,
            ciphertext, vault_key_id, script, script_sends, script_counter, version)
        SELECT n.*, 1 FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::int2[], $5::int4[], $6::int2[], $7::int2[],
            $8::text[], $9::int4[], $10::bytea[], $11::int2[], $12::int8[], $13::int2[], $14::int4[]) AS n
        """
    )

    /// Rows without a new reference keep theirs.
    static let change = LaneWrites.guarded(
        "update_pins",
        """
        UPDATE card_pins p SET tries = n.tries, reference = n.reference, method = coalesce(n.method, p.method),
            key_index = CASE WHEN n.method IS NULL THEN p.key_index ELSE n.key_index END,
            key_name = coalesce(n.key_name, p.key_name),
            key_version = CASE WHEN n.method IS NULL THEN p.key_version ELSE n.key_version END,
            ciphertext = coalesce(n.ciphertext, p.ciphertext), vault_key_id = coalesce(n.vault_key_id, p.vault_key_id),
            script = n.script, script_sends = n.script_sends, script_counter = n.script_counter, version = p.version + 1
        FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::int2[], $5::int4[], $6::int2[], $7::int2[], $8::text[],
            $9::int4[], $10::bytea[], $11::int2[], $12::int8[], $13::int2[], $14::int4[], $15::int8[]) AS n(shard,
            account_id, card_id, tries, reference, method, key_index, key_name, key_version, ciphertext, vault_key_id,
            script, script_sends, script_counter, stored)
        WHERE p.shard = n.shard AND p.account_id = n.account_id AND p.card_id = n.card_id AND p.version = n.stored
        """,
        rows: 16
    )
}

/// The columns of a card's PIN, and those of what it is verified with.
enum PINColumns {
    /// Of `card_pins AS p`.
    static let state = "p.tries, p.reference, p.version, p.script, p.script_sends, p.script_counter"

    static func readState(_ row: inout RowReader) throws(PostgresError) -> PINState {
        let tries = try row.int16()
        var state = PINState(reference: try row.int32())
        state.version = try row.int64()
        guard let known = UInt8(exactly: tries), state.reference > 0 else { throw row.unexpected("no such PIN state") }
        state.tries = known
        state.script = try readScript(&row)
        return state
    }

    private static func readScript(_ row: inout RowReader) throws(PostgresError) -> PINScript? {
        let (identifier, sends) = (try row.optionalInt64(), try row.optionalInt16())
        let counter = try row.optionalInt32()
        guard let identifier else { return nil }
        guard let identifier = UInt32(exactly: identifier), let sends = sends.flatMap({ UInt8(exactly: $0) }) else {
            throw row.unexpected("no such script")
        }
        return PINScript(identifier: identifier, sends: sends, counter: counter.flatMap { UInt16(exactly: $0) })
    }

    static func read(_ row: inout RowReader) throws(PostgresError) -> StoredPIN {
        let state = try readState(&row)
        let method = try row.int16()
        let keyIndex = try row.optionalInt16().flatMap { UInt8(exactly: $0) }
        guard let key = StoredKeyName(try row.text()) else { throw row.unexpected("no name of a key") }
        let verification: PINVerification
        switch (method, keyIndex) {
        case (1, let keyIndex?): verification = PINVerification(.visaPVV(keyIndex: keyIndex), key: key)
        case (2, nil): verification = PINVerification(.ibm3624, key: key)
        default: throw row.unexpected("no such method")
        }
        let reference = SealedPINReference(
            verification,
            keyVersion: try row.optionalInt32(),
            ciphertext: try row.bytes(),
            keyID: try row.int16()
        )
        return StoredPIN(state: state, reference: reference)
    }
}
