import AuthorizationCore
import AuthorizationEngine
import Foundation
import Logging
import PostgresLedger
import Synchronization

/// A tenant with a program and running lanes on a database: everything between a command and its row.
package final class TestLedger: Sendable {
    package struct UnexpectedReply: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    package let database: TestDatabase
    package let engine: AuthorizationEngine
    package let tenant: TenantID
    package let program: Program
    /// Names this process in journal rows.
    package let boot = EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
    private let threads: [LaneThread]

    /// - Parameters:
    ///   - lanes: each with a connection of its own. Accounts are spread over them by shard.
    ///   - timeout: of a round trip; locks are waited for a quarter of it.
    package init(_ database: TestDatabase, lanes: Int = 1, timeout: Duration = .seconds(10)) throws {
        let shard = Shard(truncating: 0)
        let tenant = TenantID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
        let programID = ProgramID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
        let program = try Self.program(programID, of: tenant)
        let administration = Administration(try TestDatabase.connect(database.ownerURL))
        try administration.addTenant(tenant, name: "Test tenant")
        try administration.add(program, name: "Test program", author: "test")
        self.database = database
        self.tenant = tenant
        self.program = program
        (engine, threads) = Self.start(database, boot, lanes, timeout)
    }

    /// Another service on the same database and for the same tenant, with a lane of its own.
    package init(replicaOf other: TestLedger, timeout: Duration = .seconds(10)) {
        database = other.database
        tenant = other.tenant
        program = other.program
        (engine, threads) = Self.start(other.database, boot, 1, timeout)
    }

    private static func start(
        _ database: TestDatabase,
        _ boot: EventID,
        _ lanes: Int,
        _ timeout: Duration
    ) -> (AuthorizationEngine, [LaneThread]) {
        let inboxes = (0..<lanes).map { _ in LaneInbox() }
        let threads = inboxes.enumerated().map { index, inbox in
            LaneThread(
                inbox,
                .init(url: database.servingURL, timeout: timeout, boot: boot, lane: Int16(index))
            )
        }
        return (AuthorizationEngine(inboxes: inboxes), threads)
    }

    /// Lets the lanes finish and closes their connections.
    package func close() {
        engine.close()
        for thread in threads { thread.join() }
    }

    private static func program(_ id: ProgramID, of tenant: TenantID) throws -> Program {
        let euro = try currency("EUR"), dollar = try currency("USD"), pound = try currency("GBP")
        return Program(
            id: id,
            tenant: tenant,
            version: 1,
            timeZone: "America/Sao_Paulo",
            bin: "999999",
            currencies: [
                CurrencyPolicy(
                    currency: euro,
                    transactionLimit: 500_000,
                    dailyLimit: 2_000_000,
                    cashbackLimit: 5_000,
                    statusCheckAmount: 12_500,
                    tokenDailyLimit: 100_000
                ),
                CurrencyPolicy(currency: dollar, transactionLimit: 500_000, dailyLimit: 2_000_000),
            ],
            kinds: Set(TransactionKind.allCases).subtracting([.pinChange]),
            rates: [ExchangeRate(from: pound, to: euro, billionths: 1_170_000_000)],
            markUp: 15_000
        )
    }

    package static func currency(_ code: String) throws -> Currency {
        guard let currency = Currency(alphabetic: code) else { throw UnexpectedReply(description: "no \(code)") }
        return currency
    }
}

extension TestLedger {
    /// Performs commands on one account in one batch: they wait before the lane starts, which ends after them.
    package func performInOneBatch(_ commands: [Command], on account: AccountID) async -> [Reply] {
        let inbox = LaneInbox()
        let boot = EventID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        return await withCheckedContinuation { continuation in
            let gathered = Gathered(commands.count) { continuation.resume(returning: $0) }
            for (index, command) in commands.enumerated() {
                let item = LaneItem(
                    id: engine.newEventID(for: account),
                    account: account,
                    command: command,
                    tenant: tenant,
                    seed: .random(in: .min ... .max),
                    deadline: .now + .seconds(20)
                ) { gathered.add($0, at: index) }
                precondition(inbox.submit(item), "a new inbox has room")
            }
            inbox.close()
            let settings = PostgresLaneStore.Settings(
                url: database.servingURL,
                timeout: .seconds(10),
                boot: boot,
                lane: 99
            )
            _ = LaneThread(inbox, settings)
        }
    }
}

/// A lane with its thread.
private final class LaneThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    init(_ inbox: LaneInbox, _ settings: PostgresLaneStore.Settings) {
        let thread = Thread { [finished] in
            var logger = Logger(label: "test lane")
            // Tests make failures on purpose; what comes of them is in the replies.
            logger.logLevel = .critical
            Lane(inbox: inbox, store: PostgresLaneStore(settings), calendar: BusinessCalendar(), logger: logger).run()
            finished.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    func join() {
        finished.wait()
    }
}

/// Replies that come one by one.
private final class Gathered: Sendable {
    private let replies = Mutex<[Int: Reply]>([:])
    private let count: Int
    private let done: @Sendable ([Reply]) -> Void

    init(_ count: Int, done: @escaping @Sendable ([Reply]) -> Void) {
        self.count = count
        self.done = done
    }

    func add(_ reply: Reply, at index: Int) {
        let all = replies.withLock { replies in
            replies[index] = reply
            return replies
        }
        if all.count == count { done(all.sorted { $0.key < $1.key }.map(\.value)) }
    }
}
