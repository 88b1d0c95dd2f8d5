import AuthorizationCore
import AuthorizationEngine

extension LedgerVerifier {
    /// Goes through the journal of a span, with the transfers of the same stretch beside each page.
    func verifyJournal(
        of span: AccountSpan,
        _ verifications: inout [AccountID: AccountVerification],
        into report: inout VerificationReport
    ) throws(PostgresError) {
        var pages = JournalPages(connection, of: span)
        var after = [Parameter(span.after.shard), Parameter(span.after.account), Parameter(Int64.max)]
        while !pages.isAtEnd {
            let rows = try pages.next()
            var through = [Parameter(span.through.shard), Parameter(span.through.account), Parameter(Int64.max)]
            if !pages.isAtEnd, let last = rows.last {
                through = [Parameter(last.shard), Parameter(last.account), Parameter(last.sequence)]
            }
            var transfers = try self.transfers(after + through)
            after = through
            for row in rows {
                let key = RowKey(account: row.account, sequence: row.sequence)
                guard var verification = verifications.removeValue(forKey: row.account) else {
                    report.add(
                        .rowWithoutAccount,
                        "journal row \(row.event) of \(row.account) seq \(row.sequence)",
                        expected: "its account",
                        found: "none"
                    )
                    continue
                }
                try verification.take(row, transfers: transfers.removeValue(forKey: key) ?? [], programs, into: &report)
                verifications[row.account] = verification
            }
            takeUnfounded(transfers.values.flatMap { $0 }, &verifications, into: &report)
        }
    }

    private struct RowKey: Hashable {
        var account: AccountID
        var sequence: Int64
    }

    private func transfers(_ parameters: [Parameter]) throws(PostgresError) -> [RowKey: [TransferRow]] {
        let rows = try connection.run(Call(VerifierReads.transfers, parameters))
            .map { (row) throws(PostgresError) in try TransferRow(&row) }
        return Dictionary(grouping: rows) { RowKey(account: $0.account, sequence: $0.sequence) }
    }

    private func takeUnfounded(
        _ transfers: [TransferRow],
        _ verifications: inout [AccountID: AccountVerification],
        into report: inout VerificationReport
    ) {
        for transfer in transfers.sorted(by: { $0.id < $1.id }) {
            if verifications[transfer.account] != nil {
                verifications[transfer.account]?.takeUnfounded(transfer, into: &report)
            } else {
                report.transfers += 1
                report.add(
                    .rowWithoutAccount,
                    "\(transfer.id) of \(transfer.account)",
                    expected: "its account",
                    found: "none"
                )
            }
        }
    }

    /// What was acknowledged as an exception must be in the operators' table.
    func verifyExceptions(
        _ verifications: [AccountID: AccountVerification],
        into report: inout VerificationReport
    ) throws(PostgresError) {
        var ids = Column(.uuid)
        for verification in verifications.values {
            for exception in verification.exceptions { ids.append(exception.event) }
        }
        if ids.count == 0 { return }
        let rows = try connection.run(Call(VerifierReads.exceptions, [Parameter(ids)]))
            .map { (row) throws(PostgresError) in
                (
                    event: try row.identifier() as EventID, account: try row.identifier() as AccountID,
                    reason: try row.optionalInt16()
                )
            }
        let found = Dictionary(rows.map { ($0.event, $0) }, uniquingKeysWith: { first, _ in first })
        for (account, verification) in verifications {
            for (event, reason) in verification.exceptions {
                let row = found[event]
                if row?.account == account, row?.reason == Int16(reason.rawValue) { continue }
                report.add(
                    .exceptionMissing,
                    "\(event) of \(account)",
                    expected: reason.name,
                    found: row == nil ? "no such row" : "another account or reason"
                )
            }
        }
    }

    /// - Parameter progress: called after each page, with the report so far.
    func verifyClientKeys(
        into report: inout VerificationReport,
        progress: (VerificationReport) -> Void
    ) throws(PostgresError) {
        typealias Row = (tenant: TenantID, key: String, event: EventID, isThere: Bool, isEqual: Bool)
        let limit: Int64 = 4_000
        var last = (tenant: TenantID(high: 0, low: 0), key: "")
        while true {
            let parameters = [Parameter(last.tenant), Parameter(last.key), Parameter(limit)]
            let rows = try connection.run(Call(VerifierReads.clientKeys, parameters))
                .map { (row) throws(PostgresError) -> Row in
                    (try row.identifier(), try row.text(), try row.identifier(), try row.bool(), try row.bool())
                }
            for row in rows where !row.isEqual {
                report.add(
                    .clientKeyUnfounded,
                    "client key of \(row.tenant) for \(row.event)",
                    expected: "its journal row",
                    found: row.isThere ? "one with another decision" : "none"
                )
            }
            report.clientKeys += Int64(rows.count)
            progress(report)
            guard let end = rows.last, rows.count == limit else { return }
            last = (end.tenant, end.key)
        }
    }
}
