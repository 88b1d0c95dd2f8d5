import AuthorizationCore
import AuthorizationEngine

/// The journal rows of an authorization, of however many days. Each statement reads the partitions of two days, so
/// that none touches more of them however long the journal grows; all go in one round trip.
enum AuthorizationHistory {
    static let window = Statement(
        "history",
        """
        SELECT j.id, j.seq, j.decided_at, j.command, j.decision, j.actor_id, o.name, j.response_code,
            j.advice_code, j.card_code_answer, j.authentication_answer, j.chip_data
        FROM journal j LEFT JOIN operators o ON o.id = j.actor_id
        WHERE j.authorization_id = $1 AND j.account_id = $2 AND j.id >= $3 AND j.id < $4
        """
    )

    private static let day: Int64 = 86_400_000_000

    /// The authorization that a query finds, with everything that was decided on it; nil when it finds none.
    static func view(of query: Call, on connection: PostgresConnection) throws(PostgresError) -> AuthorizationView? {
        guard let (account, authorization) = try connection.run(query).map(AuthorizationColumns.read).first else {
            return nil
        }
        var history: [JournalEntry] = []
        for rows in try connection.run(calls(authorization.id, on: account, since: authorization.id.instant)) {
            history += try rows.map(read)
        }
        return AuthorizationView(
            authorization: authorization,
            account: account,
            history: history.sorted { $0.sequence < $1.sequence }
        )
    }

    /// The first row was handed its identifier at most a queue's wait before it was decided, the last one a moment
    /// ago; a day each way also covers clocks that differ or were set back. Identifiers tell the time also where a
    /// sandbox's clock is ahead.
    static func calls(
        _ id: AuthorizationID,
        on account: AccountID,
        since createdAt: Instant,
        now: Instant = .wallClock
    ) -> [Call] {
        let first = (createdAt.microseconds - day) / day
        let last = max(now.microseconds, createdAt.microseconds) / day + 1
        return stride(from: first, through: last, by: 2).map { start in
            let bounds = [start, start + 2].map { number in
                EventID(high: UInt64(max(0, number * day / 1_000)) << 16, low: 0)
            }
            return Call(window, [Parameter(id), Parameter(account)] + bounds.map { Parameter($0) })
        }
    }

    static func read(_ row: inout RowReader) throws(PostgresError) -> JournalEntry {
        JournalEntry(
            event: try row.identifier(),
            sequence: try row.int64(),
            decidedAt: try row.instant(),
            command: try row.journaled(),
            decision: try row.journaled(),
            actor: try readActor(&row),
            codes: try row.answerCodes()
        )
    }

    /// Only operators have names.
    private static func readActor(_ row: inout RowReader) throws(PostgresError) -> CommandActor? {
        let operatorID: OperatorID? = try row.optionalIdentifier()
        let name = try row.optionalText().flatMap(OperatorName.init)
        guard let id = operatorID else { return nil }
        return name.map { .operator(id, $0) } ?? .apiKey(APIKeyID(high: id.high, low: id.low))
    }
}
