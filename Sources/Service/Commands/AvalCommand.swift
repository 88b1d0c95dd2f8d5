import ArgumentParser
import Foundation
import Logging
import PostgresLedger

/// The `aval` command.
package struct AvalCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "aval",
        abstract: "Card transaction authorization for issuers.",
        discussion: """
            Settings come from the environment (AVAL_…), then from the JSON file that AVAL_CONFIG_FILE names, then \
            from defaults; `aval config check` shows each with its source.
            """,
        // There are no releases yet; the schema is what a database and its builds must agree in.
        version: "unreleased, schema \(Migrator.knownVersion)",
        subcommands: [
            ServeCommand.self, MigrateCommand.self, PartitionsCommand.self, DemoCommand.self, ConfigCommand.self,
            OperatorCommand.self, TenantCommand.self, APIKeyCommand.self, ProgramCommand.self, KeysCommand.self,
            KeyFilesCommand.self, VaultCommand.self, BureauCommand.self, ExceptionsCommand.self, UncertainCommand.self,
            MessagesCommand.self, DisputesCommand.self, LedgerCommand.self, ReplayCommand.self, NetworkCommand.self,
            SendCommand.self, DialectCommand.self, DescribeCommand.self, EncodeCommand.self, NetworkSimCommand.self,
            CalcCommand.self,
        ]
    )

    package init() {}

    /// Runs the command that the arguments name, in memory that is protected before anything is read: some commands take
    /// test keys and card numbers without any settings.
    ///
    /// - Parameter arguments: nil for the process's own.
    package static func start(_ arguments: [String]? = nil) async {
        do {
            try MemoryProtection.begin()
        } catch {
            exit(withError: fail("\(error)"))
        }
        await main(arguments)
    }
}

/// What commands with settings start with: those, and a logger that writes to standard error.
func startUp() async throws -> (settings: Settings, logger: Logger) {
    let settings = try Settings.load()
    let level = Logger.Level(rawValue: try settings.text(.logLevel)) ?? .notice
    LoggingSystem.bootstrap { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = level
        return handler
    }
    return (settings, Logger(label: "aval"))
}

/// Says what went wrong and ends the process with status 1.
func fail(_ problem: String) -> ExitCode {
    warn(problem)
    return .failure
}

/// Says what goes wrong; the process goes on.
@Sendable func warn(_ problem: String) {
    FileHandle.standardError.write(Data("aval: \(problem)\n".utf8))
}

extension Settings {
    func connection(_ url: Setting) throws -> PostgresConnection {
        try PostgresConnection(url: try text(url), timeout: try milliseconds(.databaseTimeout))
    }
}
