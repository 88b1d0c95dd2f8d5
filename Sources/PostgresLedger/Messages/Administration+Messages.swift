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
    /// The newest messages that match, oldest first. An answer is as old as what it answers.
    package func messages(_ filter: MessageFilter, limit: Int64) throws(PostgresError) -> [LoggedMessage] {
        var parameters = [Parameter(Self.bound(filter.since)), Parameter(Self.bound(filter.until))]
        var conditions = ["m.id >= $1", "m.id < $2"]
        var name = "messages"
        func add(_ parameter: Parameter, in columns: String) {
            parameters.append(parameter)
            conditions.append("$\(parameters.count) IN (\(columns))")
            name += "_\(columns)"
        }
        if let network = filter.network { add(Parameter(network), in: "m.network") }
        if let type = filter.messageType { add(Parameter(Int16(clamping: type)), in: "m.mti, m.answer_mti") }
        if let authorization = filter.authorization { add(Parameter(authorization), in: "m.authorization_id") }
        parameters.append(Parameter(limit))
        let sql = """
            SELECT \(MessageRows.list) FROM network_messages m WHERE \(conditions.joined(separator: " AND "))
            ORDER BY m.id DESC LIMIT $\(parameters.count)::int8
            """
        let rows = try connection.run(Call(Statement(name, sql), parameters)).map(MessageRows.read)
        let messages = rows.reversed().flatMap(\.messages)
            .filter { filter.messageType == nil || $0.messageType == filter.messageType }
        return messages.suffix(Int(clamping: limit))
    }

    /// Messages' identifiers begin with their time, to the millisecond.
    private static func bound(_ instant: Instant) -> LoggedMessageID {
        LoggedMessageID(high: UInt64(max(0, instant.microseconds) / 1_000) << 16, low: 0)
    }
}
