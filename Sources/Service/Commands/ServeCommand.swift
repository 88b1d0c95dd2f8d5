import ArgumentParser
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve clients and networks until SIGINT or SIGTERM.",
        discussion: """
            Needs a migrated database and the keys. On the first signal Aval takes nothing more, answers what it has \
            taken, and exits with status 0; if AVAL_STOP_TIMEOUT passes before, with status 1 and a list of what is left.
            """
    )

    func run() async throws {
        let (settings, logger) = try await startUp()
        for unknown in settings.unknownVariables {
            logger.warning(
                "a variable of the environment names no setting",
                metadata: ["variable": "\(unknown.name)", "nearest": "\(unknown.nearest ?? "none")"]
            )
        }
        do {
            try await Server(settings, logger: logger).run()
        } catch {
            throw fail("\(error)")
        }
    }
}
