import AuthorizationCore
import AuthorizationEngine

/// What had to be accepted and could not be applied, as operators see it. They settle it through a lane.
extension Administration {
    /// The oldest first.
    ///
    /// - Parameters:
    ///   - all: also those that are settled.
    ///   - before: only those that came before.
    package func exceptions(all: Bool, before: Instant, limit: Int64) throws(PostgresError) -> [ExceptionRecord] {
        let statement = Statement(
            all ? "all_exceptions" : "open_exceptions_listed",
            """
            SELECT \(ExceptionRecord.columns) FROM \(ExceptionRecord.source)
            WHERE e.created_at < $1::timestamptz \(all ? "" : "AND e.settled_at IS NULL")
            ORDER BY e.created_at, e.id LIMIT $2::int8
            """
        )
        let records = try connection.run(Call(statement, [Parameter(before), Parameter(limit)]))
            .map(ExceptionRecord.read)
        return try completed(records)
    }

    package func exception(_ id: EventID) throws(PostgresError) -> ExceptionRecord? {
        let statement = Statement(
            "exception",
            "SELECT \(ExceptionRecord.columns) FROM \(ExceptionRecord.source) WHERE e.id = $1"
        )
        return try completed(try connection.run(Call(statement, [Parameter(id)])).map(ExceptionRecord.read)).first
    }

    /// With what is known of their cards and authorizations.
    private func completed(_ records: [ExceptionRecord]) throws(PostgresError) -> [ExceptionRecord] {
        let cards = try lastFour(of: records.compactMap { $0.message?.card })
        let originals = try authorizations(records.compactMap(\.about))
        return records.map { record in
            var record = record
            record.lastFour = record.message?.card.flatMap { cards[$0] }
            record.original = record.about.flatMap { originals[$0] }
            return record
        }
    }

    private func authorizations(_ ids: [AuthorizationID]) throws(PostgresError) -> [AuthorizationID: Authorization] {
        let parameters = BatchReads.authorizationColumns(ids)
        let found = try connection.run(Call(LaneReads.authorizations, parameters)).map(AuthorizationColumns.read)
        return Dictionary(
            found.map { ($0.authorization.id, $0.authorization) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private func lastFour(of cards: [CardID]) throws(PostgresError) -> [CardID: UInt16] {
        let statement = Statement(
            "last_four",
            """
            SELECT c.id, c.last_four FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
            JOIN cards c ON c.shard = k.shard AND c.id = k.id
            """
        )
        let found = try connection.run(Call(statement, BatchReads.identifierColumns(Array(Set(cards)))))
            .map { (row) throws(PostgresError) -> (CardID, UInt16) in
                (try row.identifier(), UInt16(clamping: try row.int16()))
            }
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    /// The cards of an account; at most `limit`.
    package func cards(of account: AccountID, limit: Int64) throws(PostgresError) -> [CardID] {
        let statement = Statement(
            "cards_of_account",
            "SELECT id FROM cards WHERE shard = $1 AND account_id = $2 ORDER BY id LIMIT $3"
        )
        let parameters = [Parameter(Int16(account.shard.number)), Parameter(account), Parameter(limit)]
        return try connection.run(Call(statement, parameters))
            .map { (row) throws(PostgresError) -> CardID in try row.identifier() }
    }

    /// The account of a card.
    package func account(of card: CardID) throws(PostgresError) -> AccountID? {
        let statement = Statement("account_of_card", "SELECT account_id FROM cards WHERE shard = $1 AND id = $2")
        return try connection.run(Call(statement, [Parameter(Int16(card.shard.number)), Parameter(card)]))
            .map { (row) throws(PostgresError) -> AccountID in try row.identifier() }.first
    }

    package func program(of account: AccountID) throws(PostgresError) -> ProgramID? {
        let statement = Statement("program_of_account", "SELECT program_id FROM accounts WHERE shard = $1 AND id = $2")
        return try connection.run(Call(statement, [Parameter(Int16(account.shard.number)), Parameter(account)]))
            .map { (row) throws(PostgresError) -> ProgramID in try row.identifier() }.first
    }

    package func hasProgram(_ id: ProgramID) throws(PostgresError) -> Bool {
        try connection.run(Call(Statement("has_program", "SELECT id FROM programs WHERE id = $1"), [Parameter(id)]))
            .count > 0
    }
}

// MARK: - Proposals

extension Administration {
    /// The first of two operators' part of a write-off.
    ///
    /// - Throws: SQLSTATE AV001 when the exception is settled, or a proposal is there.
    package func propose(
        _ terms: WriteOffTerms,
        for exception: EventID,
        reason: String,
        by author: Operator
    ) throws(PostgresError) {
        let statement = Statement(
            "propose_write_off",
            """
            WITH done AS (UPDATE exceptions SET proposed_by = $2, proposed_at = now(), proposed_account = $3,
                    proposed_amount = $4, proposed_currency = $5, proposed_direction = $6, proposed_reason = $7
                WHERE id = $1 AND settled_at IS NULL AND proposed_by IS NULL RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let parameters = [
            Parameter(exception), Parameter(author.id), Parameter(terms.account), Parameter(terms.amount.minorUnits),
            Parameter(Int16(terms.amount.currency.numeric)), Parameter(Int16(terms.direction.rawValue)),
            Parameter(reason),
        ]
        let details =
            "\(terms.amount.minorUnits) \(terms.amount.currency.alphabetic) \(terms.direction.name): \(reason)"
        _ = try connection.run([
            Call(statement, parameters), Self.record(.proposeWriteOff, "\(exception)", details, by: author),
        ])
    }

    /// Takes a proposal away, whoever made it.
    ///
    /// - Throws: SQLSTATE AV001 when there is none, or the exception is settled.
    package func withdrawProposal(for exception: EventID, reason: String, by author: Operator) throws(PostgresError) {
        let statement = Statement(
            "withdraw_write_off",
            """
            WITH done AS (UPDATE exceptions SET proposed_by = NULL, proposed_at = NULL, proposed_account = NULL,
                    proposed_amount = NULL, proposed_currency = NULL, proposed_direction = NULL, proposed_reason = NULL
                WHERE id = $1 AND settled_at IS NULL AND proposed_by IS NOT NULL RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        _ = try connection.run([
            Call(statement, [Parameter(exception)]),
            Self.record(.withdrawWriteOff, "\(exception)", reason, by: author),
        ])
    }
}

extension ExceptionRecord {
    /// The authorization that the decision found, else the one that the message names.
    fileprivate var about: AuthorizationID? { authorization ?? message?.namedAuthorization }
}
