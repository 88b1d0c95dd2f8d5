import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

struct BureauCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bureau",
        abstract: "Orders of physical cards with the bureau that makes them.",
        discussion: """
            An order's file has the cards' numbers and codes. It is encrypted to AVAL_BUREAU_CERTIFICATE before it is \
            written, and needs the keys of AVAL_KEYS_DIRECTORY. Once there is an operator, AVAL_OPERATOR_KEY must be the \
            key of an administrator; sent and confirm take an operator's.
            """,
        subcommands: [Order.self, File.self, List.self, Sent.self, Confirm.self]
    )

    /// What a SQLSTATE means here.
    private static let refusals = ["AV001": "there is no such order, or it is that far already"]

    struct Order: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "order",
            abstract: "Order the cards of a program that were not ordered yet, and write the order's file.",
            discussion: """
                Orders of each card that may still be used the newest instance, once: first issues, renewals and \
                replacements alike. If the file cannot be written, the order stands: `aval bureau file` makes it.
                """
        )

        @Option(help: "The program.")
        var program: ProgramID

        @Option(help: "The file to make. It must not be there.")
        var out: String

        @Option(help: "How many cards at most, 1 to 10000.")
        var limit = BureauOrder.cardCounts.upperBound

        func validate() throws {
            guard BureauOrder.cardCounts.contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusals = ["23514": "no card waits to be ordered", "AV001": "there is no program \(program)"]
            try await reportingFailure(refusals: refusals) {
                let administration = try settings.bureauAdministration()
                let author = try settings.author(administration)
                var press = try await BureauPress(settings, administration, out)
                try await press.checkKey(of: program)
                let number = try administration.makeOrder(
                    of: program,
                    upTo: limit,
                    press.details,
                    by: author
                )
                announce("order \(number)")
                announce(try press.write(try await press.file(ofOrder: number)))
            }
        }
    }

    struct File: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "file",
            abstract: "Write an order's file again, because it was lost. Until the bureau has confirmed the order.",
            discussion: """
                Cards that were lost, stolen or closed since, and those made with a version of a key that is retired, are \
                left out and named on standard error. Where no card is left there is no file.
                """
        )

        @Argument(help: "The order's number.")
        var order: Int64

        @Option(help: "The file to make. It must not be there.")
        var out: String

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let administration = try settings.bureauAdministration()
                let author = try settings.author(administration)
                var press = try await BureauPress(settings, administration, out)
                guard let found = try administration.order(order), found.state != .confirmed else {
                    throw Settings.Problem(description: "there is no such order, or the bureau has confirmed it")
                }
                let file = try await press.file(ofOrder: order)
                try administration.recordFile(ofOrder: order, file.recorded, by: author)
                announce(try press.write(file))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the newest orders: number, program, cards, state, since."
        )

        @OptionGroup
        var options: ListingOptions

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let rows = try settings.administration().orders(limit: options.limit).map { order in
                    [
                        "\(order.number)", "\(order.program)", "\(order.cardCount) cards", order.state.name,
                        order.stateSince.listed,
                    ]
                }
                announce(rows, orElse: "no orders")
            }
        }
    }

    struct Sent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sent",
            abstract: "Note that an order's file has gone to the bureau."
        )

        @Argument(help: "The order's number.")
        var order: Int64

        func run() async throws { try await advance(order, to: .sent) }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm",
            abstract: "Note that the bureau has an order. Its file is not made again."
        )

        @Argument(help: "The order's number.")
        var order: Int64

        func run() async throws { try await advance(order, to: .confirmed) }
    }

    private static func advance(_ number: Int64, to state: BureauOrder.State) async throws {
        let (settings, _) = try await startUp()
        try await reportingFailure(refusals: refusals) {
            let administration = try settings.administration()
            let author = try settings.author(administration, atLeast: .operator)
            try administration.advanceOrder(number, to: state, by: author)
            announce("order \(number) is \(state.name)")
        }
    }
}

extension Settings {
    /// With the serving role. Finding the cards of an order may take a while.
    fileprivate func bureauAdministration() throws -> Administration {
        let connection = try PostgresConnection(
            url: try text(.databaseURL),
            timeout: .seconds(120),
            application: "aval bureau",
            // Before this side gives up: what the operator saw fail was not committed.
            session: [("statement_timeout", "100s")]
        )
        try Migrator.checkVersion(connection)
        return Administration(connection)
    }
}
