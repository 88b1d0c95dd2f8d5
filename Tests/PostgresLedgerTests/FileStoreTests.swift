import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// What networks are to be told of cards, in the database, written by lanes and by senders.
@Suite struct FileStoreTests {
    private let ledger: TestLedger
    private let store: PostgresFileStore

    init() async throws {
        ledger = try TestLedger(try TestDatabase.make())
        store = PostgresFileStore(url: ledger.database.servingURL, timeout: .seconds(10))
        try await store.register("blue")
        try await store.register("blue")
    }

    private func end() {
        store.close()
        ledger.close()
    }

    private func card() async throws -> TestLedger.IssuedCard {
        try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
    }

    private func set(
        _ status: CardStatus,
        _ reason: CardStatusReason? = nil,
        of card: TestLedger.IssuedCard
    ) async throws {
        try await ledger.decide(
            .changeCard(ChangeCard(card: card.id, status: status, reason: "test", statusReason: reason)),
            on: card.account
        )
    }

    /// The row, as the superuser reads it; empty when there is none.
    private func rows(_ columns: String = "network, wanted, acknowledged, coalesce(sending, -1)") throws -> [String] {
        try ledger.database.texts("SELECT concat_ws(',', \(columns)) FROM file_entries ORDER BY network, card_id")
    }

    private func read<Value>(_ body: (PostgresReader) async throws -> Value) async throws -> Value {
        let directory = PostgresDirectory(url: ledger.database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: ledger.database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        return try await body(reader)
    }

    /// Claims the only due entry, as a sender does, with a repeat that is due at once.
    private func send(_ store: PostgresFileStore? = nil) async throws -> (entry: FileEntry, update: FileUpdate) {
        let due = try #require(try await (store ?? self.store).due("blue", limit: 10).first)
        var entry = due.entry
        let sent = entry.sent(at: due.now, trace: due.trace, wait: .zero)
        let update = try #require(sent)
        #expect(try await self.store.store(entry))
        entry.version += 1
        return (entry, update)
    }

    @Test func `an entry comes and goes with its card's status, in the change's own transaction`() async throws {
        defer { end() }
        let card = try await card()
        try await ledger.decide(.authorize(try TestLedger.payment(100, with: card.id)), on: card.account)
        try await set(.frozen, of: card)
        try await set(.active, of: card)
        #expect(try rows() == [])
        try await set(.blocked, of: card)
        #expect(try rows() == ["blue,4,0,-1"])
        // The card's row and the entry are of one transaction.
        #expect(
            try ledger.database.texts(
                "SELECT (c.xmin = f.xmin)::text FROM cards c JOIN file_entries f ON f.card_id = c.id"
            ) == ["true"]
        )
        try await set(.active, of: card)
        #expect(try rows() == ["blue,0,0,-1"])
        #expect(try await store.due("blue", limit: 10).isEmpty)
        // A decline changes nothing.
        try await set(.lost, of: card)
        _ = try? await set(.active, of: card)
        #expect(try rows() == ["blue,5,0,-1"])
    }

    @Test func `an entry has the reason for its card's status, also when it is repaired`() async throws {
        defer { end() }
        let card = try await card()
        try await set(.blocked, .suspectedFraud, of: card)
        let sent = try await send()
        #expect(sent.update.action == .add(FileListing(.blocked, .suspectedFraud)))
        var entry = sent.entry
        entry.answered(.accepted, code: "00", at: entry.wantedAt, wait: .zero)
        #expect(try await store.store(entry))
        let files = try await read { try await $0.card(card.id, of: ledger.tenant)?.files }
        #expect(files?.first?.acknowledged == FileListing(.blocked, .suspectedFraud))
        try await set(.closed, .confirmedFraud, of: card)
        #expect(try await store.due("blue", limit: 1).first?.entry.wanted == FileListing(.closed, .confirmedFraud))
        try ledger.database.damage("UPDATE file_entries SET wanted = 0")
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        let page = try administration.cardsInFile(of: "blue", after: nil, limit: 10)
        #expect(page.cards.map(\.standing) == [.unknown])
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try await store.due("blue", limit: 1).first?.entry.wanted == FileListing(.closed, .confirmedFraud))
    }

    @Test func `no network is told of a sandbox's cards, not even by a repair`() async throws {
        defer { end() }
        let card = try await card()
        try ledger.database.damage("UPDATE programs SET sandbox = true")
        try await set(.stolen, of: card)
        try await set(.frozen, of: card.account)
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try rows("wanted").filter { $0 != "0" }.isEmpty)
        #expect(try await store.due("blue", limit: 10).isEmpty)
    }

    private func set(_ status: AccountStatus, of account: AccountID) async throws {
        try await ledger.decide(.changeAccount(ChangeAccount(status: status, reason: "test")), on: account)
    }

    @Test func `an account's cards come and go with its status, each by its own where that says more`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        var cards: [TestLedger.IssuedCard] = []
        for _ in 0..<3 { cards.append(try await ledger.issueCard(on: account)) }
        let other = try await card()
        try await set(.lost, of: cards[0])
        try await set(.frozen, of: cards[1])
        func wanted() throws -> [String] {
            try cards.map { card in
                let id = "\(card.id)".dropFirst(4)
                return try ledger.database.texts(
                    "SELECT wanted::text FROM file_entries WHERE replace(card_id::text, '-', '') = '\(id)'"
                ).first ?? "-"
            }
        }
        #expect(try wanted() == ["5", "-", "-"])
        try await set(.frozen, of: account)
        #expect(try wanted() == ["5", "3", "3"])
        #expect(
            try ledger.database.texts(
                "SELECT DISTINCT (a.xmin = f.xmin)::text FROM accounts a JOIN cards c ON c.account_id = a.id "
                    + "JOIN file_entries f ON f.card_id = c.id WHERE f.wanted = 3"
            ) == ["true"]
        )
        // Within the frozen account a card's own changes are told by what remains of both.
        try await set(.blocked, of: cards[2])
        #expect(try wanted() == ["5", "3", "4"])
        try await set(.active, of: cards[2])
        #expect(try wanted() == ["5", "3", "3"])
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        try ledger.database.damage("UPDATE file_entries SET wanted = 0")
        for card in cards { try administration.repairFile(of: "blue", card.id, by: nil) }
        #expect(try wanted() == ["5", "3", "3"])
        let compared = try administration.cardsInFile(of: "blue", after: nil, limit: 10).cards
        #expect(compared.filter { $0.standing == .pending }.count == 3)
        try await set(.open, of: account)
        #expect(try wanted() == ["5", "0", "0"])
        try await set(.closed, of: account)
        #expect(try wanted() == ["5", "7", "7"])
        #expect(try rows("card_id").count == 3 && compared.contains { $0.card == other.id && $0.standing == .right })
    }

    @Test func `of an account with many cards the first are told at once, the others behind the change, page by page`()
        async throws
    {
        defer { end() }
        let first = try await ledger.issueCard(on: try await ledger.openAccount())
        // The first card of the account again and again, 2,500 in all, two of them closed.
        try ledger.database.damage(
            """
            INSERT INTO cards (shard, id, account_id, tenant_id, status, last_four, pan_index, pan_ciphertext, pan_key_id,
                issued_at, version)
            SELECT shard, ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, '0'))::uuid, account_id, tenant_id,
                CASE WHEN n < 3 THEN 7 ELSE status END, last_four, sha256(n::text::bytea), pan_ciphertext, pan_key_id,
                issued_at, version
            FROM cards, generate_series(1, 2499) n
            """
        )
        func told() throws -> [String] { try rows("wanted").reduce(into: [:]) { $0[$1, default: 0] += 1 }.texts }
        #expect(try await !store.expand())
        try await set(.frozen, of: first.account)
        #expect(try told() == ["3: 998"])
        #expect(try await store.expand())
        #expect(try told() == ["3: 1998"])
        // The account is opened again meanwhile: what was told is taken back, and nobody else is told anything.
        try await set(.open, of: first.account)
        #expect(try told() == ["0: 998", "3: 1000"])
        for isThere in [true, true, false] { #expect(try await store.expand() == isThere) }
        #expect(try told() == ["0: 1998"])
        try await set(.closed, of: first.account)
        for isThere in [true, true, false] { #expect(try await store.expand() == isThere) }
        #expect(try told() == ["7: 2498"])
        #expect(try ledger.database.texts("SELECT account_id::text FROM file_expansions").isEmpty)
    }

    @Test func `each network that takes updates has an entry, one that came later has those of later changes`()
        async throws
    {
        defer { end() }
        let (first, second) = (try await card(), try await card())
        try await set(.stolen, of: first)
        try await store.register("green")
        try await set(.blocked, of: second)
        #expect(try rows("network, wanted").sorted() == ["blue,4", "blue,6", "green,4"])
        #expect(try await store.due("green", limit: 10).map(\.entry.card) == [second.id])
        #expect(try await store.due("blue", limit: 1).count == 1)
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        try administration.retireFile(of: "blue", by: nil)
        #expect(throws: PostgresError.self) { try administration.retireFile(of: "blue", by: nil) }
        try await set(.lost, of: second)
        #expect(try rows("network, wanted").sorted() == ["blue,4", "blue,6", "green,5"])
        #expect(try await read { try await $0.card(second.id, of: ledger.tenant) }?.files.map(\.network) == ["green"])
    }

    @Test func `changes of a card while its message is under way do not touch the message`() async throws {
        defer { end() }
        let card = try await card()
        try await set(.blocked, of: card)
        var (entry, update) = try await send()
        #expect(update.action == .add(FileListing(.blocked)) && !update.isRepeat)
        let dueAt = try rows("due_at")
        try await set(.active, of: card)
        #expect(try rows() == ["blue,0,0,4"])
        #expect(try rows("due_at") == dueAt)
        entry.answered(.accepted, code: "00", at: .wallClock, wait: .zero)
        #expect(try await store.store(entry))
        #expect(try rows() == ["blue,0,4,-1"])
        let next = try await send()
        #expect(next.update.action == .delete && next.update.trace != update.trace)
        entry = next.entry
        entry.answered(.accepted, code: "00", at: .wallClock, wait: .zero)
        #expect(try await store.store(entry))
        #expect(try await store.due("blue", limit: 10).isEmpty)
    }

    @Test func `of two replicas that read the same entry one sends it`() async throws {
        defer { end() }
        let replica = PostgresFileStore(url: ledger.database.servingURL, timeout: .seconds(10))
        defer { replica.close() }
        try await set(.blocked, of: try await card())
        let ours = try #require(try await store.due("blue", limit: 10).first)
        let theirs = try #require(try await replica.due("blue", limit: 10).first)
        #expect(ours.trace != theirs.trace)
        var (our, their) = (ours.entry, theirs.entry)
        _ = our.sent(at: ours.now, trace: ours.trace, wait: .seconds(60))
        _ = their.sent(at: theirs.now, trace: theirs.trace, wait: .seconds(60))
        #expect(try await store.store(our))
        #expect(try await !replica.store(their))
        #expect(try await replica.due("blue", limit: 10).isEmpty)
        #expect(try rows("trace") == ["\(ours.trace)"])
    }

    @Test func `a process that ends between sending and recording leaves a repeat to the next`() async throws {
        defer { end() }
        try await set(.blocked, of: try await card())
        let (_, update) = try await send()
        let next = PostgresFileStore(url: ledger.database.servingURL, timeout: .seconds(10))
        defer { next.close() }
        let repeated = try await send(next).update
        #expect(repeated.isRepeat && repeated.trace == update.trace && repeated.action == update.action)
        // To the microsecond, or DE 7 of the repeat could be another.
        #expect(repeated.firstSentAt == update.firstSentAt)
    }

    @Test func `a refused entry is not due until it is repaired, and repairs take the card's status of now`()
        async throws
    {
        defer { end() }
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        let card = try await card()
        try await set(.blocked, of: card)
        var (entry, _) = try await send()
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try rows() == ["blue,4,0,4"])
        entry.answered(.refused, code: "30", at: .wallClock, wait: .zero)
        #expect(try await store.store(entry))
        #expect(try await store.due("blue", limit: 10).isEmpty)
        func standing() throws -> [Administration.Standing] {
            try administration.cardsInFile(of: "blue", after: nil, limit: 10).cards.map(\.standing)
        }
        #expect(try standing() == [.refused])
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try standing() == [.pending])
        #expect(try await store.due("blue", limit: 10).count == 1)
        try ledger.database.damage("UPDATE file_entries SET wanted = 0")
        #expect(try standing() == [.unknown])
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try standing() == [.pending])
        try ledger.database.damage("DELETE FROM file_entries")
        #expect(try standing() == [.unknown])
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try rows() == ["blue,4,0,-1"])
    }

    @Test func `a repair while a message is under way changes what is wanted, and not the message`() async throws {
        defer { end() }
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        let card = try await card()
        try await set(.blocked, of: card)
        var (entry, _) = try await send()
        try ledger.database.damage("UPDATE file_entries SET wanted = 0, wanted_at = now() - interval '1 hour'")
        let dueAt = try rows("due_at")
        try administration.repairFile(of: "blue", card.id, by: nil)
        #expect(try rows() == ["blue,4,0,4"])
        #expect(try rows("due_at") == dueAt)
        #expect(try rows("wanted_at > now() - interval '1 minute'") == ["t"])
        entry.answered(.accepted, code: "00", at: .wallClock, wait: .zero)
        #expect(try await store.store(entry))
        #expect(try rows() == ["blue,4,4,-1"])
    }

    @Test func `cards are compared page by page`() async throws {
        defer { end() }
        let administration = Administration(try TestDatabase.connect(ledger.database.servingURL))
        let cards = [try await card(), try await card(), try await card()].map(\.id).sorted {
            ($0.shard, $0) < ($1.shard, $1)
        }
        let first = try administration.cardsInFile(of: "blue", after: nil, limit: 2)
        let second = try administration.cardsInFile(of: "blue", after: first.last, limit: 2)
        #expect(first.cards.map(\.card) + second.cards.map(\.card) == cards)
        #expect(first.cards.allSatisfy { $0.standing == .right } && second.last == nil)
    }

    @Test func `what waits and for how long is in the figures`() async throws {
        defer { end() }
        let card = try await card()
        try await set(.blocked, of: card)
        try await store.register("green")
        try ledger.database.damage("UPDATE file_entries SET wanted_at = now() - interval '1 hour'")
        let text = try await read { try await $0.figures().text }
        for (network, count, seconds) in [("blue", "1\n", "36"), ("green", "0\n", "0\n")] {
            #expect(text.contains("aval_network_file_entries_waiting{network=\"\(network)\"} \(count)"))
            #expect(text.contains("aval_network_file_entry_oldest_seconds{network=\"\(network)\"} \(seconds)"))
        }
        let files = try #require(try await read { try await $0.card(card.id, of: ledger.tenant) }).files
        #expect(files.map(\.network) == ["blue"] && files.allSatisfy { $0.state == .pending })
    }
}

extension [String: Int] {
    fileprivate var texts: [String] { map { "\($0.key): \($0.value)" }.sorted() }
}
