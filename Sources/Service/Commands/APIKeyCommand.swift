import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import HTTPAPI
import ISO8583
import PostgresLedger

struct APIKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-key",
        abstract: "API keys of tenants.",
        discussion: """
            Once there is an operator, changes need the key of an administrator in AVAL_OPERATOR_KEY. A revoked key \
            stops working within five seconds.
            """,
        subcommands: [Add.self, List.self, Change.self, Rotate.self, Revoke.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Make an API key for a tenant and print it, once.",
            discussion: """
                Without --scope it may do everything that clients may, without --allow it may be used from everywhere, \
                and without --rate it has the installation's http.rate.
                """
        )

        @Option(help: "The tenant's name or id.")
        var tenant: String

        @Option(help: "What the key is for: 1 to 64 printable ASCII characters.")
        var label: String

        @OptionGroup
        var terms: APIKeyTermOptions

        func validate() throws {
            guard (1...64).contains(label.utf8.count), label.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw ValidationError("--label must have 1 to 64 printable ASCII characters")
            }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            let most = "the tenant has \(ListedAPIKey.mostLive) live keys, which is the most: revoke one first"
            try await reportingFailure(refusals: ["23503": "there is no tenant \(tenant)", "AV001": most]) {
                let administration = try settings.administration()
                let author = try settings.author(administration)
                let made = try administration.makeAPIKey(
                    of: try id(administration),
                    label: label.withoutCardNumbers,
                    terms: terms.terms,
                    by: author
                )
                announce("made the API key \(made.id); it is not shown again:")
                announce("export AVAL_API_KEY=\(made.key.text)")
            }
        }

        private func id(_ administration: Administration) throws -> TenantID {
            if let id = TenantID(tenant) { return id }
            let found = try administration.tenants(named: tenant)
            guard let id = found.first else { throw Settings.Problem(description: "there is no tenant \(tenant)") }
            guard found.count == 1 else {
                throw Settings.Problem(description: "several tenants are called \(tenant): give the id")
            }
            return id
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the API keys, oldest first: id, tenant, label, prefix, since, revoked, last use, terms."
        )

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let rows = try settings.administration().apiKeys().map { listed in
                    [
                        "\(listed.key.id)", "\(listed.tenantName) (\(listed.key.tenant))", listed.label,
                        listed.secretPrefix ?? "-", listed.createdAt.listed,
                        listed.revokedAt.map { "revoked \($0.listed)" } ?? "-",
                        listed.lastUsedAt.map { "used \($0.listed)" } ?? "-", listed.key.terms.listed,
                    ] + (listed.overlapsUntil.map { ["earlier secrets until \($0.listed)"] } ?? [])
                }
                announce(rows, orElse: "no API keys")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke an API key. It stops working within five seconds."
        )

        @Argument(help: "The key's id, as the list shows it.")
        var id: String

        func run() async throws {
            let (settings, _) = try await startUp()
            let unknown = "there is no live API key \(id)"
            try await reportingFailure(refusals: ["AV001": unknown]) {
                guard let id = APIKeyID(id) else { throw Settings.Problem(description: unknown) }
                let administration = try settings.administration()
                let author = try settings.author(administration)
                try administration.write(.revoke(id, evenLast: true), SignedKeyWrite(author: author?.actor))
                announce("revoked \(id)")
            }
        }
    }
}
