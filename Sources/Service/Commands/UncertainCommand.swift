import ArgumentParser
import AuthorizationCore
import PostgresLedger

struct UncertainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncertain",
        abstract:
            "List holds whose answers may not have arrived, oldest first: time, authorization, account, hold, its end.",
        discussion: """
            A repeat, a reversal, an advice or a clearing settles them; until then they hold, and then they expire. What was
            posted at once has no end.
            """
    )

    @OptionGroup
    var listing: ListingOptions

    func run() async throws {
        let (settings, _) = try await startUp()
        try await reportingFailure {
            let lifetimes = try settings.holdLifetimes()
            let holds = try settings.administration().uncertainHolds(limit: listing.limit)
            let rows = holds.map { account, hold in
                let amount = hold.isSingleMessage ? hold.posted : hold.held
                return [
                    hold.createdAt.listed, "\(hold.id)", "\(account)",
                    "\(amount) \(hold.balance?.currency.alphabetic ?? "")",
                    hold.isSingleMessage ? "-" : lifetimes.end(of: hold).listed,
                ]
            }
            announce(rows, orElse: "no uncertain holds")
        }
    }
}
