import Foundation

/// Compares the approvals that were received with what the accounts hold.
struct LedgerCheck: Sendable {
    private struct AccountAnswer: Decodable {
        struct Balance: Decodable {
            var currency: String
            var pending_debits: Int64
        }

        var balances: [Balance]
    }

    private static let connections = 8

    private let address: APIAddress
    private let accounts: [String]
    private let before: [Int64]

    /// Reads what the accounts hold before the run.
    init(_ address: APIAddress, cards: [LoadCard]) async throws {
        self.address = address
        accounts = Set(cards.map(\.account)).sorted()
        before = try await Self.holds(address, accounts)
    }

    /// One line that says how the ledger compares.
    ///
    /// - Throws: `Problem` when an account holds something else than was approved on it. Payments without an answer
    ///   may hold their amounts or not.
    func compare(_ result: LoadResult, cards: [LoadCard]) async throws -> String {
        let after = try await Self.holds(address, accounts)
        var approved: [String: Int64] = [:]
        var unanswered: [String: Int64] = [:]
        for (index, card) in cards.enumerated() {
            approved[card.account, default: 0] += result.recorder.approvedAmounts[index]
            unanswered[card.account, default: 0] += result.unansweredAmounts[index]
        }
        var wrong = 0
        for (index, account) in accounts.enumerated() {
            let excess = after[index] - before[index] - approved[account, default: 0]
            if !(0...unanswered[account, default: 0]).contains(excess) { wrong += 1 }
        }
        let held = after.reduce(0, +) - before.reduce(0, +)
        let total = approved.values.reduce(0, +)
        guard wrong == 0 else {
            throw Problem("approvals of \(total) minor units, holds of \(held): \(wrong) accounts differ")
        }
        let rest = held == total ? "" : ", and \(held - total) more of payments without an answer"
        return "ledger: holds of \(total) minor units on \(accounts.count) accounts, exactly as approved\(rest)"
    }

    private static func holds(_ address: APIAddress, _ accounts: [String]) async throws -> [Int64] {
        try await overConnections(connections, to: address, accounts) { client, account in
            try await client.get("/v1/accounts/\(account)", as: AccountAnswer.self)
                .balances.filter { $0.currency == "EUR" }.reduce(0) { $0 + $1.pending_debits }
        }
    }
}
