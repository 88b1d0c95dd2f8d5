import ISO8583

extension ScenarioRun {
    /// Waits for a message of the issuer's own, holds it against what is expected, and answers it.
    mutating func receive(_ reception: Reception) async -> [Finding] {
        let expected = "\(reception.type) within \(reception.patience)"
        guard let request = await link.request(reception.type, within: reception.patience) else {
            return [Finding(what: "message", expected: expected, found: "nothing")]
        }
        let message = request.message
        var findings = [Finding(what: "message", expected: expected)]
        if link.seal != nil { findings.append(.mac(request.isAuthentic)) }
        let check = AnswerCheck(answer: message, sent: message, dialect: scenario.dialect, scope: main.scope)
        findings += check.values(reception.expectation)
        if let name = reception.name { main.scope.received[name] = message }
        if !request.isAnswered { findings += answer(request, reception.reply ?? .answer([:])) }
        return findings
    }

    private mutating func answer(_ request: IssuerRequest, _ reply: Reception.Reply) -> [Finding] {
        switch reply {
        case .silence: return []
        case .answer(let fields):
            do {
                guard let answer = try maker.answer(to: request.message, fields, in: &main.scope) else { return [] }
                try link.answer(request, with: answer)
                return []
            } catch {
                return [Finding(what: "answer", expected: "sent", found: "\(error)")]
            }
        }
    }
}
