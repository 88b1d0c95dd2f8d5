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
            do { settings = try Settings.load() } catch { throw fail("\(error)") }
            let unknown = settings.unknownVariables
            for (name, nearest) in unknown {
                announce("unknown: \(name) names no setting" + (nearest.map { "; \($0) does" } ?? ""))
            }
            var isWrong = showsProblem(settings)
            do {
                try checkTogether(settings, isWrong: isWrong)
            } catch {
                isWrong = true
                announce("wrong: \(error)")
            }
            if isWrong || !unknown.isEmpty { throw ExitCode.failure }
        }

        /// Shows each setting; true when one of them is wrong by itself.
        private func showsProblem(_ settings: Settings) -> Bool {
            var isWrong = false
            for setting in Setting.all {
                let (value, source) = settings.raw(setting)
                let shown = setting.isSecret ? (value == nil ? "not set" : "set") : value ?? "not set"
                announce("\(setting.variable)=\(shown)  (\(source.rawValue); \(setting.help))")
                let isMissing = value == nil && setting.key == Setting.databaseURL.key
                if let problem = isMissing ? "is needed by all that serves" : settings.problem(setting) {
                    isWrong = true
                    announce("  wrong: \(problem)")
                }
            }
            return isWrong
        }

        /// What must fit together, and the networks' file.
        ///
        /// - Parameter isWrong: whether settings are, on which the rest stands.
        private func checkTogether(_ settings: Settings, isWrong: Bool) throws {
            if !isWrong, let problem = try settings.environmentProblem() {
                throw Settings.Problem(description: problem)
            }
            if !isWrong {
                _ = try settings.trustedProxies()
                try VaultDoor.check(settings)
            }
            guard !isWrong || settings.raw(.networkFile).value != nil else { return }
            let networks = try settings.networks()
            for line in networks.flatMap(\.codesInForce) { announce(line) }
            guard !isWrong else { return }
            if let problem = try settings.timeProblem(networks)
                ?? settings.deployment().problem(networks.map(\.profile))
            {
                throw Settings.Problem(description: problem)
            }
        }
    }
}
