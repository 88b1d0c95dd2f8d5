import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import ISO8583
import PostgresLedger

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Tenants: clients who have card programs, accounts and API keys of their own.",
        subcommands: [Add.self, List.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Make a tenant and print its id.",
            discussion: "Once there is an operator, AVAL_OPERATOR_KEY must be the key of an administrator."
        )

        @Argument(help: "1 to 64 printable ASCII characters.")
        var name: String

        func validate() throws {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw ValidationError("the name must have 1 to 64 printable ASCII characters")
            }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            let name = name.withoutCardNumbers
            try await reportingFailure {
                let administration = try settings.administration()
                let author = try settings.author(administration)
                guard try administration.tenants(named: name).isEmpty else {
                    throw Settings.Problem(description: "there is a tenant \(name)")
                }
                let id = TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
                try administration.addTenant(id, name: name, by: author)
                announce("made the tenant \(id)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the tenants, oldest first: id, name, since."
        )

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let rows = try settings.administration().tenants().map { tenant in
                    ["\(tenant.id)", tenant.name, tenant.createdAt.listed]
                }
                announce(rows, orElse: "no tenants")
            }
        }
    }
}
