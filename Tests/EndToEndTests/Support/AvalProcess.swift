import Foundation
import Synchronization
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

    private let process: Process
    private let output: OutputFile
    let httpPort: Int
    /// Of all listeners and connectors, in the configuration's order.
    let networkPorts: [Int]

    var identifier: pid_t { process.processIdentifier }
    var networkPort: Int { networkPorts[0] }

    /// Starts `aval serve` and waits until its doors are open.
    ///
    /// - Parameter doors: listeners and connectors of all networks.
    init(_ installation: Installation, _ more: [String: String] = [:], doors: Int = 1) throws {
        let process = Process()
        process.executableURL = try Self.binary()
        process.arguments = ["serve"]
        process.currentDirectoryURL = TestEnvironment.repository
        process.environment = try Self.environment(installation.database).merging(more) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let output = try OutputFile()
        process.standardOutput = output.handle
        // Whatever inherits this process's own standard error keeps its reader waiting.
        process.standardError = output.handle
        self.process = process
        self.output = output
        try process.run()
        RunningProcesses.add(process.processIdentifier)
        var text = ""
        for _ in 0..<3_000 where process.isRunning {
            if Self.ports(after: "HTTP ", in: text).count == 1,
                Self.ports(after: "ISO 8583 ", in: text).count == doors
            {
                break
            }
            usleep(10_000)
            text = output.text
        }
        let httpPorts = Self.ports(after: "HTTP ", in: text)
        networkPorts = Self.ports(after: "ISO 8583 ", in: text)
        guard httpPorts.count == 1, networkPorts.count == doors else {
            throw Problem(description: "not all doors are open: \(text)")
        }
        httpPort = httpPorts[0]
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Of the vault's listener.
    func vaultPort() throws -> Int {
        for _ in 0..<1_000 {
            let line = text.split(separator: "\n").first { $0.hasPrefix("vault ") }
            if let port = line?.split(separator: ":").last.flatMap({ Int($0) }) { return port }
            usleep(10_000)
        }
        throw Problem(description: "no vault: \(text)")
    }

    /// What it has written so far, to both of its outputs.
    var text: String { output.text }
    var written: Data { output.data }

    /// Asks it to stop and waits; returns the exit status. What a crash of its own leaves is shown, which may be seen once.
    func stop() -> Int32 {
        kill(process.processIdentifier, SIGINT)
        let status = wait()
        if !process.isRunning, process.terminationReason == .uncaughtSignal {
            Issue.record("aval has ended by signal \(status): \(text)")
        }
        return status
    }

    func interrupt() { kill(process.processIdentifier, SIGINT) }

    /// Waits for its end, at most half a minute; returns the exit status, or -1 when it did not end.
    func wait() -> Int32 {
        // `waitUntilExit` spins a run loop, which test threads do not have.
        for _ in 0..<3_000 where process.isRunning { usleep(10_000) }
        guard !process.isRunning else { return -1 }
        RunningProcesses.remove(process.processIdentifier)
        return process.terminationStatus
    }

    /// Ends it as a crash would; returns the signal that ended it.
    @discardableResult
    func crash(by signal: Int32 = SIGKILL) -> Int32 {
        kill(process.processIdentifier, signal)
        return wait()
    }

    /// Runs `aval` to its end.
    static func command(
        _ arguments: [String],
        on database: TestDatabase,
        settings: [String: String] = [:],
        input: String? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = try binary()
        process.arguments = arguments
        process.currentDirectoryURL = TestEnvironment.repository
        process.environment = try environment(database).merging(settings) { _, new in new }
        let standardInput = try OutputFile()
        let output = try OutputFile()
        let errors = try OutputFile()
        standardInput.handle.write(Data((input ?? "").utf8))
        try standardInput.handle.seek(toOffset: 0)
        process.standardInput = standardInput.handle
        process.standardOutput = output.handle
        process.standardError = errors.handle
        try process.run()
        for _ in 0..<6_000 where process.isRunning { usleep(5_000) }
        return (process.isRunning ? -1 : process.terminationStatus, output.text, errors.text)
    }

    /// For `aval calc`, which takes no key of a database.
    static let withoutDatabase = ["AVAL_DATABASE_URL": ""]

    private static func binary() throws -> URL { URL(fileURLWithPath: try TestEnvironment.value("AVAL_TEST_BINARY")) }

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

/// A temporary file that a child process writes to, without a name from its start, so that nothing of it stays. Not a
/// pipe: children that are started meanwhile would inherit its end, and it would never be at its end.
private struct OutputFile {
    let handle: FileHandle

    init() throws {
        let path = NSTemporaryDirectory() + "aval-test-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { unlink(path) }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw AvalProcess.Problem(description: "cannot write \(path)")
        }
        self.handle = handle
    }

    /// Opened anew, so that the writer's position stays.
    var data: Data { FileManager.default.contents(atPath: "/proc/self/fd/\(handle.fileDescriptor)") ?? Data() }

    var text: String { String(decoding: data, as: UTF8.self) }
}

/// Ends what is still running when the tests end: whatever is shared by them has no other end.
private enum RunningProcesses {
    private static let identifiers = Mutex<[pid_t]>([])
    private static let isRegistered: Bool = {
        atexit { RunningProcesses.identifiers.withLock { $0 }.forEach { kill($0, SIGKILL) } }
        return true
    }()

    static func add(_ identifier: pid_t) {
        precondition(isRegistered, "registered with the first process")
        identifiers.withLock { $0.append(identifier) }
    }

    static func remove(_ identifier: pid_t) { identifiers.withLock { $0.removeAll { $0 == identifier } } }
}
