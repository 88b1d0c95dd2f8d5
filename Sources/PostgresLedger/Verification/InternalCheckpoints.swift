import AuthorizationCore

/// The sums of the internal accounts, which have no running balance: transfers are added to them in the background.
package struct InternalCheckpoints {
    /// Transactions that are folded in one of ours: seconds of work.
    private static let transactionsAtOnce: Int64 = 20_000
    static let shardsAtOnce = 256

    private static let statement = Statement("fold_internal_accounts", "SELECT fold_internal_accounts($1::int8)")

    private let connection: PostgresConnection

    /// - Parameter connection: of the owner.
    package init(_ connection: PostgresConnection) { self.connection = connection }

    /// Adds every transfer whose transaction, and all before it, have ended.
    ///
    /// - Returns: how many transactions' numbers it went past.
    @discardableResult
    package func fold() throws(PostgresError) -> Int64 {
        var sum: Int64 = 0
        while true {
            let passed =
                try connection.run(Call(Self.statement, [Parameter(Self.transactionsAtOnce)]))
                .map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
            sum += passed
            if passed < Self.transactionsAtOnce { return sum }
        }
    }
}

extension LedgerVerifier {
    /// Compares checkpoints with the fold of the transfers that they cover.
    func verifyCheckpoints(from first: Int, into report: inout VerificationReport) throws(PostgresError) {
        let last = min(first + InternalCheckpoints.shardsAtOnce, Shard.count) - 1
        let parameters = [Parameter(Int16(first)), Parameter(Int16(last))]
        let rows = try connection.run(Call(VerifierReads.checkpoints, parameters))
            .map { (row) throws(PostgresError) in
                (
                    account: try row.identifier() as AccountID, layer: try row.int16(), currency: try row.int16(),
                    folded: try row.text(), stored: try row.text()
                )
            }
        for row in rows where row.folded != row.stored {
            report.add(
                .checkpointDiffers,
                "internal \(row.account) layer \(row.layer) currency \(row.currency)",
                expected: row.folded,
                found: row.stored
            )
        }
        report.checkpoints += Int64(rows.count)
    }
}
