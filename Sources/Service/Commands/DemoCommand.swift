import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPAPI
import PostgresLedger

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Make a demo tenant with a card program and a sandbox, unless it is there.",
        discussion: """
            Prints the tenant's API key once, when it is made. Once there is an operator, AVAL_OPERATOR_KEY must be \
            the key of an administrator.
            """
    )

    static let tenantName = "demo"
    /// Begins with 9: not a range of any card network (ISO/IEC 7812-1).
    static let bin = "990000"
    private static let sandboxBIN = "980000"

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let administration = Administration(try settings.connection(.databaseURL))
            guard try administration.tenants(named: Self.tenantName).isEmpty else {
                announce(
                    "the demo tenant is there; its API key was printed when it was made, and another one is made by"
                )
                announce("  aval api-key add --tenant \(Self.tenantName) --label mine")
                return
            }
            let author = try settings.author(administration)
            let tenant = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            let programs = [(Self.program(of: tenant), "demo"), (Self.sandbox(of: tenant), "sandbox")]
            for (program, _) in programs where try administration.isTaken(bin: program.bin, except: program.id) {
                throw Settings.Problem(description: "another program has numbers that begin with \(program.bin)")
            }
            try administration.addTenant(tenant, name: Self.tenantName, by: author)
            for (program, name) in programs {
                let kept = KeptProgram(program: program, name: name, needsApproval: false)
                try administration.write(.create(kept), SignedWrite(by: author, nil, kept))
            }
            let key = try administration.makeAPIKey(of: tenant, label: "demo", by: author).key
            announce("made the demo tenant; this API key is not shown again:")
            announce("export AVAL_API_KEY=\(key.text)")
        } catch {
            throw fail("\(error)")
        }
    }

    /// Listed behind the other, which is older.
    private static func sandbox(of tenant: TenantID) -> Program {
        var program = program(of: tenant)
        let made = Instant.wallClock + .seconds(1)
        program.id = ProgramID(at: made, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        program.bin = sandboxBIN
        program.sandbox = Sandbox()
        return program
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
