import AuthorizationCore
import AuthorizationEngine

/// One half of a transfer between two customers' accounts, as its journal row tells it.
struct TransferHalf: Sendable {
    var transfer: TransferInTransit
    var event: EventID
    var isFirst: Bool

    /// Nil for a row that is none.
    init?(_ folded: FoldedRow, on account: AccountID) {
        event = folded.row.event
        if let incoming = folded.command?.incomingTransfer {
            isFirst = false
            transfer = TransferInTransit(
                id: incoming.transfer,
                from: incoming.sender,
                to: account,
                incoming.amount,
                reference: incoming.reference
            )
        } else if case .moneyCommand(.send(let outgoing))? = folded.command,
            let id = folded.decision?.firstTransfer?.id
        {
            isFirst = true
            transfer = TransferInTransit(
                id: id,
                from: account,
                to: outgoing.receiver,
                outgoing.amount,
                reference: outgoing.reference
            )
        } else {
            return nil
        }
    }
}

/// Money in transit: each first half has its row, each second half its first, once, and no row is without them. So the
/// accounts in transit together hold what the rows say that nobody has received.
extension LedgerVerifier {
    func verifyTransferHalves(
        _ verifications: [AccountID: AccountVerification],
        into report: inout VerificationReport
    ) throws(PostgresError) {
        let halves = verifications.values.flatMap(\.transferHalves).sorted { $0.event < $1.event }
        if halves.isEmpty { return }
        let ids = BatchReads.identifierColumns(Array(Set(halves.map(\.transfer.id))))
        let rows = try connection.run(Call(Self.stored, ids)).map { (row) throws(PostgresError) in
            StoredTransfer(
                transfer: try AccountTransferRows.read(&row),
                sent: try row.identifier(),
                received: try row.optionalIdentifier()
            )
        }
        let found = Dictionary(rows.map { ($0.transfer.id, $0) }, uniquingKeysWith: { first, _ in first })
        for half in halves {
            let row = found[half.transfer.id]
            let event = half.isFirst ? row?.sent : row?.received
            if row?.transfer == half.transfer, event == half.event { continue }
            report.add(
                .accountTransferDiffers,
                "\(half.transfer.id) of \(half.event)",
                expected: half.isFirst ? "sent by this row" : "received by this row",
                found: row == nil ? "no such row" : "another row or content"
            )
        }
    }

    /// Rows whose journal rows are not there, and what is in transit.
    func verifyAccountTransfers(into report: inout VerificationReport) throws(PostgresError) {
        let limit: Int64 = 4_000
        var last = TransferID(high: 0, low: 0)
        while true {
            let rows = try connection.run(
                Call(Self.founded, [Parameter(Int16(last.shard.number)), Parameter(last), Parameter(limit)])
            )
            .map { (row) throws(PostgresError) in
                (
                    transfer: try AccountTransferRows.read(&row), isReceived: try row.bool(),
                    isFounded: try row.bool()
                )
            }
            for row in rows {
                if !row.isFounded {
                    report.add(
                        .accountTransferDiffers,
                        "\(row.transfer.id)",
                        expected: "journal rows of its halves",
                        found: "not both"
                    )
                }
                if row.isReceived { continue }
                let sum = report.inTransit[row.transfer.amount.currency] ?? (0, 0)
                report.inTransit[row.transfer.amount.currency] = (
                    sum.transfers + 1, sum.amount + Int128(row.transfer.amount.minorUnits)
                )
            }
            guard let end = rows.last, rows.count == limit else { return }
            last = end.transfer.id
        }
    }

    private struct StoredTransfer {
        var transfer: TransferInTransit
        var sent: EventID
        var received: EventID?
    }

    private static let stored = Statement(
        "verify_transfer_halves",
        """
        SELECT \(AccountTransferRows.list), t.sent_event, t.received_event
        FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN account_transfers t ON t.shard = k.shard AND t.id = k.id
        """
    )

    /// With the journal rows of both halves, on the accounts that the transfer names.
    private static let founded = Statement(
        "verify_account_transfers",
        """
        SELECT \(AccountTransferRows.list), t.received_event IS NOT NULL,
            EXISTS (SELECT FROM journal j WHERE j.id = t.sent_event AND j.account_id = t.sender_id
                AND j.kind = \(MoneyCommand.sendCode))
            AND (t.received_event IS NULL OR EXISTS (SELECT FROM journal j
                WHERE j.id = t.received_event AND j.account_id = t.receiver_id
                AND j.kind = \(MoneyCommand.receiveCode)))
        FROM account_transfers t WHERE (t.shard, t.id) > ($1::int2, $2::uuid) ORDER BY t.shard, t.id LIMIT $3::int8
        """
    )
}
