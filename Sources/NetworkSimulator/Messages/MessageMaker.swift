import ISO8583

/// Makes the messages that a scenario sends.
struct MessageMaker: Sendable {
    let dialect: Dialect
    /// Elements of every transaction.
    let fields: [Int: Template?]
    private let variables: Set<String>

    init(_ scenario: Scenario) {
        dialect = scenario.dialect
        fields = scenario.fields
        variables = Set(scenario.variables.keys)
    }

    func message(_ exchange: Exchange, in scope: inout Scope) throws(Template.Problem) -> Message {
        var message: Message
        switch exchange.source {
        case .new(let type): message = try new(type, exchange.fields, &scope)
        case .management(let code):
            let (type, element) = UsualFields.management(dialect.edition)
            message = try new(type, exchange.fields, &scope)
            if exchange.fields[element] == nil {
                try message.set(element, UsualFields.managementCode(code, dialect.edition), dialect)
            }
        case .repetition(let name, let type):
            message = try original(name, scope).sent
            message.messageType = type ?? message.messageType.asRepeat
            scope.traceNumber = Int(message.digits(11) ?? 0)
            try apply(exchange.fields, to: &message, &scope)
        case .following(let name, let type): message = try following(name, type, exchange, &scope)
        }
        return message
    }

    /// The answer to a message of the issuer's own; nil for what is never answered.
    func answer(
        to request: Message,
        _ fields: [Int: Template?],
        in scope: inout Scope
    ) throws(Template.Problem) -> Message? {
        guard var answer = UsualFields.acceptance(of: request, dialect.edition) else { return nil }
        scope.traceNumber = Int(request.digits(11) ?? 0)
        try apply(fields, to: &answer, &scope)
        return answer
    }

    private func new(
        _ type: MessageTypeIndicator,
        _ own: [Int: Template?],
        _ scope: inout Scope
    ) throws(Template.Problem) -> Message {
        scope.traceNumber = scope.traceNumbers.take()
        var fields = UsualFields.fields(of: type, dialect, variables: variables)
        let isTransaction = type.messageClass != .network && type.messageClass != .administrative
        if isTransaction { fields.merge(self.fields) { $1 } }
        fields.merge(own) { $1 }
        var message = Message(type)
        try apply(fields, to: &message, &scope)
        return message
    }

    private func following(
        _ name: String,
        _ type: MessageTypeIndicator,
        _ exchange: Exchange,
        _ scope: inout Scope
    ) throws(Template.Problem) -> Message {
        let original = try original(name, scope)
        scope.traceNumber = scope.traceNumbers.take()
        var message = Message(type)
        message.copy(UsualFields.taken, from: original.sent)
        if let answer = original.answer { message.copy([38], from: answer) }
        let usual = UsualFields.fields(of: type, dialect, variables: variables)
        let own: Set<Int> = dialect.edition == .iso1987 ? [7, 11] : [7, 11, 12]
        try apply(usual.filter { own.contains($0.key) }, to: &message, &scope)
        setOriginal(original.sent, in: &message)
        if let newTotal = exchange.newTotal { try setNewTotal(newTotal, in: &message, &scope) }
        try apply(exchange.fields, to: &message, &scope)
        if dialect.edition == .iso1993, exchange.fields[24] == nil {
            message.set(24, text: UsualFields.functionCode(of: message, after: original.sent))
        }
        return message
    }

    private func original(_ name: String, _ scope: Scope) throws(Template.Problem) -> Exchanged {
        if let original = scope.exchanges[name] { return original }
        throw Template.Problem(description: "\(name) was not sent")
    }

    /// DE 90 of 1987; DE 56 of 1993.
    private func setOriginal(_ original: Message, in message: inout Message) {
        let time = dialect.edition == .iso1987 ? 7 : 12
        let data = OriginalDataElements(
            messageType: original.messageType.withoutRepeat,
            systemTraceAuditNumber: original.digits(11) ?? 0,
            time: original.digits(time) ?? 0,
            acquirer: original.digits(32) ?? 0,
            forwarder: original.digits(33) ?? 0
        )
        switch dialect.edition {
        case .iso1987: message.set(90, bytes: data.iso1987)
        case .iso1993: message.set(56, bytes: data.iso1993)
        }
    }

    private func setNewTotal(
        _ template: Template,
        in message: inout Message,
        _ scope: inout Scope
    ) throws(Template.Problem) {
        let text = try scope.text(template, dialect)
        guard let total = Int64(text), (0...999_999_999_999).contains(total) else {
            throw Template.Problem(description: "new_total is no amount")
        }
        message.set(95, bytes: ReplacementAmounts(transaction: total).bytes)
    }

    /// In order of the elements, so that a seed always gives the same message.
    private func apply(
        _ fields: [Int: Template?],
        to message: inout Message,
        _ scope: inout Scope
    ) throws(Template.Problem) {
        for (element, template) in fields.sorted(by: { $0.key < $1.key }) {
            guard let template else {
                message.remove(element)
                continue
            }
            try message.set(element, try scope.text(template, dialect), dialect)
        }
    }
}
