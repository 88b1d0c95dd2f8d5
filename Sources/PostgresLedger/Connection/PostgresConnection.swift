import AuthorizationCore
import CLibPQ
import Foundation

/// A statement that is prepared once per connection.
package struct Statement: Hashable, Sendable {
    package var name: String
    package var sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// A statement with its parameters.
package struct Call: Sendable {
    package var statement: Statement
    package var parameters: [Parameter]

    package init(_ statement: Statement, _ parameters: [Parameter] = []) {
        self.statement = statement
        self.parameters = parameters
    }
}

/// One libpq connection in pipeline mode. Used by one thread at a time; every wait is a `poll` with a deadline.
package final class PostgresConnection {
    private let handle: OpaquePointer
    private let timeout: Duration
    private var prepared: Set<String> = []
    /// Set once the connection cannot be used any more.
    package private(set) var isBroken = false

    /// - Parameters:
    ///   - url: a libpq connection string or URI.
    ///   - timeout: longest wait for one round trip, and for connecting.
    ///   - session: the server's parameters for this session, set by the connection's own start-up message. Values
    ///     without spaces and backslashes.
    package init(
        url: String,
        timeout: Duration,
        application: String = "aval",
        session: [(name: String, value: String)] = []
    ) throws(PostgresError) {
        self.timeout = timeout
        let seconds = max(2, timeout.components.seconds)
        let milliseconds = timeout.wholeMilliseconds
        var settings = [
            "dbname": url, "application_name": application, "client_encoding": "UTF8",
            "connect_timeout": "\(seconds)", "tcp_user_timeout": "\(milliseconds)", "keepalives_idle": "5",
        ]
        // Those of the connection string come first, so that ours are in force.
        let options = [try Self.options(in: url)] + session.map { "-c \($0.name)=\($0.value)" }
        settings["options"] = options.joined(separator: " ")
        let keys = settings.keys.sorted()
        guard let handle = Self.connect(keys, keys.map { settings[$0] ?? "" }) else {
            throw .disconnected("out of memory")
        }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            // Every property is set, so the throw runs `deinit`, which frees the handle.
            throw .disconnected(Self.firstLine(PQerrorMessage(handle)))
        }
        // Notices may quote data; nobody reads them.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetnonblocking(handle, 1)
    }

    deinit { PQfinish(handle) }

    /// Whether something has arrived that nobody asked for: between round trips that is the server's farewell.
    var hasFarewell: Bool {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) != 0
    }

    /// The role that the connection was made with.
    package var user: String { PQuser(handle).map { String(cString: $0) } ?? "" }

    /// The server's process that serves this connection.
    var backend: Int32 { PQbackendPID(handle) }

    /// Runs SQL text of one or more statements outside of pipeline mode, without a deadline: for migrations, which
    /// take as long as they take.
    package func run(script: String) throws(PostgresError) {
        guard !isBroken, let result = PQexec(handle, script) else { throw broken() }
        let rows = ResultRows(result)
        try check(result)
        withExtendedLifetime(rows) {}
    }

    /// Prepares statements ahead of their first use.
    package func prepare(_ statements: [Statement]) throws(PostgresError) {
        guard !isBroken, PQenterPipelineMode(handle) == 1 else { throw broken() }
        defer { if !isBroken { PQexitPipelineMode(handle) } }
        for statement in statements {
            guard PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1 else { throw broken() }
        }
        guard PQpipelineSync(handle) == 1 else { throw broken() }
        _ = try collect(statements.count)
        prepared.formUnion(statements.map(\.name))
    }

    /// Runs statements in one round trip and returns their rows, in order. Stops at the first that is refused.
    package func run(_ calls: [Call]) throws(PostgresError) -> [ResultRows] {
        let unprepared = calls.map(\.statement).filter { !prepared.contains($0.name) }
        if !unprepared.isEmpty { try prepare(Array(Set(unprepared))) }
        guard !isBroken, PQenterPipelineMode(handle) == 1 else { throw broken() }
        defer { if !isBroken { PQexitPipelineMode(handle) } }
        for call in calls {
            guard send(call) else { throw broken() }
        }
        guard PQpipelineSync(handle) == 1 else { throw broken() }
        return try collect(calls.count)
    }

    package func run(_ call: Call) throws(PostgresError) -> ResultRows {
        guard let rows = try run([call]).first else { throw .unexpected("no result") }
        return rows
    }

    private func send(_ call: Call) -> Bool {
        let count = call.parameters.count
        var pointers: [UnsafePointer<CChar>?] = []
        var lengths: [Int32] = []
        var buffer: [UInt8] = []
        buffer.reserveCapacity(call.parameters.reduce(1) { $0 + $1.bytes.count })
        for parameter in call.parameters { buffer += parameter.bytes }
        // An empty value still needs an address, since a null pointer means SQL's null.
        buffer.append(0)
        return buffer.withUnsafeBytes { raw in
            guard let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
            var offset = 0
            for parameter in call.parameters {
                pointers.append(base + offset)
                lengths.append(Int32(parameter.bytes.count))
                offset += parameter.bytes.count
            }
            let binary = [Int32](repeating: 1, count: count)
            return PQsendQueryPrepared(handle, call.statement.name, Int32(count), pointers, lengths, binary, 1) == 1
        }
    }

    /// Reads the results of a pipeline to its end, also behind a refusal, so that the next one starts clean.
    private func collect(_ count: Int) throws(PostgresError) -> [ResultRows] {
        let deadline = ContinuousClock.now + timeout
        var rows: [ResultRows] = []
        var refusal: PostgresError?
        for _ in 0..<count {
            guard let result = try nextResult(deadline) else { throw broken() }
            rows.append(ResultRows(result))
            do { try check(result) } catch { refusal = refusal ?? error }
            // The end of this statement's results.
            guard try nextResult(deadline) == nil else { throw broken() }
        }
        guard let sync = try nextResult(deadline) else { throw broken() }
        defer { PQclear(sync) }
        guard PQresultStatus(sync) == PGRES_PIPELINE_SYNC else { throw broken() }
        if let refusal { throw refusal }
        return rows
    }

    private func nextResult(_ deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer? {
        while true {
            let flushed = PQflush(handle)
            guard flushed >= 0 else { throw broken() }
            if flushed == 0 && PQisBusy(handle) == 0 { return PQgetResult(handle) }
            try wait(forWriting: flushed == 1, until: deadline)
            guard PQconsumeInput(handle) == 1 else { throw broken() }
        }
    }

    private func wait(forWriting: Bool, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let left = (deadline - .now).wholeMilliseconds
        guard left > 0 else {
            isBroken = true
            throw .disconnected("the server did not answer in time")
        }
        var descriptor = pollfd(
            fd: PQsocket(handle),
            events: Int16(POLLIN) | (forWriting ? Int16(POLLOUT) : 0),
            revents: 0
        )
        _ = poll(&descriptor, 1, Int32(clamping: left))
    }

    private func check(_ result: OpaquePointer) throws(PostgresError) {
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK { return }
        if status == PGRES_PIPELINE_ABORTED { throw .unexpected("an earlier statement was refused") }
        guard PQstatus(handle) == CONNECTION_OK, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C")))
        else { throw broken() }
        let constraint = PQresultErrorField(result, Int32(UInt8(ascii: "n"))).map { String(cString: $0) } ?? ""
        throw .refused(sqlState: String(cString: state), constraint: constraint)
    }

    private func broken() -> PostgresError {
        isBroken = true
        return .disconnected(Self.firstLine(PQerrorMessage(handle)))
    }

    /// Whether libpq can read a connection string or URI.
    package static func isConnectionString(_ text: String) -> Bool {
        guard let parsed = PQconninfoParse(text, nil) else { return false }
        PQconninfoFree(parsed)
        return true
    }

    /// The server options that a connection string has. What libpq says of a malformed one is not told: it quotes the
    /// string, password included.
    private static func options(in url: String) throws(PostgresError) -> String {
        guard let parsed = PQconninfoParse(url, nil) else {
            throw .disconnected("the connection string is malformed")
        }
        defer { PQconninfoFree(parsed) }
        var option = parsed
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "options", let value = option.pointee.val { return String(cString: value) }
            option += 1
        }
        return ""
    }

    private static func connect(_ keys: [String], _ values: [String]) -> OpaquePointer? {
        func withPointers<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
            let copies = texts.map { strdup($0) }
            defer { for copy in copies { free(copy) } }
            return body(copies.map { UnsafePointer($0) } + [nil])
        }
        return withPointers(keys) { keys in
            withPointers(values) { values in PQconnectdbParams(keys, values, 1) }
        }
    }

    /// libpq's own words about a connection; statements and data stand in later lines, if at all.
    private static func firstLine(_ message: UnsafeMutablePointer<CChar>?) -> String {
        guard let message else { return "no reason given" }
        let line = String(cString: message).split(separator: "\n").first
        return line.map(String.init) ?? "the connection broke"
    }
}
