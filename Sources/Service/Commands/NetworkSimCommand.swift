import ArgumentParser
import CardNetwork
import Foundation
import ISO8583
import NetworkSimulator
import YAMLFiles

struct NetworkSimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network-sim",
        abstract: "Play acquirer and card network against any ISO 8583 issuer, by a scenario.",
        discussion: """
            A scenario is a YAML file: messages, repeats, reversals, advices, late and missing answers, changes of \
            keys, what the issuer itself starts, malformed bytes and traffic by a mix, and what is expected of each \
            answer. `--example` prints one to start from, with its keys explained. Each expectation gets a line, card \
            data masked; status 0 says that all were met, 1 that some were not, 2 that the scenario could not be \
            played, and why.

            Steps: send, prepare, manage, repeat, reverse, late, advise, complete, await, receive, traffic, \
            connection, wait_ms, advance_s, mac_key, raw, garbage.

            The same seed sends the same trace numbers, amounts and mix. Card numbers and keys go into a file of \
            variables (NAME: VALUE, one a line), because other users of the machine see command lines; there, keys \
            are refused, and card numbers are but for the test range 990000.

              aval network-sim --example > first.yaml
              aval network-sim --check first.yaml
              aval network-sim --scenario first.yaml --variables card.yaml --endpoint 127.0.0.1:8583
            """
    )

    @Option(help: "The scenario to play.")
    var scenario: String?

    @Option(help: "A scenario to verify: all that is wrong with it, each with line and key. Nothing is sent.")
    var check: String?

    @Flag(help: "Print a scenario to start from.")
    var example = false

    @Option(help: "HOST:PORT, in place of the scenario's.")
    var endpoint: String?

    @Option(help: "In place of the scenario's; without either one is drawn, and the report has it.")
    var seed: UInt64?

    @Option(help: "A file with the values of variables.")
    var variables: String?

    @Option(name: .customLong("var"), help: "NAME=VALUE of a variable; may be given more than once.")
    var values: [String] = []

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard [scenario != nil, check != nil, example].count(where: { $0 }) == 1 else {
            throw ValidationError("one of --scenario, --check and --example is expected")
        }
    }

    func run() async throws {
        do {
            if example { return FileHandle.standardOutput.write(Data(ScenarioFile.example.utf8)) }
            if let check {
                let scenario = try ScenarioFile.load(check)
                return announce("\(check): \(scenario.name): \(scenario.steps.count) steps")
            }
            let report = try await play(try ScenarioFile.load(scenario ?? ""))
            announce(json ? try jsonLine(report) : report.description)
            if !report.isPassed { throw ExitCode.failure }
        } catch let code as ExitCode {
            throw code
        } catch {
            _ = fail("\(error)")
            throw ExitCode(2)
        }
    }

    private func play(_ scenario: Scenario) async throws -> Report {
        var scenario = scenario
        if let endpoint { try scenario.endpoint.move(to: endpoint) }
        var values = try variables.map(ScenarioFile.loadVariables) ?? [:]
        for argument in self.values {
            let (name, value) = try Self.variable(argument)
            guard !scenario.keyVariables.contains(name) else {
                throw Settings.Problem(description: "--var \(name) is a key: use --variables")
            }
            values[name] = value
        }
        var run = try ScenarioRun(
            scenario,
            seed: seed ?? scenario.seed ?? .random(in: .min ... .max),
            variables: values
        ) { line in
            FileHandle.standardError.write(Data("\(line)\n".utf8))
        }
        return try await run.play()
    }

    /// Problems name the variable alone: its value may be a card number.
    static func variable(_ argument: String) throws -> (name: String, value: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw Settings.Problem(description: "--var is not NAME=VALUE")
        }
        guard !CardNumberArguments.hold(parts[1]) else {
            throw Settings.Problem(
                description: "--var \(parts[0]) holds a card number outside the test range: use --variables"
            )
        }
        return (parts[0], parts[1])
    }
}

extension Endpoint {
    /// - Parameter text: HOST:PORT, an IPv6 address in brackets or not.
    fileprivate mutating func move(to text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            ((isListener ? 0 : 1)...65_535).contains(port), colon > text.startIndex
        else { throw Settings.Problem(description: "--endpoint: \(text) is not HOST:PORT") }
        host = text[..<colon].trimmingCharacters(in: ["[", "]"])
        self.port = port
    }
}

extension ScenarioFile {
    fileprivate static func load(_ path: String) throws -> Scenario {
        let resolver = Resolver(dialect: Dialect.init(argument:)) { section, isListener in
            let section = TLSSection(section: section)
            let tls = isListener ? section.listenerTLS() : section.connectorTLS()
            return tls.map { LinkTLS($0.context, serverName: $0.serverName) }
        }
        return try read(try content(path), file: path, resolver)
    }

    fileprivate static func loadVariables(_ path: String) throws -> [String: String] {
        try variables(try content(path), file: path)
    }

    private static func content(_ path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path), let content = try file.read(upToCount: maximumBytes + 1)
        else { throw Settings.Problem(description: "\(path) cannot be read") }
        return Array(content)
    }
}
