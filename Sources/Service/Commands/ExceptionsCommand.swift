import ArgumentParser
import AuthorizationCore
import PostgresLedger

struct ExceptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "What had to be accepted and could not be applied.",
        subcommands: [List.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the open exceptions, oldest first: time, event, account, authorization, reason."
        )

        @OptionGroup
        var listing: ListingOptions

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let open = try settings.administration().openExceptions(limit: listing.limit)
                let rows = open.map { exception in
                    [
                        exception.createdAt.listed, "\(exception.event)", exception.account.map { "\($0)" } ?? "-",
                        exception.authorization.map { "\($0)" } ?? "-", exception.reason?.name ?? exception.problem,
                    ]
                }
                announce(rows, orElse: "no open exceptions")
            }
        }
    }
}
