import AuthorizationCore

/// A journal row as an event: what happened to one account.
package struct AccountEvent: Sendable {
    package let type: EventType
    package let account: AccountID
    package let entry: JournalEntry
    /// Where to go on after it.
    package let position: EventPosition

    /// When it was decided by real time, to a minute. A sandbox's clock may be ahead; what it says then is told from the
    /// time of the identifier, which is handed out shortly before the decision.
    package var decidedAtReally: Instant {
        let told = entry.decidedAt, identified = entry.event.instant
        return told > identified + .seconds(60) ? identified : told
    }

    /// Nil for a row that is no event of a customer's account.
    package init?(_ entry: JournalEntry, of account: AccountID, at position: EventPosition) {
        guard let type = EventType(entry.command, entry.decision.outcome) else { return nil }
        self.type = type
        self.account = account
        self.entry = entry
        self.position = position
    }
}

/// A place in the order in which journal rows became visible: after the row of this transaction, account and sequence.
package struct EventPosition: Hashable, Sendable {
    /// Transaction numbers order rows only within one epoch of the ledger: until a restore or a failover.
    package var epoch: UInt64
    package var transaction: UInt64
    package var account: AccountID
    package var sequence: Int64
    /// No row after the place has an identifier of an earlier time: older days need not be looked through.
    package var since: Instant

    package init(epoch: UInt64, transaction: UInt64, account: AccountID, sequence: Int64, since: Instant) {
        self.epoch = epoch
        self.transaction = transaction
        self.account = account
        self.sequence = sequence
        self.since = since
    }
}

package struct EventFilter: Sendable {
    package var tenant: TenantID
    package var account: AccountID?
    /// Nil has all types, those that come later too.
    package var types: Set<EventType>?
    /// Occurred at or after, by the clock of the account's program.
    package var from: Instant?
    /// Decided at or after, by real time.
    package var decidedFrom: Instant?

    package init(tenant: TenantID) { self.tenant = tenant }

    package func allows(_ event: AccountEvent) -> Bool {
        (types?.contains(event.type) ?? true)
            && from.map { event.entry.decidedAt >= $0 } ?? true
            && decidedFrom.map { event.decidedAtReally >= $0 } ?? true
    }
}

package struct EventPage: Sendable {
    package var events: [AccountEvent]
    /// After all that was looked at, events of others among it.
    package var next: EventPosition
    /// Whether there was nothing more at the time of reading.
    package var isAtEnd: Bool

    package init(events: [AccountEvent], next: EventPosition, isAtEnd: Bool) {
        self.events = events
        self.next = next
        self.isAtEnd = isAtEnd
    }
}

/// Reads the journal as events, never one before its commit. Identifiers of another tenant find nothing.
package protocol EventReader: Sendable {
    /// Looks through a bounded part of the journal, so that a page may be empty before the end. Misses nothing while
    /// others commit. Nil when the position is of another epoch.
    ///
    /// - Parameter limit: most events of the page.
    func events(_ filter: EventFilter, after position: EventPosition?, limit: Int) async throws -> EventPage?
    /// Transaction of the newest event that can be read, whatever its tenant; 0 when there is none.
    func latestEventTransaction() async throws -> UInt64
}
