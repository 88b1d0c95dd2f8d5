import CLinux
import Foundation
import Synchronization

/// A program that a test runs, until the object is gone. It has three standard streams and nothing else of this
/// process: no other descriptor, no blocked or ignored signal.
///
/// `Foundation.Process` keeps each child's files open, and once there are more than a thousand it reads past the end of
/// its memory when it starts the next one.
package final class ChildProcess: Sendable {
    package enum Input: Sendable {
        case nothing
        case bytes([UInt8])
        /// What `write` is called with.
        case pipe
    }

    package enum End: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package let identifier: pid_t
    private let standardInput: Descriptor?
    private let standardOutput: NamelessFile
    private let standardError: NamelessFile
    private let ending = Mutex<End?>(nil)

    /// - Parameters:
    ///   - program: its path.
    ///   - environment: nil for that of this process.
    ///   - directory: in which it begins; nil for that of this process.
    ///   - mergesErrors: whether what it writes as errors is part of its output.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        directory: String? = nil,
        input: Input = .nothing,
        mergesErrors: Bool = false
    ) throws {
        standardOutput = try NamelessFile()
        standardError = mergesErrors ? standardOutput : try NamelessFile()
        let from: Descriptor
        switch input {
        case .nothing, .pipe: (from, standardInput) = try Descriptor.pipe()
        case .bytes(let bytes): (from, standardInput) = (try NamelessFile(bytes).descriptor, nil)
        }
        let (output, errors) = (standardOutput, standardError)
        identifier = try withExtendedLifetime(from) {
            try Self.spawn(
                program,
                arguments,
                (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" },
                directory,
                [from.number, output.descriptor.number, errors.descriptor.number]
            )
        }
        if case .nothing = input { standardInput?.close() }
        RunningProcesses.add(identifier)
    }

    deinit {
        send(SIGKILL)
        guard ending.withLock({ $0 == nil }) else { return }
        waitpid(identifier, nil, 0)
        RunningProcesses.remove(identifier)
    }

    /// Runs a program to its end, at most a minute.
    ///
    /// - Returns: its output.
    /// - Throws: `Failure` unless it exits with 0.
    @discardableResult
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        input: Input = .nothing,
        mergesErrors: Bool = false
    ) throws -> Data {
        let process = try ChildProcess(
            program,
            arguments,
            environment: environment,
            input: input,
            mergesErrors: mergesErrors
        )
        guard process.wait(.seconds(60)) == .exited(0) else {
            let (output, errors) = (String(decoding: process.output, as: UTF8.self), process.errors)
            throw Failure(description: "\(program) \(arguments): \(output)\(String(decoding: errors, as: UTF8.self))")
        }
        return process.output
    }

    /// What it has written so far.
    package var output: Data { standardOutput.content }
    /// Empty where they are part of its output.
    package var errors: Data { standardError === standardOutput ? Data() : standardError.content }

    /// How it has ended; nil while it runs.
    package var end: End? {
        ending.withLock { end in
            var status: Int32 = 0
            if end == nil, waitpid(identifier, &status, WNOHANG) == identifier {
                end = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
                RunningProcesses.remove(identifier)
            }
            return end
        }
    }

    package var isRunning: Bool { end == nil }

    /// How it has ended; nil when it has not after that time.
    package func wait(_ limit: Duration) -> End? {
        let deadline = ContinuousClock.now + limit
        while isRunning, .now < deadline { usleep(5_000) }
        return end
    }

    /// To a child that has ended, and whose number may be another's, none.
    package func send(_ signal: Int32) {
        ending.withLock { if $0 == nil { kill(identifier, signal) } }
    }

    /// Into its standard input, which must be a pipe.
    package func write(_ bytes: [UInt8]) throws {
        guard let standardInput else { throw Failure(description: "its input is no pipe") }
        try standardInput.write(bytes)
    }

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String],
        _ directory: String?,
        _ streams: [Int32]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, Int32(streams.count))
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Swift's threads block signals, and a server that inherits that cannot be stopped.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var identifier: pid_t = 0
        let code = withPointers(to: [program] + arguments) { arguments in
            withPointers(to: environment) { environment in
                posix_spawn(&identifier, program, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw Failure(description: "\(program): error \(code)") }
        return identifier
    }

    /// As C has lists of texts: with a null at the end.
    private static func withPointers<Result>(
        to texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}

/// Ends what is still running when the tests end: whatever is shared by them has no other end.
private enum RunningProcesses {
    private static let identifiers = Mutex<Set<pid_t>>([])
    private static let isRegistered: Bool = {
        atexit { RunningProcesses.identifiers.withLock { $0 }.forEach { kill($0, SIGKILL) } }
        return true
    }()

    static func add(_ identifier: pid_t) {
        precondition(isRegistered, "registered with the first process")
        identifiers.withLock { _ = $0.insert(identifier) }
    }

    static func remove(_ identifier: pid_t) { identifiers.withLock { _ = $0.remove(identifier) } }
}
