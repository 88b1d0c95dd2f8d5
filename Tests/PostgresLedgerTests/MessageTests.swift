import AuthorizationCore
import AuthorizationEngine
import Logging
import PostgresLedger
import TestSupport
import Testing

/// Networks' messages, kept for operators.
@Suite struct MessageTests {
    private struct NotSeen: Error {}

    private static let authorization = AuthorizationID(at: .wallClock, shard: Shard(truncating: 9), entropy: 1)

    private static func writer(_ url: String, queueLimit: Int = MessageWriter.queueLimit) -> MessageWriter {
        var logger = Logger(label: "test messages")
        logger.logLevel = .critical
        return MessageWriter(url: url, timeout: .seconds(10), queueLimit: queueLimit, logger: logger)
    }

    private static func message(
        _ trace: Int,
        at instant: Instant = .wallClock,
        network: String = "blue",
        type: UInt16? = 100,
        authorization: AuthorizationID? = nil,
        content: LoggedMessage.Content = .readable("0100 11=000001")
    ) -> LoggedMessage {
        LoggedMessage(
            at: instant,
            network: network,
            connection: "192.0.2.7:4000",
            direction: type == 110 ? .sent : .received,
            messageType: type,
            trace: String(trace),
            responseCode: type == 110 ? "00" : "",
            authorization: authorization,
            latency: type == 110 ? .microseconds(1_234) : nil,
            content: content
        )
    }

    private static func filter(_ change: (inout MessageFilter) -> Void = { _ in }) -> MessageFilter {
        let now = Instant.wallClock.microseconds
        var filter = MessageFilter(
            since: Instant(microseconds: now - 3_600_000_000),
            until: Instant(microseconds: now + 3_600_000_000)
        )
        change(&filter)
        return filter
    }

    @Test func `are read as they were written, and found by what they are about`() throws {
        let database = try TestDatabase.make()
        let writer = Self.writer(database.servingURL)
        let start = Instant.wallClock.microseconds
        func at(_ seconds: Int64) -> Instant { Instant(microseconds: start - 60_000_000 + seconds * 1_000_000) }
        let messages = [
            Self.message(1, at: at(0), authorization: Self.authorization),
            Self.message(2, at: at(1), type: 110, authorization: Self.authorization),
            Self.message(3, at: at(2), network: "green"),
            Self.message(4, at: at(3), type: nil, content: .unreadable("7 bytes, bit map unread, truncated_data")),
        ]
        writer.add(messages)
        writer.close()
        #expect(writer.counts == (4, 0))
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        func traces(_ filter: MessageFilter, limit: Int64 = 10) throws -> [String] {
            try administration.messages(filter, limit: limit).map(\.trace)
        }
        #expect(try administration.messages(Self.filter(), limit: 10) == messages)
        #expect(try traces(Self.filter(), limit: 2) == ["3", "4"])
        #expect(try traces(Self.filter { $0.network = "green" }) == ["3"])
        #expect(try traces(Self.filter { $0.messageType = 110 }) == ["2"])
        #expect(try traces(Self.filter { $0.authorization = Self.authorization }) == ["1", "2"])
        #expect(try traces(Self.filter { $0.since = at(1) }) == ["2", "3", "4"])
        #expect(try traces(Self.filter { $0.until = at(1) }) == ["1"])
    }

    @Test func `are one row with their answers, and read and found as two`() throws {
        let database = try TestDatabase.make()
        let writer = Self.writer(database.servingURL)
        let start = Instant.wallClock - .seconds(60)
        var answered = Self.message(1, at: start, authorization: Self.authorization)
        answered.answer = LoggedMessage.Answer(
            messageType: 110,
            responseCode: "51",
            latency: .milliseconds(250),
            content: "0110 39=51"
        )
        // An advice has a response code of its own.
        var advice = Self.message(2, at: start + .milliseconds(100), type: 120)
        advice.responseCode = "00"
        advice.answer = LoggedMessage.Answer(messageType: 130, responseCode: "", latency: .zero, content: "0130")
        writer.add([answered, advice, Self.message(3, at: start + .milliseconds(200), type: 110)])
        writer.close()
        #expect(try database.texts("SELECT count(*)::text FROM network_messages") == ["3"])
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        func lines(_ filter: MessageFilter, limit: Int64 = 10) throws -> [String] {
            try administration.messages(filter, limit: limit).map { message in
                "\(message.direction.name) \(message.messageType ?? 0) \(message.trace) \(message.responseCode)"
            }
        }
        let all = ["received 100 1 ", "sent 110 1 51", "received 120 2 00", "sent 130 2 ", "sent 110 3 00"]
        #expect(try lines(Self.filter()) == all)
        #expect(try lines(Self.filter(), limit: 2) == Array(all.suffix(2)))
        #expect(try lines(Self.filter { $0.messageType = 110 }) == ["sent 110 1 51", "sent 110 3 00"])
        #expect(try lines(Self.filter { $0.authorization = Self.authorization }) == Array(all.prefix(2)))
        let sent = try #require(try administration.messages(Self.filter(), limit: 10).dropFirst().first)
        #expect(sent.at == start + .milliseconds(250) && sent.latency == .milliseconds(250))
        #expect(sent.content == .readable("0110 39=51") && sent.answer == nil)
    }

    @Test func `beyond the queue are dropped and counted, and nobody waits`() throws {
        let database = try TestDatabase.make()
        let writer = Self.writer(database.servingURL, queueLimit: 1_000)
        let start = ContinuousClock.now
        writer.add((0..<1_000).map { Self.message($0) })
        #expect(.now - start < .seconds(1))
        #expect(writer.counts.dropped == 997)
        writer.close()
        #expect(writer.counts == (3, 997))
        #expect(writer.text.contains("aval_message_log_dropped_total 997\n"))
        #expect(try database.texts("SELECT count(*)::text FROM network_messages") == ["3"])
    }

    @Test func `that the database does not take are dropped and counted, and later ones are kept`() async throws {
        let database = try TestDatabase.make()
        let writer = Self.writer(database.servingURL)
        // No partition is so old.
        writer.add([Self.message(1, at: Instant(microseconds: 0))])
        for _ in 0..<1_000 where writer.counts.dropped == 0 { try await Task.sleep(for: .milliseconds(5)) }
        writer.add((0..<1_500).map { Self.message($0) })
        writer.close()
        #expect(writer.counts == (1_500, 1))
    }

    @Test func `without a database are dropped and counted`() throws {
        let database = try TestDatabase.make()
        let writer = Self.writer(database.servingURL + "_gone")
        writer.add([Self.message(1), Self.message(2)])
        writer.close()
        #expect(writer.counts == (0, 2))
    }

    /// A partition of so many days ago.
    private static func partition(
        _ age: Int,
        attached: Bool = true,
        _ database: TestDatabase,
        _ owner: PostgresConnection
    ) throws -> String {
        let day = "(now() AT TIME ZONE 'UTC')::date - \(age)"
        let name = try #require(
            try database.texts("SELECT 'network_messages_' || to_char(\(day), 'YYYYMMDD')").first
        )
        let bounds = try database.texts(
            "SELECT format('FROM (%L) TO (%L)', first_identifier(\(day)), first_identifier(\(day) + 1))"
        )
        try owner.run(script: "CREATE TABLE \(name) PARTITION OF network_messages FOR VALUES \(bounds[0])")
        if !attached { try owner.run(script: "ALTER TABLE network_messages DETACH PARTITION \(name)") }
        return name
    }

    @Test func `go by the day once they are old, also after a drop that was broken off`() throws {
        let database = try TestDatabase.make()
        let owner = try TestDatabase.connect(database.ownerURL)
        func make(_ age: Int, attached: Bool = true) throws -> String {
            try Self.partition(age, attached: attached, database, owner)
        }
        func exists(_ name: String) throws -> Bool {
            try database.texts("SELECT (to_regclass('\(name)') IS NOT NULL)::text") == ["true"]
        }
        let (kept, old, left) = (try make(30), try make(31), try make(40, attached: false))
        let partitions = MessagePartitions(owner)
        #expect(try partitions.drop(keepingDays: 30) == 2)
        #expect(try exists(kept) && !exists(old) && !exists(left))
        #expect(try partitions.drop(keepingDays: 30) == 0)
        // None are kept: what is left are the days that are made ahead, yesterday's among them.
        #expect(try partitions.drop(keepingDays: 0) == 1)
        let days = try database.texts(
            "SELECT count(*)::text FROM pg_inherits WHERE inhparent = 'network_messages'::regclass"
        )
        #expect(days == ["16"])
        #expect(try Administration(owner).makePartitions(days: 14) == 0)
    }

    @Test func `that somebody still reads are dropped the next time`() throws {
        let database = try TestDatabase.make()
        let owner = try TestDatabase.connect(database.ownerURL)
        let old = try Self.partition(40, database, owner)
        let reader = try TestDatabase.connect(database.ownerURL)
        try reader.run(script: "BEGIN; SELECT 1 FROM \(old)")
        let partitions = MessagePartitions(owner)
        #expect(throws: PostgresError.self) {
            try partitions.drop(keepingDays: 30, patience: .milliseconds(100))
        }
        try reader.run(script: "COMMIT")
        #expect(try partitions.drop(keepingDays: 30) == 1)
    }
}
