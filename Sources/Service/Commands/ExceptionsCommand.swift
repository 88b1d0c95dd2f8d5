import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

struct ExceptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "What had to be accepted and could not be applied, and what is done about it.",
        discussion: """
            Changes need the key of an operator or administrator in AVAL_OPERATOR_KEY. They go through a lane, as \
            payments do, and are journaled under the operator's name.
            """,
        subcommands: [List.self, Show.self, Apply.self, WriteOff.self, Exposure.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List exceptions, oldest first.",
            discussion: """
                Columns: time, id, network, kind, reason, account, authorization, card, amount with its direction as \
                the account sees it, age, state.
                """
        )

        @Flag(help: "Those that wait for an operator, or all.")
        var which: Which = .open

        @Option(help: "Only those older than this: a number with s, m, h or d.")
        var olderThan: Age?

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup
        var listing: ListingOptions

        enum Which: String, EnumerableFlag {
            case open
            case all
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let now = Instant.wallClock
                // A clock of another machine may be ahead.
                let age = olderThan?.seconds ?? -86_400
                let before = Instant(microseconds: now.microseconds - age * 1_000_000)
                let records = try settings.administration()
                    .exceptions(all: which == .all, before: before, limit: listing.limit)
                let lines = records.map { ExceptionLine($0, now: now) }
                if json { return try announce(json: lines) }
                announce(lines.map(\.columns), orElse: which == .all ? "no exceptions" : "no open exceptions")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one exception with all that is known of it."
        )

        @Argument(help: "The exception's id, evt_….")
        var id: EventID

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let line = ExceptionLine(try settings.administration().known(id), now: .wallClock)
                if json { return try announce(json: line) }
                for text in line.lines { announce(text) }
            }
        }
    }
}

/// A stretch of time before now.
struct Age: ExpressibleByArgument {
    /// 0 to ten years.
    var seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), argument.count <= 10,
            let number = Int64(argument.dropLast()), (0...315_360_000 / unit).contains(number)
        else { return nil }
        seconds = number * unit
    }
}

extension Identifier: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Administration {
    /// - Throws: a problem when there is no such exception.
    func known(_ id: EventID) throws -> ExceptionRecord {
        guard let record = try exception(id) else {
            throw Settings.Problem(description: "there is no exception \(id)")
        }
        return record
    }
}
