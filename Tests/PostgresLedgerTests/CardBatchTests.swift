import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import TestSupport
import Testing

@testable import PostgresLedger

/// Batches of cards in the database, made through the lanes.
@Suite struct CardBatchTests {
    let ledger: TestLedger
    let store: PostgresCardBatchStore
    private let directory: PostgresDirectory
    private let reader: PostgresReader
    private let vault: PANVault
    let key = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))

    init() throws {
        ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        let url = ledger.database.servingURL
        store = PostgresCardBatchStore(url: url, timeout: .seconds(10))
        directory = PostgresDirectory(url: url, timeout: .seconds(10))
        reader = PostgresReader(url: url, timeout: .seconds(10), directory: directory)
        let keys = try ["1", "2"].map { digit in
            try #require(SecretKey(hexadecimal: Array(String(repeating: digit, count: 64).utf8)))
        }
        vault = PANVault(encryptionKey: keys[0], indexKey: keys[1])
    }

    func end() {
        store.close()
        reader.close()
        directory.close()
        ledger.close()
    }

    func runner(_ other: (any CardBatchStore)? = nil) -> CardBatchRunner {
        CardBatchRunner(
            engine: ledger.engine,
            issuer: CardIssuer(engine: ledger.engine, vault: vault, calendar: BusinessCalendar(), keys: HeldKeys()),
            reader: reader,
            store: other ?? store,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func row(_ number: Int32, on account: AccountID?) throws -> CardBatchRow {
        let shard = Shard(truncating: .random(in: .min ... .max))
        let new = account ?? AccountID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
        let balance = BalanceKey(try TestLedger.currency("EUR"))
        let opening = OpenAccount(
            account: new,
            tenant: ledger.tenant,
            program: ledger.program.id,
            balances: [.init(balance: balance, creditLimit: 0)]
        )
        return CardBatchRow(
            number: number,
            reference: "row \(number)",
            account: new,
            card: CardID(at: .wallClock, shard: new.shard, entropy: .random(in: .min ... .max)),
            program: ledger.program.id,
            opening: account == nil ? opening : nil,
            terms: CardTerms(form: number % 2 == 0 ? .virtual : .physical, useLimit: number == 0 ? 3 : nil)
        )
    }

    /// - Parameter account: of every other row; the rest open accounts of their own.
    func add(_ count: Int32, on account: AccountID, keyed: KeyedAnswer? = nil) async throws -> CardBatchID {
        let rows = try (0..<count).map { try row($0, on: $0 % 2 == 0 ? account : nil) }
        let batch = CardBatch(
            id: CardBatchID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: ledger.tenant,
            rowCount: count,
            createdAt: .wallClock
        )
        let answer = keyed ?? KeyedAnswer(by: nil, request: nil, answer: [])
        #expect(try await store.add(batch, rows, by: .apiKey(key), answer) == .stored)
        return batch.id
    }

    private func batch(_ id: CardBatchID) async throws -> CardBatch {
        try #require(try await store.batch(id, of: ledger.tenant))
    }

    func endLeases() throws {
        try ledger.database.damage("UPDATE card_batch_rows SET leased_until = now() - interval '1 second'")
    }

    private func counts() throws -> [String] {
        try ledger.database.texts(
            """
            SELECT concat((SELECT count(*) FROM cards), ' cards, ', (SELECT count(*) FROM accounts), ' accounts, ',
                (SELECT count(DISTINCT card_id) FROM card_batch_rows r JOIN cards c ON c.id = r.card_id
                    WHERE r.state = 2 AND r.last_four = c.last_four), ' rows with theirs')
            """
        )
    }

    func expectClean() throws {
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(3))")
    }

    @Test func `two processes make each row's card once`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let ids = [try await add(150, on: account), try await add(50, on: account)]
        let (first, second) = (runner(), runner())
        async let one: Void = first.run()
        async let two: Void = second.run()
        _ = await (one, two)
        for (id, count) in zip(ids, [150, 50] as [Int32]) {
            let batch = try await batch(id)
            #expect(batch.issued == count && batch.waiting == 0 && batch.failed == 0)
            #expect(try #require(batch.startedAt) <= #require(batch.endedAt))
        }
        #expect(try counts() == ["200 cards, 101 accounts, 200 rows with theirs"])
        #expect(try ledger.database.texts("SELECT count(*)::text FROM cards WHERE use_limit = 3") == ["2"])
        let actors = try ledger.database.texts("SELECT DISTINCT actor_id::text FROM journal WHERE kind IN (4, 20)")
        #expect(actors.map { $0.replacing("-", with: "") } == ["\(key)".dropFirst(4)].map(String.init))
        let page = try await store.rows(of: ids[1], from: 48, limit: 10)
        #expect(page.map(\.row.number) == [48, 49] && page.allSatisfy { $0.isAccountOpen })
        try expectClean()
    }

    /// Steps of a row after which a process may be gone.
    private enum Step: CaseIterable {
        case taken, opened, issued, issuedLongAgo
    }

    @Test(arguments: Step.allCases)
    private func `a row that was left halfway is gone on with, and has one card`(_ step: Step) async throws {
        defer { end() }
        let id = try await add(1, on: try await ledger.openAccount())
        let opened = try await add(2, on: try await ledger.openAccount())
        let tasks = try await store.take(10)
        #expect(tasks.count == 3 && tasks.allSatisfy { $0.lastFour == nil })
        for task in tasks where step != .taken {
            if let opening = task.row.opening { try await ledger.decide(.openAccount(opening), on: task.row.account) }
        }
        if step == .issued || step == .issuedLongAgo {
            try endLeases()
            await runner(Meddled(store)).run()
            #expect(try counts() == ["3 cards, 3 accounts, 0 rows with theirs"])
        }
        // Keys are forgotten; what a row has made is found without them.
        if step == .issuedLongAgo { try ledger.database.damage("DELETE FROM client_keys") }
        // The lease of who is gone keeps others off.
        await runner().run()
        #expect(try await batch(id).waiting == 1)
        try endLeases()
        await runner().run()
        #expect(try await batch(id).issued == 1)
        #expect(try await batch(opened).issued == 2)
        #expect(try counts() == ["3 cards, 3 accounts, 3 rows with theirs"])
        try expectClean()
    }

    /// Forgets what came of rows, as a process does that is killed; or has something happen once they are taken.
    private final class Meddled: CardBatchStore {
        struct Killed: Error {}

        let inner: PostgresCardBatchStore
        let onceTaken: (@Sendable () throws -> Void)?

        init(_ inner: PostgresCardBatchStore, onceTaken: (@Sendable () throws -> Void)? = nil) {
            self.inner = inner
            self.onceTaken = onceTaken
        }

        func accounts(
            _ accounts: [AccountID],
            of tenant: TenantID
        ) async throws -> [AccountID: CardBatchAccount] {
            try await inner.accounts(accounts, of: tenant)
        }

        func add(
            _ batch: CardBatch,
            _ rows: [CardBatchRow],
            by actor: CommandActor,
            _ keyed: KeyedAnswer
        ) async throws -> WriteOutcome { throw Killed() }

        func cancel(
            _ batch: CardBatchID,
            of tenant: TenantID,
            at moment: Instant,
            _ keyed: KeyedAnswer
        ) async throws -> WriteOutcome { throw Killed() }

        func batch(_ id: CardBatchID, of tenant: TenantID) async throws -> CardBatch? { throw Killed() }

        func batches(of tenant: TenantID, before last: CardBatchID?, limit: Int) async throws -> [CardBatch] {
            throw Killed()
        }

        func rows(of batch: CardBatchID, from number: Int32, limit: Int) async throws -> [CardBatchRowView] {
            throw Killed()
        }

        func take(_ limit: Int) async throws -> [CardBatchTask] {
            let tasks = try await inner.take(limit)
            try onceTaken?()
            return tasks
        }

        func settle(_ results: [(task: CardBatchTask, result: CardBatchResult)], began: Instant) async throws {
            guard onceTaken != nil else { throw Killed() }
            try await inner.settle(results, began: began)
        }
    }

    @Test func `a late failure neither hides a card nor ends what another has taken`() async throws {
        defer { end() }
        let id = try await add(2, on: try await ledger.openAccount())
        let began = Instant.wallClock
        let late = try await store.take(10)
        try endLeases()
        let current = try await store.take(10)
        try await store.settle(late.map { ($0, .failed(nil)) }, began: began)
        #expect(try await batch(id).waiting == 2)
        try await store.settle([(current[1], .failed(nil))], began: began)
        #expect(try await batch(id).failed == 1)
        try endLeases()
        await runner(Meddled(store)).run()
        try endLeases()
        let made = try await store.take(10)
        #expect(made.count == 1 && made[0].lastFour != nil)
        try await store.settle([(made[0], .failed(nil))], began: began)
        #expect(try await batch(id).waiting == 1)
        // Who comes late with the card is right.
        try await store.settle([(late[0], .issued(lastFour: try #require(made[0].lastFour)))], began: began)
        #expect(try await batch(id).issued == 1)
    }

    @Test func `a cancellation takes what nobody has begun, and the batch ends with the rest`() async throws {
        defer { end() }
        let id = try await add(5, on: try await ledger.openAccount())
        let began = Instant.wallClock
        let tasks = try await store.take(2)
        let nothing = KeyedAnswer(by: nil, request: nil, answer: [])
        #expect(try await store.cancel(id, of: ledger.tenant, at: .wallClock, nothing) == .stored)
        #expect(try await store.cancel(id, of: ledger.tenant, at: .wallClock, nothing) == .refused)
        let record = """
            SELECT concat_ws(' ', object, before->>'row_count', before->'cancelled_at' = 'null',
                after->'cancelled_at' = 'null') FROM operator_actions WHERE action = 'card_batch.cancel'
            """
        #expect(try ledger.database.texts(record) == ["\(id) 5 t f"])
        let halfway = try await batch(id)
        #expect(halfway.cancelled == 3 && halfway.waiting == 2 && halfway.endedAt == nil)
        try await store.settle([(tasks[0], .issued(lastFour: 12)), (tasks[1], .failed(nil))], began: began)
        // Who comes late changes nothing.
        try await store.settle([(tasks[0], .failed(.accountNotOpen))], began: began)
        let ended = try await batch(id)
        #expect(ended.issued == 1 && ended.failed == 1 && ended.endedAt != nil)
        let views = try await store.rows(of: id, from: 0, limit: 10)
        #expect(views.map(\.result) == [.issued(lastFour: 12), .failed(nil), .cancelled, .cancelled, .cancelled])
        #expect(try await store.take(10).isEmpty)
    }

    @Test func `ten thousand rows are taken in one go, and are found by an index`() async throws {
        defer { end() }
        let id = try await add(10_000, on: try await ledger.openAccount())
        #expect(try await batch(id).waiting == 10_000)
        #expect(try await store.take(3).map(\.row.number) == [0, 1, 2])
        let connection = try TestDatabase.connect(ledger.database.servingURL)
        try connection.run(script: "SET plan_cache_mode = force_generic_plan")
        try connection.run(script: "PREPARE take (bigint) AS \(CardBatchRows.take.sql)")
        let plan = try connection.run(Call(Statement("", "EXPLAIN EXECUTE take (32)")))
            .map { (row) throws(PostgresError) in try row.text() }.joined(separator: "\n")
        #expect(plan.contains("card_batch_rows_waiting") && !plan.contains("Sort"), "\(plan)")
    }

    @Test func `beyond the most rows that may wait a batch is refused, until some are done`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let id = try await add(2, on: account)
        try ledger.database.damage("ALTER TABLE card_batches DROP CONSTRAINT card_batches_row_count_check")
        try ledger.database.damage("UPDATE card_batches SET row_count = \(CardBatch.mostWaiting - 2)")
        _ = try await add(2, on: account)
        let (last, nothing) = (one(), KeyedAnswer(by: nil, request: nil, answer: []))
        let rows = [try row(0, on: account)]
        #expect(try await store.add(last, rows, by: .apiKey(key), nothing) == .refused)
        #expect(try await store.batch(last.id, of: ledger.tenant) == nil)
        let task = try #require(try await store.take(10).first { $0.batch == id })
        try await store.settle([(task, .failed(nil))], began: .wallClock)
        #expect(try await store.add(last, rows, by: .apiKey(key), nothing) == .stored)
    }

    @Test func `of batches that are added at once no more are taken than may wait`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        _ = try await add(2, on: account)
        try ledger.database.damage("ALTER TABLE card_batches DROP CONSTRAINT card_batches_row_count_check")
        try ledger.database.damage("UPDATE card_batches SET row_count = \(CardBatch.mostWaiting - 1)")
        let stores = (0..<8).map { _ in
            PostgresCardBatchStore(url: ledger.database.servingURL, timeout: .seconds(10))
        }
        defer { for store in stores { store.close() } }
        let row = try row(0, on: account)
        let taken = try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for store in stores {
                group.addTask {
                    try await store.add(one(), [row], by: .apiKey(key), KeyedAnswer(by: nil, request: nil, answer: []))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(taken.count { $0 == .stored } == 1)
    }

    @Test func `a row whose cardholder is closed meanwhile fails for that, and the others go on`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let holder = CardholderID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        try ledger.database.damage(
            """
            INSERT INTO cardholders (id, tenant_id, status, created_at)
            VALUES (\(holder.sql), \(ledger.tenant.sql), 1, now())
            """
        )
        var rows = [try row(0, on: account), try row(1, on: nil)]
        rows[0].cardholder = holder
        var batch = one()
        batch.rowCount = 2
        let nothing = KeyedAnswer(by: nil, request: nil, answer: [])
        #expect(try await store.add(batch, rows, by: .apiKey(key), nothing) == .stored)
        let database = ledger.database
        await runner(Meddled(store) { try database.damage("UPDATE cardholders SET status = 3") }).run()
        // On a slow machine a row may have been put off.
        try endLeases()
        await runner().run()
        let made = try await self.batch(batch.id)
        #expect(made.issued == 1 && made.failed == 1)
        let views = try await store.rows(of: batch.id, from: 0, limit: 1)
        #expect(views.map(\.result) == [.failed(.cardholderNotActive)])
    }

    func one() -> CardBatch {
        CardBatch(
            id: CardBatchID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: ledger.tenant,
            rowCount: 1,
            createdAt: .wallClock
        )
    }
}
