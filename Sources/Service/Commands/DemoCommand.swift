import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPAPI
import PostgresLedger

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Make a demo tenant with a card program, unless it is there.",
        discussion: """
            Prints the tenant's API key once, when it is made. Once there is an operator, AVAL_OPERATOR_KEY must be \
            the key of an administrator.
            """
    )

    static let tenantName = "demo"
    /// Begins with 9: not a range of any card network (ISO/IEC 7812-1).
    static let bin = "990000"

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let administration = Administration(try settings.connection(.databaseURL))
            guard try administration.tenants(named: Self.tenantName).isEmpty else {
                announce("the demo tenant is there; its API key was printed when it was made")
                return
            }
            let author = try settings.author(administration)
            let tenant = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            let program = Self.program(of: tenant)
            guard try !administration.isTaken(bin: Self.bin, except: program.id) else {
                throw Settings.Problem(description: "another program has numbers that begin with \(Self.bin)")
            }
            try administration.addTenant(tenant, name: Self.tenantName, by: author)
            let kept = KeptProgram(program: program, name: "demo", needsApproval: false)
            try administration.write(.create(kept), SignedWrite(by: author, nil, kept))
            let key = try administration.makeAPIKey(of: tenant, label: "demo", by: author).key
            announce("made the demo tenant; this API key is not shown again:")
            announce("export AVAL_API_KEY=\(key.text)")
        } catch {
            throw fail("\(error)")
        }
    }

    private static func program(of tenant: TenantID) -> Program {
        guard let euro = Currency(alphabetic: "EUR"), let dollar = Currency(alphabetic: "USD"),
            let pound = Currency(alphabetic: "GBP")
        else { preconditionFailure("ISO 4217 has these currencies") }
        return Program(
            id: ProgramID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: tenant,
            version: 1,
            timeZone: "Europe/Madrid",
            bin: bin,
            currencies: [
                policy(euro),
                policy(dollar),
            ],
            kinds: Set(TransactionKind.allCases),
            rates: [ExchangeRate(from: pound, to: euro, billionths: 1_150_000_000)],
            markUp: 15_000
        )
    }

    private static func policy(_ currency: Currency) -> CurrencyPolicy {
        CurrencyPolicy(
            currency: currency,
            transactionLimit: 500_000,
            dailyLimit: 1_000_000,
            cashbackLimit: 20_000,
            statusCheckAmount: 15_000,
            tokenDailyLimit: 300_000
        )
    }
}
