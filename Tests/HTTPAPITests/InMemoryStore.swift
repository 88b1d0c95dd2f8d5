import AuthorizationCore
import AuthorizationEngine

/// One lane's door to the ledger in memory.
final class InMemoryStore: LaneStore {
    private let ledger: InMemoryLedger

    init(_ ledger: InMemoryLedger) { self.ledger = ledger }

    func begin(_ request: BatchRequest) throws(StoreFailure) -> LoadedBatch { ledger.load(request) }
    func commit(_ writes: BatchWrites, _ record: BatchRecord) throws(StoreFailure) { try ledger.commit(writes) }
    func rollback() throws(StoreFailure) {}
    func reconnect() throws(StoreFailure) {}
    func findAnswers(_ items: [LaneItem]) throws(StoreFailure) -> [EventID: Answer] { [:] }
    func park(_ item: LaneItem, problem: String) throws(StoreFailure) {}
}

/// No hold is due here: what ends them is tried out with a database.
extension InMemoryLedger: PendingHoldStore {
    func pending(
        before latest: Instant,
        after position: PendingPosition,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] { [] }

    func sandboxes() async throws -> [Program] { [] }

    func accounts(of program: ProgramID, after last: AccountID?, limit: Int) async throws -> [AccountID] { [] }

    func pending(
        of accounts: [AccountID],
        before latest: Instant,
        after last: AuthorizationID?,
        limit: Int
    ) async throws -> [(account: AccountID, authorization: Authorization)] { [] }
}
