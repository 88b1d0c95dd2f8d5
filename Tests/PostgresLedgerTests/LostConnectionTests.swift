import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// Connections that are lost, and servers that stall, around a batch's COMMIT. Whatever happens, each command is
/// answered once and its answer is what the ledger says.
@Suite struct LostConnectionTests {
    /// A database behind a proxy, with two accounts.
    struct World {
        let ledger: TestLedger
        let proxy: BreakingProxy
        let cards: [TestLedger.IssuedCard]

        var database: TestDatabase { ledger.database }

        static func make() async throws -> World {
            let ledger = try TestLedger(try TestDatabase.make())
            var cards: [TestLedger.IssuedCard] = []
            for _ in 0..<2 {
                cards.append(try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000_000)))
            }
            return World(ledger: ledger, proxy: try BreakingProxy(to: ledger.database), cards: cards)
        }

        func end() {
            proxy.remove()
            ledger.close()
        }

        func payment(_ card: Int) throws -> Command { .authorize(try TestLedger.payment(100, with: cards[card].id)) }

        /// One batch: two payments on one account, one on another, and a request that belongs to none.
        func submitBatch(to lane: BrokenLane, within limit: Duration = .seconds(20)) throws -> [EventID] {
            [
                lane.submit(try payment(0), on: cards[0].account, within: limit),
                lane.submit(try payment(1), on: cards[1].account, within: limit),
                lane.submit(try payment(0), on: cards[0].account, within: limit),
                lane.submit(.authorize(try TestLedger.payment(100, with: nil)), on: nil, within: limit),
            ]
        }

        /// The transactions of a command's journal rows, by their lane's count.
        func batches(of id: EventID) throws -> [String] {
            try database.texts(
                """
                SELECT batch::text FROM journal WHERE id = \(id.sql)
                UNION ALL SELECT batch::text FROM unrouted_journal WHERE id = \(id.sql)
                """
            )
        }

        /// Checks that each command has one reply, a decision, and one row in the journal, with the holds that the
        /// replies promise. Returns the transactions that decided.
        func check(_ lane: BrokenLane, _ ids: [EventID], _ comment: Comment) throws -> Set<String> {
            var decidedBy: Set<String> = []
            for id in ids {
                let replies = lane.replies(to: id)
                #expect(replies.count == 1, comment)
                guard case .decided(let answer) = replies.first else {
                    Issue.record("\(comment): \(replies)")
                    continue
                }
                #expect(answer.event == id, comment)
                let batches = try batches(of: id)
                #expect(batches.count == 1, comment)
                decidedBy.formUnion(batches)
                var holds = 0
                if case .approved = answer.decision.outcome { holds = 1 }
                let transfers = try database.texts(
                    "SELECT count(*)::text FROM transfers WHERE event_id = \(id.sql) AND layer = 1"
                )
                #expect(transfers == ["\(holds)"], comment)
            }
            return decidedBy
        }

        func checkLedger() throws {
            let report = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
            #expect(report.isClean, "\(report.offences.prefix(3))")
        }

        /// The process that serves the lane behind the proxy.
        func backend() throws -> pid_t {
            let backends = try database.texts(
                """
                SELECT pid::text FROM pg_stat_activity WHERE datname = current_database()
                AND application_name = 'aval lane' AND state = 'active' AND pid <> pg_backend_pid()
                """
            )
            guard backends.count == 1, let pid = backends.first.flatMap({ pid_t($0) }) else {
                throw BrokenLane.NotAnswered()
            }
            return pid
        }
    }

    private func commitOnce(_ world: World, _ point: BreakingProxy.Break) async throws -> Set<String> {
        let lane = BrokenLane(world.proxy.url)
        let ids = try world.submitBatch(to: lane)
        world.proxy.arm(point)
        lane.start()
        try await lane.close()
        #expect(!world.proxy.isArmed, "\(point)")
        return try world.check(lane, ids, "\(point)")
    }

    private func measure(_ world: World) async throws -> BreakingProxy.Size {
        #expect(try await commitOnce(world, .measure) == ["1"])
        return try #require(world.proxy.measured)
    }

    // MARK: - Cut

    @Test func `a connection lost after any message of the request leaves each command decided once`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let size = try await measure(world)
        for count in 0...size.request {
            let decidedBy = try await commitOnce(world, .cutRequest(after: count))
            // The last two messages are COMMIT's Execute and the Sync: the Execute commits.
            #expect(decidedBy == (count < size.request - 1 ? ["2"] : ["1"]), "after \(count) of \(size.request)")
        }
        try world.checkLedger()
    }

    @Test func `a connection lost at any message of the answer leaves each command decided once`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let size = try await measure(world)
        for count in 0...size.answer {
            let point = BreakingProxy.Break.cutAnswer(after: count, bytes: count.isMultiple(of: 2) ? 3 : 0)
            #expect(try await commitOnce(world, point) == ["1"], "\(point)")
        }
        try world.checkLedger()
    }

    // MARK: - Stalls

    @Test func `a commit that the network holds back is waited for and answered once`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let size = try await measure(world)
        // The writes are there and the locks are held; of COMMIT nothing, or all but the Sync.
        for count in [size.request - 4, size.request - 2] {
            let lane = BrokenLane(world.proxy.url, timeout: .milliseconds(400))
            let ids = try world.submitBatch(to: lane)
            world.proxy.arm(.holdRequest(after: count))
            lane.start()
            try world.proxy.waitForHold()
            // Nothing is told while nobody knows.
            let early = await after(.milliseconds(900)) {
                defer { world.proxy.resume() }
                return ids.flatMap { lane.replies(to: $0) }
            }
            #expect(early.isEmpty)
            try await lane.close()
            let decidedBy = try world.check(lane, ids, "held after \(count)")
            // In the middle of a statement its timeout may end the transaction.
            #expect(count == size.request - 4 ? decidedBy == ["1"] : decidedBy.count == 1)
        }
        try world.checkLedger()
    }

    @Test func `an answer that the network holds back is looked up in the journal`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url, timeout: .milliseconds(400))
        let ids = try world.submitBatch(to: lane)
        world.proxy.arm(.holdAnswer)
        lane.start()
        try await lane.close()
        #expect(try world.check(lane, ids, "held answer") == ["1"])
        world.proxy.resume()
        try world.checkLedger()
    }

    @Test func `a backend stopped at COMMIT is settled on a new connection, once`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url, timeout: .milliseconds(400))
        let ids = try world.submitBatch(to: lane)
        world.proxy.arm(.holdCommit)
        lane.start()
        try world.proxy.waitForHold()
        let backend = try world.backend()
        let early = await after(.zero) {
            kill(backend, SIGSTOP)
            world.proxy.resume()
            usleep(900_000)
            defer { kill(backend, SIGCONT) }
            return ids.flatMap { lane.replies(to: $0) }
        }
        #expect(early.isEmpty)
        try await lane.close()
        #expect(try world.check(lane, ids, "stopped") == ["1"])
        try world.checkLedger()
    }

    @Test func `what leaves no lock to wait for is answered once when its commit is held back`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let shard = Shard(truncating: 9)
        let account = AccountID(at: .wallClock, shard: shard, entropy: .random(in: .min ... .max))
        let opening = OpenAccount(
            account: account,
            tenant: world.ledger.tenant,
            program: world.ledger.program.id,
            balances: [.init(balance: BalanceKey(try TestLedger.currency("EUR")), creditLimit: 0)]
        )
        let unrouted = Command.authorize(try TestLedger.payment(100, with: nil))
        for (command, account) in [(Command.openAccount(opening), account as AccountID?), (unrouted, nil)] {
            let lane = BrokenLane(world.proxy.url, timeout: .milliseconds(800))
            let id = lane.submit(command, on: account)
            world.proxy.arm(.holdCommit)
            lane.start()
            try world.proxy.waitForHold()
            await after(.milliseconds(1_300)) { world.proxy.resume() }
            try await lane.close()
            #expect(try world.check(lane, [id], "no lock") == ["1"])
            guard case .decided(let answer) = lane.replies(to: id).first else { continue }
            if case .refused = answer.decision.outcome { Issue.record("\(answer.decision.outcome)") }
        }
        try world.checkLedger()
    }

    @Test func `a session that is ended at COMMIT is decided anew`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url)
        let ids = try world.submitBatch(to: lane)
        world.proxy.arm(.holdCommit)
        lane.start()
        try world.proxy.waitForHold()
        _ = try world.database.texts("SELECT pg_terminate_backend(\(try world.backend()), 5000)::text")
        world.proxy.resume()
        try await lane.close()
        #expect(try world.check(lane, ids, "ended") == ["2"])
        try world.checkLedger()
    }

    @Test func `a decision that is found after its deadline is not told`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url, timeout: .milliseconds(600))
        let ids = try world.submitBatch(to: lane, within: .milliseconds(500))
        world.proxy.arm(.holdAnswer)
        lane.start()
        try await lane.close()
        world.proxy.resume()
        for id in ids {
            let replies = lane.replies(to: id)
            guard replies.count == 1, case .late = replies[0] else {
                Issue.record("\(replies)")
                continue
            }
            // The hold stays.
            #expect(try world.batches(of: id) == ["1"])
        }
        try world.checkLedger()
    }

    @Test func `after an unknown outcome each account is settled by itself`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url, timeout: .seconds(60))
        let ids = try world.submitBatch(to: lane, within: .seconds(60))
        world.proxy.arm(.holdAnswer)
        lane.start()
        try world.proxy.waitForHold()
        let session = try SecondSession(locking: world.cards[1].account, in: world.database)
        world.proxy.stop()
        try world.proxy.start()
        for id in [ids[0], ids[2], ids[3]] { _ = try await lane.reply(to: id) }
        #expect(lane.replies(to: ids[1]).isEmpty)
        try session.commit()
        try await lane.close()
        world.proxy.resume()
        #expect(try world.check(lane, ids, "settled") == ["1"])
        try world.checkLedger()
    }

    /// Runs a body on a thread of its own: tests beside this one may keep Swift's threads busy for long, and while a
    /// process of the cluster is stopped, they wait for it to make and drop databases.
    func after<Value: Sendable>(_ delay: Duration, _ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: delay / .seconds(1))
                continuation.resume(returning: body())
            }
        }
    }

    func lane(_ world: World) -> BrokenLane {
        let lane = BrokenLane(world.proxy.url)
        lane.start()
        return lane
    }
}
