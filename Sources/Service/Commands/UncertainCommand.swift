import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

struct UncertainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncertain",
        abstract:
            "List the holds whose answers may not have arrived, oldest first: time, authorization, account, hold.",
        discussion: "A repeat, a reversal or a clearing settles them; until then they hold."
    )

    @Option(help: "How many at most, 1 to 10000.")
    var limit: Int64 = 100

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
    }

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            let holds = try Administration(try settings.connection(.databaseURL)).uncertainHolds(limit: limit)
            for hold in holds {
                let columns = [
                    hold.createdAt.date.formatted(.iso8601), "\(hold.authorization)", "\(hold.account)",
                    "\(hold.held.minorUnits) \(hold.held.currency.alphabetic)",
                ]
                announce(columns.joined(separator: "  "))
            }
            if holds.isEmpty { announce("no uncertain holds") }
        } catch {
            throw fail("\(error)")
        }
    }
}
