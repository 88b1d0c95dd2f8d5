import Foundation
import RedisCache
import TestSupport

/// A Redis of a test's own, which it may stop, kill and write to.
final class PrivateRedis: Sendable {
    private let directory: String
    let url: String

    init() throws {
        directory = "/tmp/aval-redis-" + String(UInt64.random(in: .min ... .max), radix: 36)
        _ = try StoreScript.run("start-redis", directory)
        url = try StoreScript.run("url", directory, "redis")
    }

    func address() throws -> RedisAddress { try RedisAddress(url: url) }

    /// On the same port as before.
    func start() throws { _ = try StoreScript.run("start-redis", directory) }

    func stop() throws { _ = try StoreScript.run("stop-redis", directory) }

    func kill() throws { _ = try StoreScript.run("kill-redis", directory) }

    func remove() {
        _ = try? StoreScript.run("remove", directory)
        try? FileManager.default.removeItem(atPath: directory)
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
        /// An answer of which a byte comes now and then, for five seconds: no single wait is long.
        case drips
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
            case .drips:
                StreamSocket.write(Array("$500\r\n".utf8), to: client)
                for _ in 0..<250 where StreamSocket.write([0x61], to: client) { Thread.sleep(forTimeInterval: 0.02) }
                return
            }
            guard StreamSocket.write(answer, to: client) else { return }
        }
    }
}
