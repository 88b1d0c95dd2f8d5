import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

struct DisputesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disputes",
        abstract: "What disputes about payments are argued with.",
        subcommands: [Show.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show everything that is kept of an authorization's messages, oldest first.",
            discussion: """
                What the message said of merchant, terminal, chip, authentication and token, what the checks found, \
                and the codes that were sent.
                """
        )

        @Argument(help: "The authorization.")
        var authorization: AuthorizationID

        @Flag(help: "One JSON object a line, for each event.")
        var json = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                guard let view = try settings.administration().authorizationView(authorization) else {
                    throw Settings.Problem(description: "there is no \(authorization)")
                }
                for entry in view.history { try announce(entry, of: view) }
            }
        }

        private func announce(_ entry: JournalEntry, of view: AuthorizationView) throws {
            let fields = DisputeRecord(entry, of: view).fields
            if json {
                Service.announce(try jsonLine(Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }))
            } else {
                Service.announce("\(entry.decidedAt.listed)  \(entry.command.name)")
                for field in fields { Service.announce("  \(field.name)  \(plain(field.value))") }
            }
        }

        /// Control characters would reach the terminal.
        private func plain(_ text: String) -> String {
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? "." : $0 }
                )
            )
        }
    }
}
