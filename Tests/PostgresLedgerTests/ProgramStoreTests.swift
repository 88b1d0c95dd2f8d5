import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger
import TestSupport
import Testing

/// Programs as operators keep them, in the database with the serving role.
@Suite struct ProgramStoreTests {
    final class World: Sendable {
        let database: TestDatabase
        let store: PostgresProgramStore
        let tenant = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let people: [Operator]

        init() throws {
            database = try TestDatabase.make()
            let owner = Administration(try TestDatabase.connect(database.ownerURL))
            let ana = try Self.add("ana", 1, owner, by: nil)
            people = [ana, try Self.add("bob", 2, owner, by: ana)]
            try owner.addTenant(tenant, name: "acme", by: people[0])
            store = PostgresProgramStore(url: database.servingURL, timeout: .seconds(20))
        }

        deinit { store.close() }

        func addOperator(_ name: String, _ number: UInt8) throws -> Operator {
            try Self.add(name, number, Administration(try TestDatabase.connect(database.ownerURL)), by: people[0])
        }

        private static func add(
            _ name: String,
            _ number: UInt8,
            _ owner: Administration,
            by author: Operator?
        ) throws -> Operator {
            let id = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: UInt64(number))
            let person = Operator(id: id, name: try #require(OperatorName(name)), role: .administrator)
            try owner.add(person, keyHash: [UInt8](repeating: number, count: 32), by: author)
            return person
        }

        func kept(needsApproval: Bool = false, bin: String = "400000") throws -> KeptProgram {
            let euro = try #require(Currency(alphabetic: "EUR"))
            let program = Program(
                id: ProgramID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
                tenant: tenant,
                version: 1,
                timeZone: "UTC",
                bin: bin,
                currencies: [CurrencyPolicy(currency: euro, transactionLimit: 1, dailyLimit: 2)],
                kinds: [.purchase]
            )
            return KeptProgram(program: program, name: "gold", needsApproval: needsApproval)
        }

        /// As set-up does it.
        func add(_ program: Program) throws {
            let owner = Administration(try TestDatabase.connect(database.ownerURL))
            try owner.add(program, name: "old", author: "setup")
        }

        func signed(_ person: Int, _ after: String = "{}", key: String? = nil) -> SignedWrite {
            let request = key.map { key in
                let key = ClientKey(tenant: tenant, text: key)
                return ClientRequest(key: key, fingerprint: [UInt8](repeating: 7, count: 32))
            }
            return SignedWrite(
                author: people[person].id,
                name: "\(people[person].name)",
                before: nil,
                after: after,
                request: request,
                answer: Array(after.utf8)
            )
        }

        func next(_ program: Program) -> Program {
            var next = program
            next.version += 1
            next.markUp = Int64(next.version)
            return next
        }

        /// Versions that are stored, and the one in force.
        func versions(_ id: ProgramID) throws -> [String] {
            let hexadecimal = id.bytes.map { String(format: "%02x", $0) }.joined()
            return try database.texts(
                """
                SELECT v.version || ' ' || v.author || CASE WHEN v.version = p.version THEN ' in force' ELSE '' END
                FROM program_versions v JOIN programs p ON p.id = v.program_id
                WHERE p.id = '\(hexadecimal)' ORDER BY v.version
                """
            )
        }
    }

    @Test func `a program is made and changed, and only from the version in force`() async throws {
        let world = try World()
        let kept = try world.kept()
        let id = kept.program.id
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        let second = world.next(kept.program)
        #expect(try await world.store.write(.change(second, needsApproval: false), world.signed(1)) == .stored)
        #expect(try await world.store.write(.change(second, needsApproval: false), world.signed(0)) == .refused)
        #expect(try world.versions(id) == ["1 ana", "2 bob in force"])
        let read = try #require(try await world.store.program(id, of: world.tenant))
        #expect(read.program == second && read.name == "gold" && !read.needsApproval && read.proposal == nil)
        let stranger = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 2)
        #expect(try await world.store.program(id, of: stranger) == nil)
        let proposal = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let unasked = ProgramWrite.propose(world.next(second), needsApproval: true, proposal)
        #expect(try await world.store.write(unasked, world.signed(0)) == .refused)
    }

    @Test func `where approval is needed only another operator puts what was proposed in force, once`() async throws {
        let world = try World()
        let kept = try world.kept(needsApproval: true)
        let id = kept.program.id
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        let second = world.next(kept.program)
        #expect(try await world.store.write(.change(second, needsApproval: false), world.signed(0)) == .refused)
        let ids = (0..<2).map { ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: $0) }
        for proposal in ids {
            let write = ProgramWrite.propose(second, needsApproval: false, proposal)
            #expect(try await world.store.write(write, world.signed(0)) == .stored)
        }
        let read = try #require(try await world.store.program(id, of: world.tenant))
        let proposal = try #require(read.proposal)
        #expect(read.program == kept.program && proposal.program == second && proposal.id == ids[1])
        var replaced = proposal
        replaced.id = ids[0]
        #expect(try await world.store.write(.approve(replaced), world.signed(1)) == .refused)
        #expect(try await world.store.write(.approve(proposal), world.signed(0)) == .refused)
        // Who was made after the proposal may be whoever proposed it.
        var late = world.signed(1)
        late.author = try world.addOperator("eve", 3).id
        #expect(try await world.store.write(.approve(proposal), late) == .refused)
        #expect(try world.versions(id) == ["1 ana in force"])
        #expect(try await world.store.write(.approve(proposal), world.signed(1)) == .stored)
        #expect(try await world.store.write(.approve(proposal), world.signed(1)) == .refused)
        #expect(try world.versions(id) == ["1 ana", "2 ana, approved by bob in force"])
        let after = try #require(try await world.store.program(id, of: world.tenant))
        #expect(after.program == second && !after.needsApproval && after.proposal == nil)
    }

    @Test func `a sandbox's clock is moved from the version in force, and what was proposed then is no version`()
        async throws
    {
        let world = try World()
        var kept = try world.kept(needsApproval: true)
        kept.program.sandbox = Sandbox()
        let id = kept.program.id
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        let pending = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let write = ProgramWrite.propose(world.next(kept.program), needsApproval: true, pending)
        #expect(try await world.store.write(write, world.signed(0)) == .stored)
        let proposal = try #require(try await world.store.program(id, of: world.tenant)?.proposal)
        let holds = PostgresPendingHoldStore(url: world.database.servingURL, timeout: .seconds(20))
        defer { holds.close() }
        #expect(try await holds.sandboxes().isEmpty)
        var moved = kept.program
        moved.version += 1
        moved.sandbox = Sandbox(clockOffset: 60)
        #expect(try await world.store.write(.moveClock(moved), world.signed(1)) == .stored)
        #expect(try await world.store.write(.moveClock(moved), world.signed(1)) == .refused)
        #expect(try world.versions(id) == ["1 ana", "2 bob in force"])
        #expect(try await holds.sandboxes() == [moved])
        let read = try #require(try await world.store.program(id, of: world.tenant))
        #expect(read.program == moved && read.proposal == nil)
        #expect(try await world.store.write(.approve(proposal), world.signed(1)) == .refused)
        let next = ProgramWrite.propose(world.next(moved), needsApproval: true, pending)
        #expect(try await world.store.write(next, world.signed(0)) == .stored)
        #expect(try await world.store.program(id, of: world.tenant)?.proposal?.program.version == 3)
    }

    @Test func `only who proposed a version withdraws it, once, and it can be approved no more`() async throws {
        let world = try World()
        let kept = try world.kept(needsApproval: true)
        let id = kept.program.id
        #expect(try await world.store.write(.create(kept), world.signed(0)) == .stored)
        let pending = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        let write = ProgramWrite.propose(world.next(kept.program), needsApproval: true, pending)
        #expect(try await world.store.write(write, world.signed(0)) == .stored)
        let proposal = try #require(try await world.store.program(id, of: world.tenant)?.proposal)
        #expect(try await world.store.write(.withdraw(proposal), world.signed(1)) == .refused)
        #expect(try await world.store.write(.withdraw(proposal), world.signed(0, #"{"n": 1}"#)) == .stored)
        #expect(try await world.store.write(.withdraw(proposal), world.signed(0)) == .refused)
        #expect(try await world.store.write(.approve(proposal), world.signed(1)) == .refused)
        #expect(try await world.store.program(id, of: world.tenant)?.proposal == nil)
        #expect(try world.versions(id) == ["1 ana in force"])
        let records = try #require(try await world.store.records(of: world.tenant, before: nil, limit: 1))
        #expect(records.map(\.action) == ["program.withdraw"] && records.map(\.name) == ["ana"])
        #expect(records[0].details.contains("\(pending)") && records[0].after == #"{"n": 1}"#)
    }

    @Test func `an approval locks the program first, as a proposal does`() async throws {
        let world = try World()
        let kept = try world.kept(needsApproval: true)
        _ = try await world.store.write(.create(kept), world.signed(0))
        let id = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1)
        _ = try await world.store.write(.propose(world.next(kept.program), needsApproval: true, id), world.signed(0))
        let proposal = try #require(try await world.store.program(kept.program.id, of: world.tenant)?.proposal)
        let other = try TestDatabase.connect(world.database.ownerURL)
        try other.run(script: "BEGIN; SELECT FROM programs FOR NO KEY UPDATE")
        async let outcome = world.store.write(.approve(proposal), world.signed(1))
        let waiting = """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        while try world.database.texts(waiting) == ["0"] { try await Task.sleep(for: .milliseconds(5)) }
        #expect(throws: Never.self) { try other.run(script: "SELECT FROM program_proposals FOR UPDATE NOWAIT") }
        try other.run(script: "COMMIT")
        #expect(try await outcome == .stored)
    }

    @Test(arguments: ["40001", "40P01"])
    func `a write that others were in the way of is run once more`(_ sqlState: String) async throws {
        let world = try World()
        try world.database.damage(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
                IF nextval('tries') = 1 THEN RAISE EXCEPTION USING ERRCODE = '\(sqlState)'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER fail_once BEFORE INSERT ON programs FOR EACH ROW EXECUTE FUNCTION fail_once()
            """
        )
        #expect(try await world.store.write(.create(try world.kept()), world.signed(0)) == .stored)
        #expect(try world.database.texts("SELECT last_value::text FROM tries") == ["2"])
    }

    @Test func `a key and its answer are stored with the effect, or neither is`() async throws {
        let world = try World()
        let kept = try world.kept()
        #expect(try await world.store.write(.create(kept), world.signed(0, #"{"a":1}"#, key: "k")) == .stored)
        let stored = try await world.store.answer(to: ClientKey(tenant: world.tenant, text: "k"))
        #expect(stored?.answer == Array(#"{"a":1}"#.utf8) && stored?.fingerprint.count == 32)
        #expect(try await world.store.answer(to: ClientKey(tenant: world.tenant, text: "l")) == nil)
        let other = try world.kept(bin: "400001")
        #expect(try await world.store.write(.create(other), world.signed(0, key: "k")) == .keyTaken)
        #expect(try await world.store.program(other.program.id, of: world.tenant) == nil)
        let stale = ProgramWrite.change(kept.program, needsApproval: false)
        #expect(try await world.store.write(stale, world.signed(0, key: "m")) == .refused)
        #expect(try await world.store.answer(to: ClientKey(tenant: world.tenant, text: "m")) == nil)
    }

    @Test func `a version is not in force while a transaction from before it runs`() async throws {
        let world = try World()
        let old = try TestDatabase.connect(world.database.servingURL)
        try old.run(script: "BEGIN; SELECT pg_current_xact_id()")
        #expect(try await world.store.write(.create(try world.kept()), world.signed(0)) == .stored)
        #expect(try await !world.store.waitUntilInForce(within: .milliseconds(200)))
        try old.run(script: "COMMIT")
        #expect(try await world.store.waitUntilInForce(within: .seconds(60)))
    }

    @Test func `new versions are found without a look at all others`() async throws {
        let world = try World()
        let kept = try world.kept()
        _ = try await world.store.write(.create(kept), world.signed(0))
        try world.database.damage(
            """
            INSERT INTO program_versions (program_id, version, content, content_hash, author, created_at)
            SELECT id, 1 + n, '', sha256(''), 'o', now() - n * interval '1 hour' FROM programs, generate_series(1, 5000) n;
            ANALYZE program_versions
            """
        )
        let plan = try world.database.texts(
            "EXPLAIN SELECT content FROM program_versions WHERE created_at >= now() - interval '1 minute'"
        )
        #expect(plan.joined().contains("program_versions_by_time"), "\(plan)")
    }

    @Test func `records are listed page by page, the newest first, each tenant's for itself`() async throws {
        let world = try World()
        let kept = try world.kept()
        _ = try await world.store.write(.create(kept), world.signed(1, #"{"n": 1}"#))
        let all = try #require(try await world.store.records(of: world.tenant, before: nil, limit: 10))
        #expect(all.map(\.action) == ["program.add", "tenant.add"])
        #expect(all.map(\.name) == ["bob", "ana"])
        #expect(all.map(\.after) == [#"{"n": 1}"#, #"{"name": "acme"}"#] && all.allSatisfy { $0.before == nil })
        let rest = try #require(try await world.store.records(of: world.tenant, before: all[0].id, limit: 10))
        #expect(rest.map(\.id) == [all[1].id])
        let stranger = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 2)
        #expect(try await world.store.records(of: stranger, before: nil, limit: 10)?.isEmpty == true)
        #expect(try await world.store.records(of: stranger, before: all[0].id, limit: 10) == nil)
    }

    @Test func `keys are forgotten after thirty days, and not before`() async throws {
        let world = try World()
        try world.database.damage(
            """
            INSERT INTO client_keys (tenant_id, key, fingerprint, event_id, decided_at, decision)
            SELECT gen_random_uuid(), n::text, '', gen_random_uuid(), now() - n * interval '1 minute'
                - CASE WHEN n % 2 = 0 THEN interval '30 days' ELSE interval '29 days' END, ''
            FROM generate_series(1, 4400) n;
            INSERT INTO operator_requests (tenant_id, key, fingerprint, answer, created_at)
            SELECT gen_random_uuid(), n::text, '', '', now() - n * interval '1 day' FROM generate_series(1, 40) n
            """
        )
        let owner = try TestDatabase.connect(world.database.ownerURL)
        let expected = try world.database.texts(
            """
            SELECT (count(*) FILTER (WHERE decided_at < now() - interval '30 days'))::text FROM client_keys
            """
        )
        let deleted = try OldClientKeys(owner).delete()
        #expect("\(deleted - 11)" == expected.first && deleted > 2_000)
        #expect(try OldClientKeys(owner).delete() == 0)
        let left = "SELECT (SELECT count(*) FROM client_keys) || ' ' || (SELECT count(*) FROM operator_requests)"
        #expect(try world.database.texts(left) == ["\(4_400 - deleted + 11) 29"])
        let serving = try TestDatabase.connect(world.database.servingURL)
        for table in ["client_keys", "operator_requests"] {
            #expect(throws: PostgresError.refused(sqlState: "42501", constraint: "")) {
                try serving.run(script: "DELETE FROM \(table)")
            }
        }
    }
}
