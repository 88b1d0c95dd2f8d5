import ISO8583

/// One thread of messages: what it sent and what came of it. Many run beside each other on one link.
struct Conversation: Sendable {
    let link: NetworkLink
    let maker: MessageMaker
    var scope: Scope
    /// Of the answers that were waited for.
    private(set) var latencies: [Duration] = []
    /// What the link calls its messages.
    private(set) var identifiers: [Int] = []

    init(_ link: NetworkLink, _ maker: MessageMaker, _ scope: Scope) {
        self.link = link
        self.maker = maker
        self.scope = scope
    }

    /// Makes a message, sends it, and holds its answer against what is expected.
    mutating func perform(_ exchange: Exchange) async -> [Finding] {
        let identifier: Int?
        do {
            let message = try maker.message(exchange, in: &scope)
            if case .unsent = exchange.expectation { identifier = nil } else { identifier = try link.send(message) }
            if let identifier { identifiers.append(identifier) }
            remember(Exchanged(sent: message, identifier: identifier), exchange.name)
        } catch {
            return [Finding(what: "message", expected: "sent", found: "\(error)")]
        }
        guard let identifier else { return [] }
        return await answer(identifier, exchange.name ?? "last", exchange.expectation, within: exchange.patience)
    }

    /// Waits for the answer to an earlier message.
    mutating func answer(
        of name: String,
        _ expectation: Expectation,
        within limit: Duration
    ) async -> [Finding] {
        guard let identifier = scope.exchanges[name]?.identifier else {
            return [Finding(what: "answer", expected: "to \(name)", found: "\(name) was not sent")]
        }
        return await answer(identifier, name, expectation, within: limit)
    }

    private mutating func answer(
        _ identifier: Int,
        _ name: String,
        _ expectation: Expectation,
        within limit: Duration
    ) async -> [Finding] {
        switch expectation {
        case .later, .unsent: return []
        case .silence:
            let came: String? =
                switch await link.arrival(of: identifier, within: limit) {
                case .answer(let answer, _, _): "\(answer)"
                case .nothing: nil
                case .closed: "the end of the connection"
                }
            return [Finding(what: "answer", expected: "none within \(limit)", found: came)]
        case .answer(let expectation):
            let expected = "within \(limit)"
            switch await link.arrival(of: identifier, within: limit) {
            case .nothing: return [Finding(what: "answer", expected: expected, found: "nothing")]
            case .closed: return [Finding(what: "answer", expected: expected, found: "the end of the connection")]
            case .answer(let answer, let isAuthentic, let latency):
                latencies.append(latency)
                var findings = [Finding(what: "answer", expected: expected)]
                if link.seal != nil { findings.append(.mac(isAuthentic)) }
                return findings + check(answer, name, identifier, expectation)
            }
        }
    }

    private mutating func check(
        _ answer: Message,
        _ name: String,
        _ identifier: Int,
        _ expectation: AnswerExpectation
    ) -> [Finding] {
        guard let sent = scope.exchanges[name]?.sent else { return [] }
        scope.exchanges[name]?.answer = answer
        if scope.exchanges["last"]?.identifier == identifier { scope.exchanges["last"]?.answer = answer }
        return AnswerCheck(answer: answer, sent: sent, dialect: link.dialect, scope: scope).findings(expectation)
    }

    private mutating func remember(_ exchanged: Exchanged, _ name: String?) {
        scope.exchanges["last"] = exchanged
        if let name { scope.exchanges[name] = exchanged }
    }
}
