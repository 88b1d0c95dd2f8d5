import Foundation
import RedisCache
import TestSupport

/// A Redis of a test's own, which it may stop, kill and write to.
final class PrivateRedis: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let directory: String
    private let scripts: String
    let url: String

    init() throws {
        scripts = try TestEnvironment.value("AVAL_TEST_STORES")
        directory = "/tmp/aval-redis-" + String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try Self.run(scripts, ["start-redis", directory])
        url = try Self.run(scripts, ["url", directory, "redis"])
    }

    func address() throws -> RedisAddress { try RedisAddress(url: url) }

    /// On the same port as before.
    func start() throws { _ = try Self.run(scripts, ["start-redis", directory]) }

    func stop() throws { _ = try Self.run(scripts, ["stop-redis", directory]) }

    func kill() throws { _ = try Self.run(scripts, ["kill-redis", directory]) }

    func remove() {
        _ = try? Self.run(scripts, ["remove", directory])
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Runs a script to its end, at most ten seconds, and returns the last line of its output.
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        // Redis must not inherit the descriptor by which Foundation notices the end of a process.
        let script = "(for f in /proc/$BASHPID/fd/*; do f=${f##*/}; ((f < 3)) || exec {f}>&-; done; exec \"$@\")"
        process.arguments = ["-c", script + "; exit $?", "bash", program] + arguments
        let path = "/tmp/aval-redis-output-" + String(UInt64.random(in: .min ... .max), radix: 36)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Not a pipe: a daemon that inherits it would keep it open.
        guard let output = FileHandle(forWritingAtPath: path) else { throw Failure(description: "no output file") }
        process.standardOutput = output
        process.standardError = output
        // Swift's threads block signals, and Redis would inherit that: SIGTERM could not stop it.
        var none = sigset_t(), blocked = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try process.run()
        for _ in 0..<2_000 where process.isRunning { usleep(5_000) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard !process.isRunning, process.terminationStatus == 0 else {
            throw Failure(description: "\(arguments): \(text)")
        }
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }
}

/// Something that listens where a Redis should be.
final class FalseRedis: Sendable {
    enum Behaviour: CaseIterable, Sendable {
        /// Random bytes to whatever is asked.
        case babbles
        /// A well-formed answer of another length.
        case answersTooMuch
        /// A string of almost no end.
        case promisesTooMuch
        case refuses
        case neverAnswers
        case closes
        /// Half an answer, and the end.
        case cutsShort
    }

    private let listener: Int32
    let url: String

    init(_ behaviour: Behaviour) throws {
        let (descriptor, port) = try StreamSocket.listenOnLoopback()
        listener = descriptor
        url = "redis://127.0.0.1:\(port)"
        Thread.detachNewThread {
            while let client = StreamSocket.accept(descriptor) {
                Thread.detachNewThread { Self.serve(client, behaviour) }
            }
            Foundation.close(descriptor)
        }
    }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ client: Int32, _ behaviour: Behaviour) {
        defer { Foundation.close(client) }
        while StreamSocket.read(client) != nil {
            let answer: [UInt8]
            switch behaviour {
            case .babbles: answer = (0..<200).map { _ in UInt8.random(in: .min ... .max) }
            case .answersTooMuch: answer = Array("*3\r\n$1\r\na\r\n$1\r\nb\r\n:7\r\n".utf8)
            case .promisesTooMuch: answer = Array("*1\r\n$536870911\r\nabc".utf8)
            case .refuses: answer = Array("-ERR no\r\n".utf8)
            case .neverAnswers: continue
            case .closes: return
            case .cutsShort:
                StreamSocket.write(Array("*1\r\n$81\r\n\u{1}abc".utf8), to: client)
                return
            }
            guard StreamSocket.write(answer, to: client) else { return }
        }
    }
}
