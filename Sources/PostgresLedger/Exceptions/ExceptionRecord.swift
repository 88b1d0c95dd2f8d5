import AuthorizationCore
import AuthorizationEngine

/// An exception as operators see it.
package struct ExceptionRecord: Sendable {
    package struct Proposal: Sendable {
        package var by: OperatorID
        package var name: String
        package var at: Instant
        package var terms: WriteOffTerms
        package var reason: String
    }

    package struct Settled: Sendable {
        package var settlement: Settlement
        package var at: Instant
        package var name: String
        /// The journal row that settled it.
        package var account: AccountID
        package var event: EventID
    }

    package var event: EventID
    package var createdAt: Instant
    /// The account that it came with, if any.
    package var account: AccountID?
    /// What the decision found it to be about, if anything.
    package var authorization: AuthorizationID?
    /// Nil when the ledger would not even take the journal row; then there is a problem.
    package var reason: ExceptionReason?
    package var problem: String
    /// Nil when the stored bytes are none.
    package var message: ExceptionMessage?
    package var proposal: Proposal?
    package var settled: Settled?
    /// Of the card that the message tells.
    package internal(set) var lastFour: UInt16?
    /// That authorization, or the one that the message names, as it stands now.
    package internal(set) var original: Authorization?

    static let columns = """
        e.id, e.created_at, e.account_id, e.authorization_id, e.reason, e.problem, e.command,
        e.proposed_by, p.name, e.proposed_at, e.proposed_reason, e.proposed_account, e.proposed_amount,
        e.proposed_currency, e.proposed_direction,
        e.settlement, e.settled_at, s.name, e.settled_account, e.settled_event
        """

    static let source = """
        exceptions e LEFT JOIN operators p ON p.id = e.proposed_by LEFT JOIN operators s ON s.id = e.settled_by
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> ExceptionRecord {
        var record = ExceptionRecord(
            event: try row.identifier(),
            createdAt: try row.instant(),
            account: try row.optionalIdentifier(),
            authorization: try row.optionalIdentifier(),
            reason: try row.optionalInt16().flatMap { UInt8(exactly: $0) }.flatMap(ExceptionReason.init(rawValue:)),
            problem: try row.text()
        )
        record.message = (try? Command(journalBytes: try row.bytes())).flatMap(ExceptionMessage.init)
        record.proposal = try Proposal(&row)
        record.settled = try Settled(&row)
        return record
    }
}

extension ExceptionRecord.Proposal {
    /// Nil when there is none; the columns after it are read in any case.
    fileprivate init?(_ row: inout RowReader) throws(PostgresError) {
        let by: OperatorID? = try row.optionalIdentifier()
        guard let by else {
            for _ in 0..<7 { _ = try row.optionalBytes() }
            return nil
        }
        self.by = by
        name = try row.text()
        at = try row.instant()
        reason = try row.text()
        terms = try OpenExceptionRows.terms(&row)
    }
}

extension ExceptionRecord.Settled {
    fileprivate init?(_ row: inout RowReader) throws(PostgresError) {
        guard let number = try row.optionalInt16() else { return nil }
        guard let settlement = UInt8(exactly: number).flatMap(Settlement.init(rawValue:)) else {
            throw row.unexpected("no such settlement")
        }
        self.settlement = settlement
        at = try row.instant()
        name = try row.text()
        account = try row.identifier()
        event = try row.identifier()
    }
}
