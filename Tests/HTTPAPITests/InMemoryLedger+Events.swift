import AuthorizationCore
import AuthorizationEngine

extension InMemoryLedger: EventReader {
    /// The place in the journal stands for the transaction.
    func events(_ filter: EventFilter, after start: EventPosition?, limit: Int) async throws -> EventPage? {
        guard start == nil || start?.epoch == 1 else { return nil }
        let all = tenantsRows.enumerated().dropFirst(Int(start?.transaction ?? 0))
        var found: [AccountEvent] = []
        for (index, (tenant, row)) in all where tenant == filter.tenant {
            guard filter.account ?? row.account == row.account,
                let event = AccountEvent(entry(row), of: row.account, at: Self.position(UInt64(index) + 1)),
                filter.allows(event)
            else { continue }
            found.append(event)
        }
        let events = Array(found.prefix(limit))
        let end = Self.position(UInt64(tenantsRows.count))
        let isAtEnd = events.count < limit
        return EventPage(events: events, next: isAtEnd ? end : events.last?.position ?? end, isAtEnd: isAtEnd)
    }

    func latestEventTransaction() async throws -> UInt64 { UInt64(tenantsRows.count) }

    private func entry(_ row: JournalRow) -> JournalEntry {
        JournalEntry(
            event: row.event,
            sequence: row.sequence,
            decidedAt: row.moment.now,
            command: row.command,
            decision: row.decision,
            actor: row.actor,
            codes: row.codes
        )
    }

    private static func position(_ transaction: UInt64) -> EventPosition {
        let nobody = AccountID(high: 0, low: 0)
        return EventPosition(epoch: 1, transaction: transaction, account: nobody, sequence: 0, since: .distantPast)
    }
}
