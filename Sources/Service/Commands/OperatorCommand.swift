import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import HTTPAPI
import PostgresLedger

struct OperatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Operators, their keys, and what they did.",
        discussion: """
            The first operator is an administrator, made with AVAL_DATABASE_OWNER_URL. After that, changes need the \
            key of an administrator in AVAL_OPERATOR_KEY, and are recorded under their name.
            """,
        subcommands: [Add.self, List.self, Revoke.self, Actions.self]
    )
}

extension OperatorName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension OperatorRole: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}

extension OperatorCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Make an operator and print their key, once."
        )

        @Argument(help: "1 to 64 letters, digits, '.', '_' and '-'; never used before.")
        var name: OperatorName

        @Option(help: "reader looks, operator changes, administrator also makes operators and API keys.")
        var role: OperatorRole

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusals = [
                "23505": "the name \(name) was used before", PostgresError.insufficientPrivilege: notOwner,
            ]
            try await reportingFailure(refusals: refusals) {
                try refuseCardNumber(in: name)
                var administration = try settings.administration()
                let author = try settings.author(administration)
                if author == nil {
                    guard role == .administrator else {
                        throw Settings.Problem(description: "the first operator must be an administrator")
                    }
                    administration = Administration(try settings.connection(.ownerURL))
                }
                let key = try AccessKey.random(for: .operator)
                let new = Operator(
                    id: OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
                    name: name,
                    role: role
                )
                try administration.add(new, keyHash: key.hash, by: author)
                announce("made the \(role.name) \(name); this key is not shown again:")
                announce("export AVAL_OPERATOR_KEY=\(key.text)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the operators, oldest first: name, role, since, revoked."
        )

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let rows = try settings.administration().operators().map { listed in
                    [
                        "\(listed.person.name)", listed.person.role.name, listed.createdAt.listed,
                        listed.revokedAt.map { "revoked \($0.listed)" } ?? "-",
                    ]
                }
                announce(rows, orElse: "no operators")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Take an operator's key back. The last administrator cannot be revoked."
        )

        @Argument(help: "The operator's name.")
        var name: OperatorName

        func run() async throws {
            let (settings, _) = try await startUp()
            let last = "\(name) is the last administrator: make another one first"
            try await reportingFailure(refusals: ["AV001": last]) {
                let administration = try settings.administration()
                guard let author = try settings.author(administration) else {
                    throw Settings.Problem(description: "there are no operators")
                }
                guard let listed = try administration.operators().first(where: { $0.person.name == name }) else {
                    throw Settings.Problem(description: "there is no operator \(name)")
                }
                if let end = listed.revokedAt {
                    throw Settings.Problem(description: "\(name) was revoked \(end.listed)")
                }
                try administration.revokeOperator(name, by: author)
                announce("revoked \(name)")
            }
        }
    }

    struct Actions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "actions",
            abstract: "List what was administered, newest first: time, operator or API key, action, object, details.",
            discussion: """
                What operators change in accounts, over HTTP or by settling exceptions, is in the journal, with their \
                names. Looks at card numbers over HTTP are listed here.
                """
        )

        @OptionGroup
        var listing: ListingOptions

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let rows = try settings.administration().actions(limit: listing.limit).map { action in
                    let author = action.name ?? action.apiKey.map { "\($0)" } ?? OperatorName.setup
                    return [action.at.listed, author, action.action, action.object, action.details]
                }
                announce(rows, orElse: "no actions")
            }
        }
    }
}
