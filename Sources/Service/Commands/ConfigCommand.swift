import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Look at the configuration.",
        subcommands: [Check.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Print each setting with its source, the networks' codes, and what is wrong with them.",
            discussion: "Exits with status 1 when something is wrong. Secrets are shown as set or not set."
        )

        func run() async throws {
            let settings: Settings
            do { settings = try await Settings.load() } catch { throw fail("\(error)") }
            var isWrong = false
            for setting in Setting.all {
                let (value, source) = settings.raw(setting)
                let shown = setting.isSecret ? (value == nil ? "not set" : "set") : value ?? "not set"
                announce("\(setting.variable)=\(shown)  (\(source.rawValue); \(setting.help))")
                if let problem = settings.problem(setting) {
                    isWrong = true
                    announce("  wrong: \(problem)")
                }
            }
            do {
                if !isWrong, let problem = try settings.environmentProblem() {
                    throw Settings.Problem(description: problem)
                }
                if !isWrong { _ = try settings.trustedProxies() }
                if !isWrong || settings.raw(.networkFile).value != nil {
                    let networks = try settings.networks()
                    for line in networks.flatMap(\.codesInForce) { announce(line) }
                    if !isWrong,
                        let problem = try settings.timeProblem(networks)
                            ?? settings.deployment().problem(networks.map(\.profile))
                    {
                        throw Settings.Problem(description: problem)
                    }
                }
            } catch {
                isWrong = true
                announce("wrong: \(error)")
            }
            if isWrong { throw ExitCode.failure }
        }
    }
}
