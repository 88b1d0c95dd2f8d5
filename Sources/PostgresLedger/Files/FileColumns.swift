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

    /// The number of an entry: 256 times its reason, and its status. 0 is none.
    static func number(_ listing: FileListing?) -> Int16 {
        guard let listing else { return 0 }
        return Int16(listing.reason?.rawValue ?? 0) * 256 + Int16(listing.status.rawValue)
    }

    /// What the file is to say of the card `c` of the account `a`; nothing of a sandbox's.
    static let wanted: String = {
        let cases = CardStatus.allCases.flatMap { card in
            AccountStatus.allCases.compactMap { account in
                card.fileStatus(in: account).map { status in
                    "WHEN c.status = \(card.rawValue) AND a.status = \(account.rawValue) THEN \(status.rawValue)"
                        + (card.isHot ? " + 256 * coalesce(c.status_reason, 0)" : "")
                }
            }
        }
        let isPlayed = "(SELECT sandbox FROM programs WHERE id = a.program_id)"
        return "(CASE WHEN \(isPlayed) THEN 0 \(cases.joined(separator: " ")) ELSE 0 END)::int2"
    }()

    static func read(_ row: inout RowReader) throws(PostgresError) -> FileEntry {
        let card: CardID = try row.identifier()
        let network = try row.text()
        var entry = FileEntry(card: card, network: network, wanted: try listing(&row), at: try row.instant())
        entry.acknowledged = try listing(&row)
        entry.refusal = try optionalListing(&row).map(FileEntry.Refusal.init)
        entry.sending = try sending(&row)
        entry.attempts = try row.int32()
        let code = try row.optionalText(), answeredAt = try row.optionalInstant()
        if let code, let answeredAt { entry.lastAnswer = FileEntry.Answer(code: code, at: answeredAt) }
        entry.dueAt = try row.instant()
        entry.version = try row.int64()
        return entry
    }

    private static func sending(_ row: inout RowReader) throws(PostgresError) -> FileEntry.Sending? {
        let listing = try optionalListing(&row), trace = try row.optionalInt32(), at = try row.optionalInstant()
        guard let listing, let trace, let at else { return nil }
        return FileEntry.Sending(listing: listing, trace: Int64(trace), firstSentAt: at)
    }

    static func listing(_ row: inout RowReader) throws(PostgresError) -> FileListing? {
        try listing(try row.int16(), row)
    }

    /// Of a column that may be null: outer nil. Inner nil is no entry.
    private static func optionalListing(_ row: inout RowReader) throws(PostgresError) -> FileListing?? {
        guard let number = try row.optionalInt16() else { return nil }
        return .some(try listing(number, row))
    }

    private static func listing(_ number: Int16, _ row: RowReader) throws(PostgresError) -> FileListing? {
        guard number != 0 else { return nil }
        let reason = UInt8(truncatingIfNeeded: number >> 8)
        guard let status = CardStatus(rawValue: UInt8(truncatingIfNeeded: number)) else {
            throw row.unexpected("no such status")
        }
        guard reason != 0 else { return FileListing(status) }
        guard let known = CardStatusReason(rawValue: reason) else { throw row.unexpected("no such reason") }
        return FileListing(status, known)
    }
}
