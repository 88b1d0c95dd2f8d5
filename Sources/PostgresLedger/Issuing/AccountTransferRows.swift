import AuthorizationCore
import AuthorizationEngine

/// The statements of transfers between customers' accounts, and how their rows are read and written.
enum AccountTransferRows {
    static let list = "t.id, t.sender_id, t.receiver_id, t.amount, t.currency, t.reference"

    /// Those that are still on their way.
    static let named = Statement(
        "transfers_in_transit",
        """
        SELECT \(list) FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN account_transfers t ON t.shard = k.shard AND t.id = k.id WHERE t.received_event IS NULL
        """
    )

    static let waiting = Statement(
        "transfers_to_complete",
        """
        SELECT \(list) FROM account_transfers t WHERE t.received_event IS NULL AND t.id > $1::uuid
        ORDER BY t.id LIMIT $2::int8
        """
    )

    /// Both sides are the tenant's.
    static let ofTenant = Statement(
        "account_transfer",
        """
        SELECT \(list), t.sent_at, t.received_at FROM account_transfers t
        JOIN accounts a ON a.shard = t.shard AND a.id = t.sender_id
        WHERE t.shard = $1 AND t.id = $2 AND a.tenant_id = $3
        """
    )

    static let new = Statement(
        "insert_account_transfers",
        """
        INSERT INTO account_transfers (shard, id, sender_id, receiver_id, amount, currency, reference, sent_event,
            sent_at)
        SELECT * FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int8[], $6::int2[], $7::text[],
            $8::uuid[], $9::timestamptz[])
        """
    )

    /// What another lane has received meanwhile ends the transaction.
    static let receive = LaneWrites.guarded(
        "receive_account_transfers",
        """
        UPDATE account_transfers t SET received_event = n.event, received_at = n.at
        FROM unnest($1::int2[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
            AS n(shard, id, receiver, event, at)
        WHERE t.shard = n.shard AND t.id = n.id AND t.receiver_id = n.receiver AND t.received_event IS NULL
        """,
        rows: 6
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> TransferInTransit {
        TransferInTransit(
            id: try row.identifier(),
            from: try row.identifier(),
            to: try row.identifier(),
            Money(try row.int64(), try row.currency()),
            reference: try row.text()
        )
    }
}

extension BatchCalls {
    mutating func addAccountTransfers(_ journal: [JournalRow]) {
        addSentTransfers(journal)
        var shard = Column(.int2), id = Column(.uuid), receiver = Column(.uuid), event = Column(.uuid)
        var at = Column(.timestamptz)
        for row in journal {
            guard let incoming = row.command.incomingTransfer else { continue }
            shard.append(Int16(incoming.transfer.shard.number))
            id.append(incoming.transfer)
            receiver.append(row.account)
            event.append(row.event)
            at.append(row.moment.now)
        }
        addGuarded(AccountTransferRows.receive, [shard, id, receiver, event, at])
    }

    private mutating func addSentTransfers(_ journal: [JournalRow]) {
        var shard = Column(.int2), id = Column(.uuid), sender = Column(.uuid), receiver = Column(.uuid)
        var amount = Column(.int8), currency = Column(.int2), reference = Column(.text), event = Column(.uuid)
        var at = Column(.timestamptz)
        for row in journal {
            guard case .moneyCommand(.send(let outgoing)) = row.command, let transfer = row.decision.firstTransfer
            else { continue }
            shard.append(Int16(row.account.shard.number))
            id.append(transfer.id)
            sender.append(row.account)
            receiver.append(outgoing.receiver)
            amount.append(outgoing.amount.minorUnits)
            currency.append(Int16(outgoing.amount.currency.numeric))
            reference.append(outgoing.reference)
            event.append(row.event)
            at.append(row.moment.now)
        }
        add(AccountTransferRows.new, [shard, id, sender, receiver, amount, currency, reference, event, at])
    }
}
