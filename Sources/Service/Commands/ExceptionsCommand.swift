import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
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

        @Option(help: "How many at most, 1 to 10000.")
        var limit: Int64 = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            do {
                let open = try Administration(try settings.connection(.databaseURL)).openExceptions(limit: limit)
                for exception in open {
                    let columns = [
                        exception.createdAt.date.formatted(.iso8601), "\(exception.event)",
                        exception.account.map { "\($0)" } ?? "-",
                        exception.authorization.map { "\($0)" } ?? "-", exception.reason?.name ?? exception.problem,
                    ]
                    announce(columns.joined(separator: "  "))
                }
                if open.isEmpty { announce("no open exceptions") }
            } catch {
                throw fail("\(error)")
            }
        }
    }
}
