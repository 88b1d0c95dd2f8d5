import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Batches of cards beside a ledger in memory.
final class InMemoryCardBatches: CardBatchStore {
    fileprivate struct Kept {
        var batch: CardBatch
        var rows: [CardBatchRow]
        var actor: CommandActor
        var results: [Int32: CardBatchResult] = [:]
    }

    private let ledger: InMemoryLedger
    private let answers: InMemoryPrograms
    private let cardholders: InMemoryCardholders
    private let contents = Mutex<[Kept]>([])

    init(_ ledger: InMemoryLedger, _ answers: InMemoryPrograms, _ cardholders: InMemoryCardholders) {
        self.ledger = ledger
        self.answers = answers
        self.cardholders = cardholders
    }

    func accounts(
        _ accounts: [AccountID],
        of tenant: TenantID
    ) async throws -> [AccountID: CardBatchAccount] {
        var found: [AccountID: CardBatchAccount] = [:]
        for id in accounts {
            guard let view = try await ledger.account(id, of: tenant) else { continue }
            found[id] = CardBatchAccount(
                program: view.account.program,
                status: view.account.status,
                currencies: view.balances.map(\.key.currency)
            )
        }
        return found
    }

    func add(
        _ batch: CardBatch,
        _ rows: [CardBatchRow],
        by actor: CommandActor,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let waiting = contents.withLock { contents in
            contents.filter { $0.batch.tenant == batch.tenant }.reduce(0) { $0 + Int($1.batch.waiting) }
        }
        guard waiting + rows.count <= CardBatch.mostWaiting else { return .refused }
        guard answers.keep(keyed) else { return .keyTaken }
        contents.withLock { $0.append(Kept(batch: batch, rows: rows, actor: actor)) }
        return .stored
    }

    func cancel(
        _ batch: CardBatchID,
        of tenant: TenantID,
        at moment: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        contents.withLock { contents in
            let index = contents.firstIndex { $0.batch.id == batch && $0.batch.tenant == tenant }
            guard let index, contents[index].batch.endedAt == nil, contents[index].batch.cancelledAt == nil else {
                return .refused
            }
            guard answers.keep(keyed) else { return .keyTaken }
            contents[index].batch.cancelledAt = moment
            for row in contents[index].rows where contents[index].results[row.number] == nil {
                contents[index].results[row.number] = .cancelled
            }
            contents[index].count()
            return .stored
        }
    }

    func batch(_ id: CardBatchID, of tenant: TenantID) async throws -> CardBatch? {
        contents.withLock { $0.first { $0.batch.id == id && $0.batch.tenant == tenant }?.batch }
    }

    func batches(of tenant: TenantID, before last: CardBatchID?, limit: Int) async throws -> [CardBatch] {
        contents.withLock { contents in
            let batches = contents.map(\.batch).filter { $0.tenant == tenant }.sorted { $0.id > $1.id }
            return Array(batches.filter { batch in last.map { batch.id < $0 } ?? true }.prefix(limit))
        }
    }

    func rows(of batch: CardBatchID, from number: Int32, limit: Int) async throws -> [CardBatchRowView] {
        guard let kept = contents.withLock({ $0.first { $0.batch.id == batch } }) else { return [] }
        var views: [CardBatchRowView] = []
        for row in kept.rows.filter({ $0.number >= number }).prefix(limit) {
            let isOpen = try await ledger.account(row.account, of: kept.batch.tenant) != nil
            views.append(CardBatchRowView(row: row, result: kept.results[row.number], isAccountOpen: isOpen))
        }
        return views
    }

    func take(_ limit: Int) async throws -> [CardBatchTask] {
        contents.withLock { contents in
            let tasks = contents.flatMap { kept in
                kept.rows.filter { kept.results[$0.number] == nil }.map { row in
                    CardBatchTask(
                        batch: kept.batch.id,
                        tenant: kept.batch.tenant,
                        leasedUntil: .wallClock,
                        actor: kept.actor,
                        row: row,
                        isAccountOpen: row.opening == nil,
                        lastFour: nil,
                        allowsCard: row.cardholder.map(cardholders.isActive) ?? true
                    )
                }
            }
            return Array(tasks.prefix(limit))
        }
    }

    func settle(_ results: [(task: CardBatchTask, result: CardBatchResult)], began: Instant) async throws {
        contents.withLock { contents in
            for (task, result) in results {
                guard let index = contents.firstIndex(where: { $0.batch.id == task.batch }) else { continue }
                contents[index].results[task.row.number] = result
                contents[index].batch.startedAt = contents[index].batch.startedAt ?? began
                contents[index].count()
            }
        }
    }
}

extension InMemoryCardBatches.Kept {
    fileprivate mutating func count() {
        (batch.issued, batch.failed, batch.cancelled) = (0, 0, 0)
        for result in results.values {
            switch result {
            case .issued: batch.issued += 1
            case .failed: batch.failed += 1
            case .cancelled: batch.cancelled += 1
            }
        }
        if batch.waiting == 0 { batch.endedAt = .wallClock }
    }
}
