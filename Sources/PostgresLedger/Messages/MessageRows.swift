import AuthorizationCore
import AuthorizationEngine

/// The rows of networks' messages: how they are written, and read by operators.
enum MessageRows {
    static let insert = Statement(
        "insert_messages",
        """
        INSERT INTO network_messages (id, at, network, connection, direction, mti, trace, response_code,
            authorization_id, latency_us, content, problem, answer_mti, answer_code, answer)
        SELECT \(elements("uuid timestamptz text text int2 int2 text text uuid int8 text text int2 text text"))
        """
    )

    static func insertion(of messages: [LoggedMessage]) -> Call {
        var id = Column(.uuid), at = Column(.timestamptz), network = Column(.text), connection = Column(.text)
        var direction = Column(.int2), type = Column(.int2), trace = Column(.text), code = Column(.text)
        var authorization = Column(.uuid), latency = Column(.int8), content = Column(.text), problem = Column(.text)
        var answerType = Column(.int2), answerCode = Column(.text), answer = Column(.text)
        var random = SplitMix64(seed: .random(in: .min ... .max))
        for message in messages {
            let shard = Shard(truncating: UInt16(truncatingIfNeeded: random.next()))
            id.append(LoggedMessageID(at: message.at, shard: shard, entropy: random.next()))
            at.append(message.at)
            network.append(message.network)
            connection.append(message.connection)
            direction.append(Int16(message.direction.rawValue))
            type.append(message.messageType.map { Int16(clamping: $0) })
            trace.append(message.trace)
            code.append(message.responseCode)
            authorization.append(message.authorization)
            latency.append((message.answer?.latency ?? message.latency)?.wholeMicroseconds)
            switch message.content {
            case .readable(let text):
                content.append(text)
                problem.append(nil as String?)
            case .unreadable(let text):
                content.append(nil as String?)
                problem.append(text)
            }
            answerType.append(message.answer.map { Int16(clamping: $0.messageType) })
            answerCode.append(message.answer?.responseCode)
            answer.append(message.answer?.content)
        }
        let columns = [
            id, at, network, connection, direction, type, trace, code, authorization, latency, content, problem,
            answerType, answerCode, answer,
        ]
        return Call(insert, columns.map { Parameter($0) })
    }

    static let list = """
        m.at, m.network, m.connection, m.direction, m.mti, m.trace, m.response_code, m.authorization_id, m.latency_us,
        m.content, m.problem, m.answer_mti, m.answer_code, m.answer
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> LoggedMessage {
        let at = try row.instant()
        let network = try row.text()
        let connection = try row.text()
        let direction: LoggedMessage.Direction = try row.listed()
        let type = try row.optionalInt16().flatMap { UInt16(exactly: $0) }
        let trace = try row.text()
        let code = try row.text()
        let authorization: AuthorizationID? = try row.optionalIdentifier()
        let latency = try row.optionalInt64().map { Duration.microseconds($0) }
        let content = try row.optionalText()
        let problem = try row.optionalText()
        let answer = try readAnswer(&row, latency)
        return LoggedMessage(
            at: at,
            network: network,
            connection: connection,
            direction: direction,
            messageType: type,
            trace: trace,
            responseCode: code,
            authorization: authorization,
            latency: answer == nil ? latency : nil,
            content: content.map { .readable($0) } ?? .unreadable(problem ?? ""),
            answer: answer
        )
    }

    /// Nil for a message on its own.
    private static func readAnswer(
        _ row: inout RowReader,
        _ latency: Duration?
    ) throws(PostgresError) -> LoggedMessage.Answer? {
        let type = try row.optionalInt16().flatMap { UInt16(exactly: $0) }
        let code = try row.optionalText()
        guard let content = try row.optionalText(), let type, let code, let latency else { return nil }
        return LoggedMessage.Answer(messageType: type, responseCode: code, latency: latency, content: content)
    }
}
