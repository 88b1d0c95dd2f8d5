import AuthorizationCore

package enum CardBatchKind: IdentifierKind { package static let prefix = "bat" }

package typealias CardBatchID = Identifier<CardBatchKind>

/// One card that a batch is to make. Its identifiers are drawn when the batch is taken, so that whoever makes it again
/// makes the same one.
package struct CardBatchRow: Hashable, Sendable {
    /// Its place among the batch's rows, from 0.
    package var number: Int32
    /// The client's name for it, once in a batch.
    package var reference: String
    package var account: AccountID
    package var card: CardID
    package var program: ProgramID
    /// Nil where the account was there before.
    package var opening: OpenAccount?
    package var terms: CardTerms
    package var cardholder: CardholderID?

    package init(
        number: Int32,
        reference: String,
        account: AccountID,
        card: CardID,
        program: ProgramID,
        opening: OpenAccount?,
        terms: CardTerms,
        cardholder: CardholderID? = nil
    ) {
        self.number = number
        self.reference = reference
        self.account = account
        self.card = card
        self.program = program
        self.opening = opening
        self.terms = terms
        self.cardholder = cardholder
    }
}

/// What became of a row. It waits until then.
package enum CardBatchResult: Hashable, Sendable {
    /// Last four digits of the card's number, 0 to 9999.
    case issued(lastFour: UInt16)
    /// Nil when the ledger would not store it.
    case failed(Refusal?)
    /// Before anything was begun.
    case cancelled
}

/// The numbers of results as they are stored.
package enum CardBatchState: UInt8, ClosedList {
    case waiting = 1
    case issued = 2
    case failed = 3
    case cancelled = 4
}

/// A row as it is read.
package struct CardBatchRowView: Hashable, Sendable {
    package var row: CardBatchRow
    /// Nil while it waits.
    package var result: CardBatchResult?
    package var isAccountOpen: Bool

    package init(row: CardBatchRow, result: CardBatchResult?, isAccountOpen: Bool) {
        self.row = row
        self.result = result
        self.isAccountOpen = isAccountOpen
    }
}

/// A batch with how far it is.
package struct CardBatch: Hashable, Sendable {
    /// Rows of one batch.
    package static let rowCounts = 1...10_000
    /// Rows of a tenant that may wait: no client's mistake keeps the others' batches for days.
    package static let mostWaiting = 100_000

    package var id: CardBatchID
    package var tenant: TenantID
    package var rowCount: Int32
    package var issued: Int32 = 0
    package var failed: Int32 = 0
    package var cancelled: Int32 = 0
    package var createdAt: Instant
    /// When the first of its rows was begun, once some of them are done.
    package var startedAt: Instant?
    /// When the last of its rows was done or cancelled.
    package var endedAt: Instant?
    package var cancelledAt: Instant?

    package init(id: CardBatchID, tenant: TenantID, rowCount: Int32, createdAt: Instant) {
        self.id = id
        self.tenant = tenant
        self.rowCount = rowCount
        self.createdAt = createdAt
    }

    package var waiting: Int32 { rowCount - issued - failed - cancelled }
}

/// A row that this process has to itself for a while.
package struct CardBatchTask: Hashable, Sendable {
    package var batch: CardBatchID
    package var tenant: TenantID
    /// Names the lease: whoever takes the row after it has another one.
    package var leasedUntil: Instant
    /// Who has sent the batch.
    package var actor: CommandActor
    package var row: CardBatchRow
    /// What an earlier attempt has come to.
    package var isAccountOpen: Bool
    package var lastFour: UInt16?
    /// Whether the row's cardholder, if it has one, gets cards.
    package var allowsCard: Bool

    package init(
        batch: CardBatchID,
        tenant: TenantID,
        leasedUntil: Instant,
        actor: CommandActor,
        row: CardBatchRow,
        isAccountOpen: Bool,
        lastFour: UInt16?,
        allowsCard: Bool = true
    ) {
        self.batch = batch
        self.tenant = tenant
        self.leasedUntil = leasedUntil
        self.actor = actor
        self.row = row
        self.isAccountOpen = isAccountOpen
        self.lastFour = lastFour
        self.allowsCard = allowsCard
    }
}
