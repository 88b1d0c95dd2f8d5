import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

@Suite struct `Profiles of cards` {
    @Test func `a card whose row cannot be read spoils no other's`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 1)
        defer { ledger.close() }
        let account = try await ledger.openAccount(funds: 1_000)
        let (good, bad) = (try await ledger.issueCard(on: account), try await ledger.issueCard(on: account))
        // No such month.
        let id = bad.id.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let damage = "UPDATE card_instances SET expiry = 202913 WHERE card_id = '\(id)' RETURNING expiry::text"
        #expect(try database.texts(damage) == ["202913"])
        let profiles = PostgresCardProfiles(url: database.servingURL, timeout: .seconds(10))
        defer { profiles.close() }
        // Asked for at once, so that they are read together.
        let found = await withTaskGroup(of: (CardID, Bool).self) { group in
            for card in Array(repeating: [good.id, bad.id], count: 20).joined() {
                group.addTask { (card, await Self.isRead(card, by: profiles)) }
            }
            return await group.reduce(into: [(CardID, Bool)]()) { $0.append($1) }
        }
        #expect(found.count == 40)
        for (card, isRead) in found { #expect(isRead == (card == good.id)) }
    }

    /// A lane asks again for a profile that has another version than its card, and for none a third time.
    @Test func `a card of several instances has the version that its lane knows`() async throws {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 1)
        defer { ledger.close() }
        let account = try await ledger.openAccount(funds: 1_000)
        let card = try await ledger.issueCard(on: account)
        let profiles = PostgresCardProfiles(url: ledger.database.servingURL, timeout: .seconds(10))
        defer { profiles.close() }
        func version() async throws -> Int64? {
            try await withCheckedThrowingContinuation { continuation in
                profiles.profile(of: card.id, fresh: true) { continuation.resume(with: $0) }
            }?.version.card
        }
        #expect(try await version() == 0)
        let instance = try TestLedger.instance(1, active: false)
        let activate = ActivateInstance(card: card.id, sequenceNumber: 1)
        let changes: [CardCommand] = [
            .reissue(ReissueCard(card: card.id, instance: instance)), .activateInstance(activate),
        ]
        for (change, expected) in zip(changes, [100, 101] as [Int64]) {
            try await ledger.decide(.cardCommand(change), on: account)
            #expect(try await version() == expected)
        }
    }

    @Test func `a card's instances are in their order, however they are found`() async throws {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 1)
        defer { ledger.close() }
        let account = try await ledger.openAccount(funds: 1_000)
        let card = try await ledger.issueCard(on: account)
        let reissue = ReissueCard(card: card.id, instance: try TestLedger.instance(1, active: false))
        try await ledger.decide(.cardCommand(.reissue(reissue)), on: account)
        // The table has the first one last, and is read itself.
        try ledger.database.damage("UPDATE card_instances SET service_code = 221 WHERE sequence_number = 0")
        for plan in ["enable_indexscan", "enable_bitmapscan"] {
            let turnOff = "EXECUTE format('ALTER DATABASE %I SET \(plan) = off', current_database())"
            try ledger.database.damage("DO $$ BEGIN \(turnOff); END $$")
        }
        let profiles = PostgresCardProfiles(url: ledger.database.servingURL, timeout: .seconds(60))
        defer { profiles.close() }
        let profile = try await withCheckedThrowingContinuation { continuation in
            profiles.profile(of: card.id, fresh: true) { continuation.resume(with: $0) }
        }
        #expect(profile?.instances.map(\.sequenceNumber) == [0, 1])
    }

    private static func isRead(_ card: CardID, by profiles: PostgresCardProfiles) async -> Bool {
        await withCheckedContinuation { continuation in
            profiles.profile(of: card, fresh: true) { found in
                if case .success(let profile?) = found {
                    continuation.resume(returning: profile.card == card && profile.instances.count == 1)
                } else {
                    continuation.resume(returning: false)
                }
            }
        }
    }
}
