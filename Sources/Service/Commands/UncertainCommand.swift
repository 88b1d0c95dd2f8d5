import ArgumentParser
import AuthorizationCore
import PostgresLedger

struct UncertainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncertain",
        abstract:
            "List the holds whose answers may not have arrived, oldest first: time, authorization, account, hold.",
        discussion: "A repeat, a reversal or a clearing settles them; until then they hold."
    )

    @OptionGroup
    var listing: ListingOptions

    func run() async throws {
        let (settings, _) = try await startUp()
        try await reportingFailure {
            let holds = try settings.administration().uncertainHolds(limit: listing.limit)
            let rows = holds.map { hold in
                [
                    hold.createdAt.listed, "\(hold.authorization)", "\(hold.account)",
                    "\(hold.held.minorUnits) \(hold.held.currency.alphabetic)",
                ]
            }
            announce(rows, orElse: "no uncertain holds")
        }
    }
}
