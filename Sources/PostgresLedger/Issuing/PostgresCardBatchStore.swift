import AuthorizationCore
import AuthorizationEngine

/// Batches of cards, on a connection of its own.
package final class PostgresCardBatchStore: CardBatchStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval card batches", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func accounts(
        _ accounts: [AccountID],
        of tenant: TenantID
    ) async throws -> [AccountID: CardBatchAccount] {
        let parameters = BatchReads.identifierColumns(accounts) + [Parameter(tenant)]
        return try await thread.run { connection in
            let balances = try connection.run(Call(CardBatchRows.accounts, parameters))
                .map { (row) throws(PostgresError) in
                    let account: AccountID = try row.identifier()
                    let found = CardBatchAccount(
                        program: try row.identifier(),
                        status: try row.listed(),
                        currencies: [try row.currency()]
                    )
                    return (account, found)
                }
            return Dictionary(balances) { first, other in
                var first = first
                first.currencies += other.currencies
                return first
            }
        }
    }

    package func add(
        _ batch: CardBatch,
        _ rows: [CardBatchRow],
        by actor: CommandActor,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let calls = [
            Call(CardBatchRows.lockTenant, [Parameter(batch.tenant)]),
            Call(CardBatchRows.admit, [Parameter(batch.tenant), Parameter(batch.rowCount)]),
            CardBatchRows.add(batch, by: actor), CardBatchRows.add(rows, of: batch.id),
        ]
        return try await thread.write(calls, keyed)
    }

    package func cancel(
        _ batch: CardBatchID,
        of tenant: TenantID,
        at moment: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let close = CardBatchRows.close(batch, of: tenant, at: moment, by: keyed.actor)
        let cancel = Call(CardBatchRows.cancel, [Parameter(batch)])
        return try await thread.write([close, cancel], keyed)
    }

    package func batch(_ id: CardBatchID, of tenant: TenantID) async throws -> CardBatch? {
        try await thread.run { connection in
            try connection.run(Call(CardBatchRows.batch, [Parameter(tenant), Parameter(id)]))
                .map(CardBatchRows.readBatch).first
        }
    }

    package func batches(of tenant: TenantID, before last: CardBatchID?, limit: Int) async throws -> [CardBatch] {
        let end = last ?? CardBatchID(high: .max, low: .max)
        let call = Call(CardBatchRows.batches, [Parameter(tenant), Parameter(end), Parameter(Int64(limit))])
        return try await thread.run { try $0.run(call).map(CardBatchRows.readBatch) }
    }

    package func rows(of batch: CardBatchID, from number: Int32, limit: Int) async throws -> [CardBatchRowView] {
        let call = Call(CardBatchRows.ofBatch, [Parameter(batch), Parameter(number), Parameter(Int64(limit))])
        return try await thread.run { try $0.run(call).map(CardBatchRows.readView) }
    }

    package func take(_ limit: Int) async throws -> [CardBatchTask] {
        let calls = [Call(CardBatchRows.take, [Parameter(Int64(limit))])]
        return try await thread.run { connection in
            let taken = try connection.run(calls)[0].map(CardBatchRows.readKey)
            var batches = Column(.uuid), numbers = Column(.int4)
            for key in taken {
                batches.append(key.batch)
                numbers.append(key.number)
            }
            let call = Call(CardBatchRows.tasks, [Parameter(batches), Parameter(numbers)])
            return taken.isEmpty ? [] : try connection.run(call).map(CardBatchRows.readTask)
        }
    }

    package func settle(
        _ results: [(task: CardBatchTask, result: CardBatchResult)],
        began: Instant
    ) async throws {
        let calls = CardBatchRows.settle(results, began: began)
        try await thread.run { _ = try $0.run(calls) }
    }
}
