import ChildProcess
import Foundation
import TestSupport
import Testing

/// The built binary as a child process, on a database of its own.
final class AvalProcess: Sendable {
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    /// A migrated database with the demo tenant, and the tenant's API key.
    struct Installation: Sendable {
        let database: TestDatabase
        let apiKey: String

        static func make() throws -> Installation { try make(TestDatabase.make()) }

        static func make(_ database: TestDatabase) throws -> Installation {
            let demo = try AvalProcess.command(["demo"], on: database)
            let line = demo.output.split(separator: "\n").first { $0.hasPrefix("export AVAL_API_KEY=") }
            guard demo.status == 0, let key = line?.split(separator: "=").last else {
                throw Problem(description: "aval demo failed: \(demo.output)\(demo.errors)")
            }
            return Installation(database: database, apiKey: String(key))
        }
    }

    private let process: ChildProcess
    let httpPort: Int
    /// Of all listeners and connectors, in the configuration's order.
    let networkPorts: [Int]

    var identifier: pid_t { process.identifier }
    var networkPort: Int { networkPorts[0] }

    /// Starts `aval serve` and waits until its doors are open.
    ///
    /// - Parameter doors: listeners and connectors of all networks.
    init(_ installation: Installation, _ more: [String: String] = [:], doors: Int = 1) throws {
        let process = try ChildProcess(
            try TestEnvironment.value("AVAL_TEST_BINARY"),
            ["serve"],
            environment: try Self.environment(installation.database).merging(more) { _, new in new },
            directory: TestEnvironment.repository.path,
            mergesErrors: true
        )
        self.process = process
        var text = ""
        for _ in 0..<3_000 where process.isRunning {
            if Self.ports(after: "HTTP ", in: text).count == 1,
                Self.ports(after: "ISO 8583 ", in: text).count == doors
            {
                break
            }
            usleep(10_000)
            text = String(decoding: process.output, as: UTF8.self)
        }
        let httpPorts = Self.ports(after: "HTTP ", in: text)
        networkPorts = Self.ports(after: "ISO 8583 ", in: text)
        guard httpPorts.count == 1, networkPorts.count == doors else {
            throw Problem(description: "not all doors are open: \(text)")
        }
        httpPort = httpPorts[0]
    }

    /// One that does not give up what a test holds up because the machine has other work to do: its statements may take
    /// 25 seconds, its answers a minute.
    static func patient(_ installation: Installation, _ settings: [String: String]) throws -> AvalProcess {
        let network = """
              - name: test
                dialect: iso87-ascii-hexbitmap
                sign_on_required: false
                deadline_ms: 60000
                listen: [{host: 127.0.0.1, port: 0}]
            """
        let times = ["AVAL_DATABASE_TIMEOUT": "50000", "AVAL_HTTP_TIMEOUT": "60000"]
        return try PlayedScenario.serve(network, on: installation, settings.merging(times) { $1 })
    }

    /// Of the vault's listener.
    func vaultPort() throws -> Int {
        for _ in 0..<6_000 {
            let line = text.split(separator: "\n").first { $0.hasPrefix("vault ") }
            if let port = line?.split(separator: ":").last.flatMap({ Int($0) }) { return port }
            usleep(10_000)
        }
        throw Problem(description: "no vault: \(text)")
    }

    /// What it has written so far, to both of its outputs.
    var text: String { String(decoding: written, as: UTF8.self) }
    var written: Data { process.output }

    /// Asks it to stop and waits; returns the exit status. What a crash of its own leaves is shown, which may be seen once.
    func stop() -> Int32 {
        interrupt()
        let end = process.wait(.seconds(30))
        if case .signalled(let signal) = end { Issue.record("aval has ended by signal \(signal): \(text)") }
        return end?.code ?? -1
    }

    func interrupt() { process.send(SIGINT) }

    /// Waits for its end, at most half a minute; returns the exit status or signal, or -1 when it did not end.
    func wait() -> Int32 { process.wait(.seconds(30))?.code ?? -1 }

    /// Ends it as a crash would; returns the signal that ended it.
    @discardableResult
    func crash(by signal: Int32 = SIGKILL) -> Int32 {
        process.send(signal)
        return wait()
    }

    /// Runs `aval` to its end.
    static func command(
        _ arguments: [String],
        on database: TestDatabase,
        settings: [String: String] = [:],
        input: String? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = try ChildProcess(
            try TestEnvironment.value("AVAL_TEST_BINARY"),
            arguments,
            environment: try environment(database).merging(settings) { _, new in new },
            directory: TestEnvironment.repository.path,
            input: .bytes(Array((input ?? "").utf8))
        )
        let status = process.wait(.seconds(60))?.code ?? -1
        let (output, errors) = (process.output, process.errors)
        return (status, String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    }

    /// For `aval calc`, which takes no key of a database.
    static let withoutDatabase = ["AVAL_DATABASE_URL": ""]

    private static func environment(_ database: TestDatabase) throws -> [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "AVAL_ENVIRONMENT": "development",
            "AVAL_DATABASE_URL": database.servingURL,
            "AVAL_DATABASE_OWNER_URL": database.ownerURL,
            "AVAL_KEYS_DIRECTORY": try TestEnvironment.value("AVAL_TEST_KEYS_DIRECTORY"),
            "AVAL_SWAGGER_UI_DIRECTORY": try TestEnvironment.value("AVAL_TEST_SWAGGER_UI_DIRECTORY"),
            "AVAL_HTTP_PORT": "0", "AVAL_REVEAL_DIRECT": "on", "AVAL_VAULT_PORT": "0", "AVAL_NETWORK_PORT": "0",
            "AVAL_LOG_LEVEL": ProcessInfo.processInfo.environment["AVAL_LOG_LEVEL"] ?? "error",
        ]
    }

    /// At the end of each whole line that begins so.
    private static func ports(after label: String, in text: String) -> [Int] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .filter { $0.hasPrefix(label) }
            .compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }
    }
}

extension ChildProcess.End {
    /// The exit status or the signal.
    fileprivate var code: Int32 {
        switch self {
        case .exited(let status): status
        case .signalled(let signal): signal
        }
    }
}
