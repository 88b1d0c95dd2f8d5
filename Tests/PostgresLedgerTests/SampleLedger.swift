import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// A small ledger in which everything that the spine can do has been done, its lanes stopped. Made once; tests that
/// damage it copy it.
actor SampleLedger {
    static let shared = SampleLedger()

    private var making: Task<TestDatabase, any Error>?

    func database() async throws -> TestDatabase {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        making = task
        return try await task.value
    }

    private static func make() async throws -> TestDatabase {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        for _ in 0..<3 {
            let account = try await ledger.openAccount(funds: 100_000)
            try await clearAndReverse(ledger, try await ledger.issueCard(on: account))
            try await useNetworkMessages(ledger, try await ledger.issueCard(on: account))
        }
        try await ledger.performRandomCommands(120, seed: 7, accounts: 4)
        ledger.close()
        try await database.foldAll()
        _ = try SnapshotWriter(try TestDatabase.connect(database.ownerURL), interval: 10).makeMissing()
        return database
    }

    static func approve(
        _ ledger: TestLedger,
        _ amount: Int64,
        _ card: TestLedger.IssuedCard,
        message: MessageIdentity? = nil
    ) async throws -> AuthorizationID {
        let request = try TestLedger.payment(amount, with: card.id, message: message)
        let decision = try await ledger.decide(.authorize(request), on: card.account)
        guard case .approved(let approval) = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome) instead of an approval")
        }
        return approval.authorization
    }

    private static func clearAndReverse(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        let euro = try TestLedger.currency("EUR")
        func clear(_ id: AuthorizationID, _ amount: Int64, isFinal: Bool) async throws {
            let clearing = Clearing(authorization: id, amount: Money(amount, euro), isFinal: isFinal)
            try await ledger.decide(.clear(clearing), on: card.account)
        }
        func reverse(_ id: AuthorizationID, to newTotal: Int64? = nil) async throws {
            let reversal = Reversal(target: .authorization(id), newTotal: newTotal)
            try await ledger.decide(.reverse(reversal), on: card.account)
        }
        try await reverse(try await approve(ledger, 1_000, card))
        let partly = try await approve(ledger, 2_000, card)
        try await reverse(partly, to: 1_500)
        try await clear(partly, 500, isFinal: false)
        try await clear(partly, 900, isFinal: true)
        try await reverse(partly)
        try await clear(try await approve(ledger, 3_000, card), 3_600, isFinal: true)
        try await reverse(try await approve(ledger, 700, card), to: 800)
        _ = try await approve(ledger, 4_000, card)
        // Declined: more than there is, and a card that is frozen.
        try await ledger.decide(.authorize(try TestLedger.payment(400_000, with: card.id)), on: card.account)
        let freeze = ChangeCard(card: card.id, status: .frozen, reason: "test")
        let reply = await ledger.perform(
            .changeCard(freeze),
            on: card.account,
            client: ClientRequest(
                key: ClientKey(tenant: ledger.tenant, text: "freeze \(card.id)"),
                fingerprint: [UInt8](repeating: 5, count: 32)
            )
        )
        guard case .decided = reply else { throw TestLedger.UnexpectedReply(description: "\(reply)") }
        try await ledger.decide(.authorize(try TestLedger.payment(100, with: card.id)), on: card.account)
        try await ledger.decide(.authorize(try TestLedger.payment(100, with: nil)), on: nil)
    }

    private static func useNetworkMessages(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        let early = MessageIdentity(key: "0100|early", fingerprint: [1])
        let reversal = Reversal(
            target: .message(early.key),
            message: MessageIdentity(key: "0400|early", fingerprint: [2])
        )
        try await ledger.decide(.reverse(reversal), on: card.account)
        let request = try TestLedger.payment(900, with: card.id, message: early)
        let decision = try await ledger.decide(.authorize(request), on: card.account)
        guard case .declined(.reversedBeforeArrival, _) = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome) for a reversed message")
        }
        let message = MessageIdentity(key: "0100|usual", fingerprint: [3])
        _ = try await approve(ledger, 800, card, message: message)
        _ = try await approve(ledger, 800, card, message: message)
        let usual = Reversal(
            target: .message(message.key),
            message: MessageIdentity(key: "0400|usual", fingerprint: [4]),
            newTotal: 300
        )
        try await ledger.decide(.reverse(usual), on: card.account)
    }
}
