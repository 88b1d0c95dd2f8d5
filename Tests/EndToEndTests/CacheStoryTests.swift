import Foundation
import ISO8583
import TestSupport
import Testing

/// Payments beside a Redis that works, lies, forgets or is away: the answers are the same.
@Suite(.serialized) struct CacheStoryTests {
    /// What happens to the cache between two payments, as a Redis script; nil is nothing.
    private static let changes: [(name: String, script: String?)] = [
        ("filled", nil), ("used", nil), ("wiped", "redis.call('FLUSHALL')"),
        ("garbage", "for _, k in ipairs(redis.call('KEYS', 'aval:route:*')) do redis.call('SET', k, 'x') end"),
        (
            "another card's entries",
            """
            local ks = redis.call('KEYS', 'aval:route:*') local a = redis.call('GET', ks[1])
            local b = redis.call('GET', ks[2]) redis.call('SET', ks[1], b) redis.call('SET', ks[2], a)
            """
        ),
        (
            "a higher version",
            """
            for _, k in ipairs(redis.call('KEYS', 'aval:route:*')) do local v = redis.call('GET', k)
            redis.call('SET', k, string.sub(v, 1, 1) .. string.char(127) .. string.sub(v, 3)) end
            """
        ),
    ]

    @Test func `whatever the cache says, each card pays from its own account`() async throws {
        let installation = try AvalProcess.Installation.make()
        let url = try TestEnvironment.value("AVAL_TEST_REDIS_URL")
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0.prefix { $0.isNumber }) })
        try Self.run("redis.call('FLUSHALL')", port)
        let server = try AvalProcess(installation, ["AVAL_REDIS_URL": url])
        let client = Client(server, installation)
        let holders = [try await client.openAccount(funded: 10_000), try await client.openAccount(funded: 10_000)]
        let wire = try Wire(server)
        for (round, change) in Self.changes.enumerated() {
            if let script = change.script { try Self.run(script, port) }
            for (index, holder) in holders.enumerated() {
                let trace = Int64(round * 10 + index + 1)
                let answer = try wire.exchange(
                    MessageFactory(pan: holder.pan).purchase(100 + Int64(index), trace: trace)
                )
                #expect(answer.text(39) == "00", "\(change.name)")
                #expect(try await client.balance(holder.account)[1] == (round + 1) * (100 + index), "\(change.name)")
            }
            // Entries are written behind the answers.
            try await Task.sleep(for: .milliseconds(50))
        }
        let metrics = String(decoding: try await client.get("/metrics").body, as: UTF8.self)
        let hits = metrics.split(separator: "\n").first { $0.hasPrefix("aval_cache_lookups_total{result=\"hit\"}") }
        #expect(hits?.hasSuffix(" 0") == false)
        #expect(server.stop() == 0)
    }

    @Test func `without the Redis that is configured nothing but time is lost`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation, ["AVAL_REDIS_URL": "redis://127.0.0.1:1"])
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 1_000)
        let wire = try Wire(server)
        let factory = MessageFactory(pan: holder.pan)
        for trace: Int64 in 1...5 {
            let answer = try wire.exchange(factory.purchase(300, trace: trace))
            #expect(answer.text(39) == (trace <= 3 ? "00" : "51"))
        }
        #expect(server.stop() == 0)
    }

    private static func run(_ script: String, _ port: Int) throws {
        let line = script.replacingOccurrences(of: "\n", with: " ")
        let redis = try Wire(port: port)
        redis.write(Array("EVAL \"\(line)\" 0\r\n".utf8))
        let reply = redis.readBytes()
        #expect(reply.first != UInt8(ascii: "-"), "\(String(decoding: reply, as: UTF8.self))")
    }
}
