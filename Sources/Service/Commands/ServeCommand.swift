import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve clients and networks until SIGINT or SIGTERM.",
        discussion: """
            Needs a migrated database and the keys. On the first signal Aval takes nothing more, answers what it has \
            taken, and exits with status 0; with status 1 if AVAL_STOP_TIMEOUT passes before.
            """
    )

    func run() async throws {
        let (settings, logger) = try await startUp()
        do {
            let unanswered = try await Server(settings, logger: logger).run()
            guard unanswered == 0 else {
                throw fail("stopped with \(unanswered) requests unanswered, or more")
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)")
        }
    }
}
