import AuthorizationCore
import AuthorizationEngine

/// The columns of a file entry `f`, and how they are written and read.
enum FileColumns {
    static let list = """
        f.card_id, f.network, f.wanted, f.wanted_at, f.acknowledged, f.refused, f.sending, f.trace, f.first_sent_at,
        f.attempts, f.answer_code, f.answered_at, f.due_at, f.version
        """

    /// Whether there is something to say, as the index has it.
    static let isPending = """
        (f.sending IS NOT NULL OR (f.wanted <> f.acknowledged AND f.wanted IS DISTINCT FROM f.refused))
        """

    /// The entries of one card, by network.
    static let ofCard = Statement(
        "file_entries_of_card",
        """
        SELECT \(list) FROM file_entries f JOIN file_networks w ON w.name = f.network
        WHERE f.shard = $1 AND f.card_id = $2 ORDER BY f.network
        """
    )

    /// The number of an entry with this status; 0 is none.
    static func number(_ status: CardStatus?) -> Int16 { Int16(status?.rawValue ?? 0) }

    /// What the file is to say of the card `c` of the account `a`.
    static let wanted: String = {
        let cases = CardStatus.allCases.flatMap { card in
            AccountStatus.allCases.compactMap { account in
                card.fileStatus(in: account).map { status in
                    "WHEN c.status = \(card.rawValue) AND a.status = \(account.rawValue) THEN \(status.rawValue)"
                }
            }
        }
        return "(CASE \(cases.joined(separator: " ")) ELSE 0 END)::int2"
    }()

    static func read(_ row: inout RowReader) throws(PostgresError) -> FileEntry {
        let card: CardID = try row.identifier()
        let network = try row.text()
        var entry = FileEntry(card: card, network: network, wanted: try status(&row), at: try row.instant())
        entry.acknowledged = try status(&row)
        entry.refusal = try optionalStatus(&row).map(FileEntry.Refusal.init)
        entry.sending = try sending(&row)
        entry.attempts = try row.int32()
        let code = try row.optionalText(), answeredAt = try row.optionalInstant()
        if let code, let answeredAt { entry.lastAnswer = FileEntry.Answer(code: code, at: answeredAt) }
        entry.dueAt = try row.instant()
        entry.version = try row.int64()
        return entry
    }

    private static func sending(_ row: inout RowReader) throws(PostgresError) -> FileEntry.Sending? {
        let status = try optionalStatus(&row), trace = try row.optionalInt32(), at = try row.optionalInstant()
        guard let status, let trace, let at else { return nil }
        return FileEntry.Sending(status: status, trace: Int64(trace), firstSentAt: at)
    }

    private static func status(_ row: inout RowReader) throws(PostgresError) -> CardStatus? {
        try status(try row.int16(), row)
    }

    /// Of a column that may be null: outer nil. Inner nil is no entry.
    private static func optionalStatus(_ row: inout RowReader) throws(PostgresError) -> CardStatus?? {
        guard let number = try row.optionalInt16() else { return nil }
        return .some(try status(number, row))
    }

    private static func status(_ number: Int16, _ row: RowReader) throws(PostgresError) -> CardStatus? {
        guard number != 0 else { return nil }
        guard let raw = UInt8(exactly: number), let status = CardStatus(rawValue: raw) else {
            throw row.unexpected("no such status")
        }
        return status
    }
}
