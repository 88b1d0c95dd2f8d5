import AuthorizationCore
import AuthorizationEngine

/// Which of the networks' messages an operator wants to see.
package struct MessageFilter: Sendable {
    package var network: String?
    /// At or after.
    package var since: Instant
    /// Before.
    package var until: Instant
    /// Four digits as a number.
    package var messageType: UInt16?
    package var authorization: AuthorizationID?

    package init(since: Instant, until: Instant) {
        self.since = since
        self.until = until
    }
}

extension Administration {
    /// The newest messages that match, oldest first.
    package func messages(_ filter: MessageFilter, limit: Int64) throws(PostgresError) -> [LoggedMessage] {
        var parameters = [Parameter(Self.bound(filter.since)), Parameter(Self.bound(filter.until))]
        var conditions = ["m.id >= $1", "m.id < $2"]
        var name = "messages"
        func add(_ column: String, _ parameter: Parameter) {
            parameters.append(parameter)
            conditions.append("m.\(column) = $\(parameters.count)")
            name += "_\(column)"
        }
        if let network = filter.network { add("network", Parameter(network)) }
        if let type = filter.messageType { add("mti", Parameter(Int16(clamping: type))) }
        if let authorization = filter.authorization { add("authorization_id", Parameter(authorization)) }
        parameters.append(Parameter(limit))
        let sql = """
            SELECT \(MessageRows.list) FROM network_messages m WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id DESC LIMIT $\(parameters.count)::int8
            """
        return try connection.run(Call(Statement(name, sql), parameters)).map(MessageRows.read).reversed()
    }

    /// Messages' identifiers begin with their time, to the millisecond.
    private static func bound(_ instant: Instant) -> LoggedMessageID {
        LoggedMessageID(high: UInt64(max(0, instant.microseconds) / 1_000) << 16, low: 0)
    }
}
