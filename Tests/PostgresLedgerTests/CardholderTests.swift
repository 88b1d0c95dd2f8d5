import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import TestSupport
import Testing

@testable import PostgresLedger

/// Cardholders in the database, and what their rows refuse.
@Suite struct CardholderTests {
    private let world: VaultWorld
    private let store: PostgresCardholderStore
    private let key = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))

    init() async throws {
        world = try await VaultWorld()
        store = PostgresCardholderStore(url: world.database.servingURL, timeout: .seconds(10))
        let secret = APIKeySecret(hash: [UInt8](repeating: 1, count: 32), prefix: "aval_sk_0001")
        try Administration(try TestDatabase.connect(world.database.servingURL)).write(
            .add(TenantKey(id: key, tenant: world.ledger.tenant), label: "test", secret),
            SignedKeyWrite(author: nil)
        )
    }

    private func end() {
        store.close()
        world.close()
    }

    private var unkeyed: KeyedAnswer { KeyedAnswer(by: .apiKey(key), request: nil, answer: []) }

    private func add(_ reference: String? = nil, _ name: String? = nil) async throws -> CardholderID {
        let id = CardholderID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let sealed = try name.map { try SealedName(try #require(EmbossedName($0)), of: id, world.vault) }
        let cardholder = Cardholder(
            id: id,
            tenant: world.ledger.tenant,
            reference: reference,
            name: sealed,
            createdAt: Instant(microseconds: 1_700_000_000_000_000)
        )
        let outcome = try await store.add(cardholder, unkeyed)
        guard case .stored = outcome else { throw TestLedger.UnexpectedReply(description: "\(outcome)") }
        return id
    }

    private func write(_ change: CardholderChange, of id: CardholderID) async throws -> Bool {
        let tenant = world.ledger.tenant
        switch try await store.write(change, of: id, tenant, unkeyed) {
        case .stored: return true
        case .refused, .keyTaken: return false
        }
    }

    private func name(of id: CardholderID) async throws -> String? {
        let found = try await store.cardholder(id, of: world.ledger.tenant)
        return try found?.name?.open(of: id, world.vault).withExposedText { $0 }
    }

    /// The card that the ledger makes, which names the cardholder; nil where it is refused for whom it names.
    private func issue(_ holder: CardholderID, on account: AccountID) async throws -> CardID? {
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let sealed = try world.vault.seal(try PAN.random(bin: "990000", length: 16), associatedData: id.bytes)
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: try #require(ExpiryMonth(year: 2090, month: 1)),
            validUntil: .distantFuture,
            serviceCode: 201,
            active: true
        )
        let terms = CardTerms(form: .physical)
        let issue = IssueCard(card: id, lastFour: 1, instance: instance, terms: terms, cardholder: holder)
        let reply = await world.ledger.perform(.issueCard(issue), on: account, number: sealed)
        guard case .decided(let answer) = reply else {
            throw TestLedger.UnexpectedReply(description: "\(reply) for a card")
        }
        if answer.decision.outcome == .refused(.cardholderNotActive) { return nil }
        #expect(answer.decision.outcome == .done)
        return id
    }

    /// Every cell of the table of states.
    @Test(arguments: Cardholder.Status.allCases)
    func `a status leads where the table says so`(_ from: Cardholder.Status) async throws {
        defer { end() }
        let table: [Cardholder.Status: Set<Cardholder.Status>] = [
            .active: [.suspended, .closed], .suspended: [.active, .closed], .closed: [],
        ]
        for to in Cardholder.Status.allCases {
            let id = try await add()
            if from != .active { #expect(try await write(.status(from, reason: "test"), of: id)) }
            let isAllowed = try #require(table[from]).contains(to)
            #expect(from.allows(to) == isAllowed)
            #expect(try await write(.status(to, reason: "test"), of: id) == isAllowed)
            let found = try await store.cardholder(id, of: world.ledger.tenant)
            #expect(found?.status == (isAllowed ? to : from))
        }
    }

    @Test func `a name is stored sealed, changed, and in no record of a change`() async throws {
        defer { end() }
        let id = try await add("c-1", "ANA DIAZ")
        #expect(try await name(of: id) == "ANA DIAZ")
        let new = try SealedName(try #require(EmbossedName("ANA RUIZ")), of: id, world.vault)
        #expect(try await write(.content(reference: "c-2", name: new), of: id))
        #expect(try await name(of: id) == "ANA RUIZ")
        #expect(try await write(.content(reference: nil, name: nil), of: id))
        let second = try await add("c-3")
        #expect(try await write(.content(reference: "c-2", name: nil), of: second) == false)
        await #expect(throws: TestLedger.UnexpectedReply.self) { _ = try await add("c-2") }
        let found = try await store.cardholders(of: world.ledger.tenant, reference: "c-2", before: nil, limit: 10)
        #expect(found.map(\.id) == [id])
        #expect(try await store.cardholder(id, of: TenantID(high: 1, low: 1)) == nil)
        #expect(try await store.statuses(of: [id], TenantID(high: 1, low: 1)).isEmpty)
        #expect(try await store.statuses(of: [id, second], world.ledger.tenant).count == 2)
        let records = try world.database.texts(
            """
            SELECT concat_ws(' ', action, key_id IS NOT NULL, before->>'reference', after->>'reference')
            FROM operator_actions WHERE action LIKE 'cardholder%' ORDER BY at, id
            """
        )
        #expect(records.prefix(2) == ["cardholder.add t c-1", "cardholder.change t c-1 c-2"])
        let told = try world.database.texts(
            "SELECT 'x' FROM operator_actions a WHERE a::text LIKE '%ANA%' UNION ALL "
                + "SELECT 'x' FROM cardholders h WHERE h::text LIKE '%ANA%' OR position('ANA'::bytea IN h.name) > 0"
        )
        #expect(told.isEmpty)
    }

    @Test func `a card keeps whom it names, and the ledger makes none for who gets none`() async throws {
        defer { end() }
        let account = try await world.ledger.openAccount()
        let id = try await add()
        let card = try #require(try await issue(id, on: account))
        try await world.ledger.decide(
            .changeCard(ChangeCard(card: card, status: .active, reason: "", statusReason: nil)),
            on: account
        )
        let reader = PostgresReader(
            url: world.database.servingURL,
            timeout: .seconds(10),
            directory: world.directory
        )
        defer { reader.close() }
        #expect(try await reader.card(card, of: world.ledger.tenant)?.card.details.cardholder == id)
        let held = try await reader.cards(of: .cardholder(id), world.ledger.tenant, before: nil, limit: 10)
        #expect(held.map(\.card.id) == [card])
        #expect(throws: (any Error).self) {
            try world.database.damage("UPDATE cards SET cardholder_id = NULL")
        }
        #expect(try await write(.status(.suspended, reason: "test"), of: id))
        #expect(try await issue(id, on: account) == nil)
        #expect(try await issue(CardholderID(high: 1, low: 1), on: account) == nil)
        #expect(try await write(.status(.closed, reason: "test"), of: id))
        #expect(try await write(.erasure(at: .wallClock), of: id) == false)
        try await world.ledger.decide(
            .changeCard(ChangeCard(card: card, status: .closed, reason: "", statusReason: .programEnded)),
            on: account
        )
        #expect(try await write(.erasure(at: .wallClock), of: id))
        #expect(try await write(.erasure(at: .wallClock), of: id) == false)
        let verifier = LedgerVerifier(try TestDatabase.connect(world.database.servingURL))
        #expect(try verifier.verify().isClean)
    }

    private func open(_ holder: CardholderID) async throws -> (id: AccountID, outcome: Outcome) {
        let id = AccountID(at: .wallClock, shard: Shard(truncating: 7), entropy: .random(in: .min ... .max))
        let opening = OpenAccount(
            account: id,
            tenant: world.ledger.tenant,
            program: world.ledger.program.id,
            balances: [.init(balance: BalanceKey(try TestLedger.currency("EUR")), creditLimit: 0)],
            cardholder: holder
        )
        return (id, try await world.ledger.decide(.openAccount(opening), on: id).outcome)
    }

    @Test func `a cardholder's accounts are listed from the newest on, those of others are not`() async throws {
        defer { end() }
        let (holder, other) = (try await add(), try await add())
        var accounts: [AccountID] = []
        for _ in 0..<3 { accounts.append(try await open(holder).id) }
        accounts.sort { $1 < $0 }
        _ = try await open(other)
        _ = try await world.ledger.openAccount()
        let url = world.database.servingURL
        let directory = PostgresDirectory(url: url, timeout: .seconds(5))
        let reader = PostgresReader(url: url, timeout: .seconds(5), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        let tenant = world.ledger.tenant
        func list(_ filter: AccountFilter, before: AccountID? = nil, limit: Int = 10) async throws -> [AccountID] {
            let views = try await reader.accounts(filter, before: before, limit: limit)
            #expect(views.allSatisfy { $0.account.cardholder == holder && $0.balances.count == 1 })
            return views.map(\.account.id)
        }
        let all = AccountFilter(tenant: tenant, cardholder: holder)
        #expect(try await list(all) == accounts)
        #expect(try await list(all, limit: 2) == Array(accounts.prefix(2)))
        #expect(try await list(all, before: accounts[0]) == Array(accounts.dropFirst()))
        let ofProgram = AccountFilter(tenant: tenant, program: world.ledger.program.id, cardholder: holder)
        #expect(try await list(ofProgram) == accounts)
        let ofNone = AccountFilter(tenant: tenant, program: ProgramID(high: 1, low: 1), cardholder: holder)
        #expect(try await list(ofNone).isEmpty)
        #expect(try await list(AccountFilter(tenant: TenantID(high: 1, low: 1), cardholder: holder)).isEmpty)
    }

    @Test func `an account keeps whose it is, and the ledger opens none for who gets none`() async throws {
        defer { end() }
        let holder = try await add(nil, "ANA DIAZ")
        let (account, outcome) = try await open(holder)
        #expect(outcome == .done)
        try await world.ledger.decide(
            .fund(Funding(amount: Money(500, try TestLedger.currency("EUR")), reference: "")),
            on: account
        )
        #expect(throws: (any Error).self) { try world.database.damage("UPDATE accounts SET cardholder_id = NULL") }
        #expect(try await write(.status(.suspended, reason: "test"), of: holder))
        #expect(try await open(holder).outcome == .refused(.cardholderNotActive))
        #expect(try await write(.status(.closed, reason: "test"), of: holder))
        #expect(try await write(.erasure(at: .wallClock), of: holder) == false)
        try await world.ledger.decide(.changeAccount(ChangeAccount(status: .closed, reason: "")), on: account)
        #expect(try await write(.erasure(at: .wallClock), of: holder))
        let verifier = LedgerVerifier(try TestDatabase.connect(world.database.servingURL))
        #expect(try verifier.verify().isClean)
        try world.database.damage(
            "ALTER TABLE accounts DISABLE TRIGGER cardholder_stays; UPDATE accounts SET cardholder_id = NULL"
        )
        #expect(try verifier.verify().offences.map(\.kind) == [.accountDiffers])
    }

    @Test func `of what waits while a cardholder is closed, the cardholder's card alone is refused`() async throws {
        defer { end() }
        let accounts = [try await world.ledger.openAccount(), try await world.ledger.openAccount()]
        let (closing, active) = (try await add(), try await add())
        let database = world.database
        let (begun, tell) = AsyncStream<Void>.makeStream()
        async let closed: Void = onOwnThread {
            defer { tell.finish() }
            let change = try TestDatabase.connect(database.superuserURL)
            try change.run(script: "BEGIN; UPDATE cardholders SET status = 3 WHERE id = \(closing.sql)")
            tell.yield()
            // Well before a lane gives the card up.
            usleep(1_000_000)
            try change.run(script: "COMMIT")
        }
        var waiting = begun.makeAsyncIterator()
        await waiting.next()
        let funding = Funding(amount: Money(500, try TestLedger.currency("EUR")), reference: "")
        async let refused = issue(closing, on: accounts[0])
        async let issued = issue(active, on: accounts[1])
        async let funded = world.ledger.decide(.fund(funding), on: accounts[0])
        try await closed
        #expect(try await refused == nil)
        #expect(try await issued != nil)
        #expect(try await funded.outcome == .done)
        #expect(try world.database.texts("SELECT count(*)::text FROM cards") == ["1"])
    }

    @Test func `names are sealed anew when the data key is replaced, and go with their cards to the bureau`()
        async throws
    {
        defer { end() }
        let account = try await world.ledger.openAccount()
        let holders = [try await add(nil, "ANA DIAZ"), try await add()]
        for holder in holders { _ = try #require(try await issue(holder, on: account)) }
        try world.rotation().rotate(.data)
        try await world.reload()
        #expect(try await name(of: holders[0]) == "ANA DIAZ")
        #expect(
            try world.database.texts("SELECT DISTINCT name_key_id::text FROM cardholders WHERE name IS NOT NULL") == [
                "2"
            ]
        )
        let administration = Administration(try TestDatabase.connect(world.database.servingURL))
        let order = try administration.makeOrder(of: world.ledger.program.id, upTo: 10, "", by: nil)
        let ordered = try administration.cards(ofOrder: order)
        let names = try ordered.map { card in
            try card.holder.map { try $0.name.open(of: $0.id, world.vault).withExposedText { $0 } }
        }
        #expect(names == ["ANA DIAZ", nil])
    }
}
