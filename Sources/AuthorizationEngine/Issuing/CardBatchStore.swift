import AuthorizationCore

/// A change of batches with the answer that its repeats get.
package struct KeyedAnswer: Sendable {
    /// Who has the change made, for its record; nil of the service itself.
    package var actor: CommandActor?
    /// Nil without an Idempotency-Key.
    package var request: ClientRequest?
    package var answer: [UInt8]

    package init(by actor: CommandActor?, request: ClientRequest?, answer: [UInt8]) {
        self.actor = actor
        self.request = request
        self.answer = answer
    }
}

/// An account that cards are to be made on.
package struct CardBatchAccount: Sendable {
    package var program: ProgramID
    package var status: AccountStatus
    /// Of its balances.
    package var currencies: [Currency]

    package init(program: ProgramID, status: AccountStatus, currencies: [Currency]) {
        self.program = program
        self.status = status
        self.currencies = currencies
    }
}

/// Batches of cards to be made. Any number of processes may share one.
package protocol CardBatchStore: Sendable {
    /// Those of the accounts that are the tenant's.
    func accounts(
        _ accounts: [AccountID],
        of tenant: TenantID
    ) async throws -> [AccountID: CardBatchAccount]

    /// All of it in one transaction. Refused when more than ``CardBatch/mostWaiting`` rows of the tenant would wait.
    func add(
        _ batch: CardBatch,
        _ rows: [CardBatchRow],
        by actor: CommandActor,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    /// Cancels the rows that nobody has begun. Refused when the batch has ended or was cancelled.
    func cancel(
        _ batch: CardBatchID,
        of tenant: TenantID,
        at moment: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    func batch(_ id: CardBatchID, of tenant: TenantID) async throws -> CardBatch?

    /// The newest first.
    func batches(of tenant: TenantID, before last: CardBatchID?, limit: Int) async throws -> [CardBatch]

    /// In their order, from that number on.
    func rows(of batch: CardBatchID, from number: Int32, limit: Int) async throws -> [CardBatchRowView]

    /// Takes rows that wait, of all batches in turn. They come again, to any process, when a lease has run out before
    /// they were settled.
    func take(_ limit: Int) async throws -> [CardBatchTask]

    /// A failure that comes late changes nothing: where another has taken the row since, or its card is there.
    ///
    /// - Parameter began: when the rows were taken.
    func settle(_ results: [(task: CardBatchTask, result: CardBatchResult)], began: Instant) async throws
}
