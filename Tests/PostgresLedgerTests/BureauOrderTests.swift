import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import TestSupport
import Testing

@testable import PostgresLedger

/// Which cards a bureau is to make.
@Suite struct BureauOrderTests {
    private let ledger: TestLedger
    private let account: AccountID

    init() async throws {
        ledger = try TestLedger(try TestDatabase.make())
        account = try await ledger.openAccount()
    }

    private func administration() throws -> Administration {
        Administration(try TestDatabase.connect(ledger.database.servingURL))
    }

    private func issue(
        _ form: CardForm,
        _ states: [CardStatus] = [],
        madeWith keys: [String] = []
    ) async throws -> CardID {
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let index = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let number = PANVault.Sealed(index: .init(keyID: 1, bytes: index), ciphertext: [1, 2, 3], keyID: 1)
        var instance = CardInstance(
            sequenceNumber: 0,
            expiry: try #require(ExpiryMonth(year: 2090, month: 1)),
            validUntil: .distantFuture,
            serviceCode: 201,
            active: true
        )
        instance.keyVersions = keys.compactMap { StoredKeyVersion($0) }
        let issue = IssueCard(card: id, lastFour: 1, instance: instance).with(CardTerms(form: form))
        _ = await ledger.perform(.issueCard(issue), on: account, number: number)
        for status in states {
            try await ledger.decide(.changeCard(ChangeCard(card: id, status: status, reason: "test")), on: account)
        }
        return id
    }

    private static let states: [(states: [CardStatus], isOrdered: Bool)] = [
        ([], true), ([.active], true), ([.active, .frozen], true), ([.active, .blocked], false),
        ([.active, .lost], false), ([.active, .stolen], false), ([.closed], false),
    ]

    @Test func `physical cards that may still be used are ordered, and no others`() async throws {
        defer { ledger.close() }
        _ = try await issue(.virtual)
        var expected: [CardID] = []
        for row in Self.states {
            let card = try await issue(.physical, row.states)
            if row.isOrdered { expected.append(card) }
        }
        let administration = try administration()
        let number = try administration.makeOrder(of: ledger.program.id, upTo: 100, "", by: nil)
        #expect(try administration.cards(ofOrder: number).map(\.card) == expected)
        let order = try #require(try administration.order(number))
        #expect(order.state == .made && order.cardCount == 3 && order.program == ledger.program.id)
        #expect(throws: PostgresError.self) {
            try administration.makeOrder(of: ProgramID(high: 1, low: 1), upTo: 100, "", by: nil)
        }
    }

    @Test func `what the cards that wait are made with is known before they are ordered`() async throws {
        defer { ledger.close() }
        for (form, states, keys) in [
            (.physical, [], []), (.virtual, [], ["cvk.9"]), (.physical, [.closed], ["cvk.8"]),
            (.physical, [], ["cvk.1", "imk.1"]), (.physical, [], ["cvk.2", "imk.1"]),
            (.physical, [], ["cvk.1", "imk.1"]),
        ] as [(CardForm, [CardStatus], [String])] {
            _ = try await issue(form, states, madeWith: keys)
        }
        let (administration, program) = (try administration(), ledger.program.id)
        func waiting() throws -> [String] {
            try administration.keyVersionsOfCards(toOrderOf: program).map { "\($0.version): \($0.cards)" }
        }
        #expect(try waiting() == ["cvk.1: 2", "cvk.2: 1", "imk.1: 3"])
        let number = try administration.makeOrder(of: program, upTo: 2, "", by: nil)
        let ordered = try administration.cards(ofOrder: number).map(\.instance.keyVersions)
        #expect(ordered.map { $0.map(\.description) } == [[], ["cvk.1", "imk.1"]])
        #expect(try waiting() == ["cvk.1: 1", "cvk.2: 1", "imk.1: 2"])
    }

    /// What waits for a lock waits for all that it is for.
    @Test func `are ordered while others are issued, and while a key of the vault is rotated`() async throws {
        defer { ledger.close() }
        let card = try await issue(.physical)
        let others = try TestDatabase.connect(ledger.database.ownerURL)
        try others.run(script: "BEGIN; SELECT lock_vault_keys(true)")
        for lock in [AdvisoryLock.vaultRotation, .programs, .apiKeys] {
            try others.run(script: "SELECT pg_advisory_xact_lock(\(lock.rawValue))")
        }
        let connection = try TestDatabase.connect(ledger.database.servingURL)
        try connection.run(script: "SET lock_timeout = 1000")
        let administration = Administration(connection)
        let number = try administration.makeOrder(of: ledger.program.id, upTo: 1, "", by: nil)
        #expect(try administration.cards(ofOrder: number).map(\.card) == [card])
    }

    @Test func `no card is in two orders, whoever makes them`() async throws {
        defer { ledger.close() }
        for _ in 0..<20 { _ = try await issue(.physical) }
        let program = ledger.program.id
        let administrations = [try administration(), try administration()]
        var cards: [CardID] = []
        for _ in 0..<2 {
            for administration in administrations {
                let number = try administration.makeOrder(of: program, upTo: 5, "", by: nil)
                cards += try administration.cards(ofOrder: number).map(\.card)
            }
        }
        #expect(cards.count == 20 && Set(cards).count == 20)
        #expect(throws: PostgresError.self) { try administrations[0].makeOrder(of: program, upTo: 5, "", by: nil) }
        #expect(try administrations[0].orders(limit: 10).count == 4)
    }

    @Test func `an order only goes on, and a closed account gets no cards`() async throws {
        defer { ledger.close() }
        _ = try await issue(.physical)
        let administration = try administration()
        let number = try administration.makeOrder(of: ledger.program.id, upTo: 1, "", by: nil)
        try administration.advanceOrder(number, to: .confirmed, by: nil)
        for state in BureauOrder.State.allCases {
            #expect(throws: PostgresError.self) { try administration.advanceOrder(number, to: state, by: nil) }
        }
        _ = try await issue(.physical)
        try await ledger.decide(.changeAccount(ChangeAccount(status: .closed, reason: "test")), on: account)
        #expect(throws: PostgresError.self) {
            try administration.makeOrder(of: ledger.program.id, upTo: 1, "", by: nil)
        }
    }
}
