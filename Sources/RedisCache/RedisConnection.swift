import CHiredis
import Foundation

/// What went wrong with Redis. Holds no key or value.
package struct RedisError: Error, Hashable, CustomStringConvertible {
    package var description: String
}

/// Where Redis is.
package struct RedisAddress: Hashable, Sendable {
    package var host: String
    package var port: Int32
    /// From the URL's user part; nil when Redis asks for none.
    var password: String?

    /// - Parameter url: `redis://[:password@]host[:port]`.
    /// - Throws: `RedisError` that says what is wrong. TLS (`rediss://`) is not supported by hiredis 0.14.
    package init(url: String) throws(RedisError) {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw RedisError(description: "not a URL such as redis://127.0.0.1:6379")
        }
        guard parts.scheme == "redis" else {
            let reason = parts.scheme == "rediss" ? "TLS is not supported" : "the scheme must be redis"
            throw RedisError(description: "\(reason): use redis://host:port on a network that is trusted")
        }
        self.host = host
        port = Int32(clamping: parts.port ?? 6_379)
        password = parts.password
    }
}

/// One hiredis connection. Used by one thread; every wait is bounded.
final class RedisConnection {
    private let context: UnsafeMutablePointer<redisContext>

    init(_ address: RedisAddress, timeout: Duration) throws(RedisError) {
        let attoseconds = timeout.components.attoseconds
        let limit = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        guard let context = redisConnectWithTimeout(address.host, address.port, limit) else {
            throw RedisError(description: "out of memory")
        }
        self.context = context
        guard context.pointee.err == 0, redisSetTimeout(context, limit) == REDIS_OK else { throw failure() }
        if let password = address.password {
            try send(["AUTH", password].map { Array($0.utf8) })
            _ = try receive()
        }
    }

    deinit { redisFree(context) }

    /// Queues a command; it leaves with the next `receive`.
    func send(_ arguments: [[UInt8]]) throws(RedisError) {
        let bytes = Array(arguments.joined()) + [0]
        let lengths = arguments.map(\.count)
        let status = bytes.withUnsafeBytes { raw -> Int32 in
            guard let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else { return REDIS_ERR }
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return base + offset
            }
            return redisAppendCommandArgv(context, Int32(arguments.count), &pointers, lengths)
        }
        guard status == REDIS_OK else { throw failure() }
    }

    /// The elements of the next reply that are strings; nil for the others. A plain string is one element.
    func receive() throws(RedisError) -> [[UInt8]?] {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw failure() }
        defer { freeReplyObject(raw) }
        let reply = raw.assumingMemoryBound(to: redisReply.self).pointee
        switch reply.type {
        case REDIS_REPLY_ARRAY:
            return (0..<reply.elements).map { index in
                guard let element = reply.element[index] else { return nil }
                return Self.string(element.pointee)
            }
        case REDIS_REPLY_ERROR:
            throw RedisError(description: "Redis refused a command")
        default:
            return [Self.string(reply)]
        }
    }

    private static func string(_ reply: redisReply) -> [UInt8]? {
        guard reply.type == REDIS_REPLY_STRING, let start = reply.str else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: reply.len))
    }

    private func failure() -> RedisError {
        let problem = withUnsafeBytes(of: context.pointee.errstr) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(description: problem.isEmpty ? "Redis does not answer" : problem)
    }
}
