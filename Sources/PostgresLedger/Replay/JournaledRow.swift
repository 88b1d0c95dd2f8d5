import AuthorizationCore

/// A journal row as it is stored: nothing of it is believed yet.
struct JournaledRow: Sendable {
    var shard: Int16
    var account: AccountID
    var sequence: Int64
    var event: EventID
    var authorization: AuthorizationID?
    var format: Int16
    var kind: Int16
    var commandBytes: [UInt8]
    var decisionBytes: [UInt8]
    var moment: Moment
    var seed: UInt64
    var programVersion: Int32
    var stateHash: [UInt8]

    /// The version of the bytes that this build writes and reads.
    static let knownFormat: Int16 = 1

    init(_ row: inout RowReader) throws(PostgresError) {
        shard = try row.int16()
        account = try row.identifier()
        sequence = try row.int64()
        event = try row.identifier()
        authorization = try row.optionalIdentifier()
        format = try row.int16()
        kind = try row.int16()
        commandBytes = try row.bytes()
        decisionBytes = try row.bytes()
        moment = Moment(now: try row.instant(), dayStart: try row.instant(), businessDate: try row.day())
        seed = try row.uint64()
        programVersion = try row.int32()
        stateHash = try row.bytes()
    }
}

extension RowReader {
    /// A date, in days since 1970-01-01; PostgreSQL counts from 2000-01-01.
    mutating func day() throws(PostgresError) -> Int32 { try int32() &+ 10_957 }
}

/// A stretch of accounts in the order of shard and identifier.
struct AccountSpan: Sendable {
    struct Place: Sendable {
        var shard: Int16
        var account: AccountID

        static let first = Place(shard: -1, account: AccountID(high: 0, low: 0))
        static let last = Place(shard: .max, account: AccountID(high: .max, low: .max))
    }

    /// Not part of it.
    var after: Place
    /// The last part of it.
    var through: Place

    init(after: Place, through: Place) {
        self.after = after
        self.through = through
    }

    /// One account alone.
    init(of account: AccountID) {
        let shard = Int16(account.shard.number)
        through = Place(shard: shard, account: account)
        // The identifier just below: nothing lies between the two.
        let isLowest = account.low == 0
        after = Place(
            shard: shard,
            account: AccountID(high: isLowest ? account.high &- 1 : account.high, low: account.low &- 1)
        )
    }

    /// After, through, as four parameters.
    var parameters: [Parameter] {
        [
            Parameter(after.shard), Parameter(after.account), Parameter(through.shard), Parameter(through.account),
        ]
    }
}

/// The journal of a span of accounts, a page at a time, in the order of account and sequence.
struct JournalPages {
    /// Rows of one page: a few megabytes.
    static let rowLimit: Int64 = 4_000

    private static let statement = Statement(
        "journal_page",
        """
        SELECT shard, account_id, seq, id, authorization_id, format, kind, command, decision, decided_at, day_start,
            business_date, seed, program_version, state_hash
        FROM journal
        WHERE (shard, account_id, seq, id) > ($1::int2, $2::uuid, $3::int8, $4::uuid)
            AND (shard, account_id) <= ($5::int2, $6::uuid)
        ORDER BY shard, account_id, seq, id LIMIT $7::int8
        """
    )

    private let connection: PostgresConnection
    private let span: AccountSpan
    private var last: (place: AccountSpan.Place, sequence: Int64, event: EventID)
    private(set) var isAtEnd = false

    init(_ connection: PostgresConnection, of span: AccountSpan) {
        self.connection = connection
        self.span = span
        last = (span.after, .max, EventID(high: .max, low: .max))
    }

    /// The rows of one account after a sequence number.
    init(_ connection: PostgresConnection, of account: AccountID, after sequence: Int64) {
        self.init(connection, of: AccountSpan(of: account))
        let place = AccountSpan.Place(shard: Int16(account.shard.number), account: account)
        last = (place, sequence, EventID(high: .max, low: .max))
    }

    /// The next rows; empty at the end.
    mutating func next() throws(PostgresError) -> [JournaledRow] {
        guard !isAtEnd else { return [] }
        let parameters = [
            Parameter(last.place.shard), Parameter(last.place.account), Parameter(last.sequence),
            Parameter(last.event), Parameter(span.through.shard), Parameter(span.through.account),
            Parameter(Self.rowLimit),
        ]
        let rows = try connection.run(Call(Self.statement, parameters)).map { (row) throws(PostgresError) in
            try JournaledRow(&row)
        }
        isAtEnd = rows.count < Self.rowLimit
        if let row = rows.last {
            last = (AccountSpan.Place(shard: row.shard, account: row.account), row.sequence, row.event)
        }
        return rows
    }
}
