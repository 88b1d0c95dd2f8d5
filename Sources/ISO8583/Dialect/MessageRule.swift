/// What one kind of message must hold, may hold, and has echoed in its answer.
package struct MessageRule: Sendable, Hashable {
    /// Without the repeat digit; the rule holds for the repeat too.
    package var messageType: MessageTypeIndicator
    /// Without one of these a request is a format error (DE 39 = 30).
    package var mandatory: ElementSet
    /// May be there; any other is unexpected: kept, counted, never an error.
    package var conditional: ElementSet
    /// Copied unchanged into the answer, those that are present; none of ``neverEchoed``.
    package var echoed: ElementSet
    /// Expiry, tracks, additional data where networks have CVV2, PIN block and chip data.
    package static let neverEchoed: ElementSet = [14, 35, 36, 45, 48, 52, 55]

    package init(
        _ messageType: MessageTypeIndicator,
        mandatory: ElementSet,
        conditional: ElementSet,
        echoed: ElementSet = []
    ) {
        self.messageType = messageType
        self.mandatory = mandatory
        self.conditional = conditional
        self.echoed = echoed.subtracting(Self.neverEchoed)
    }
}

extension Dialect {
    /// The rule for a message type or its repeat; nil when the dialect has none (the message is not supported).
    package func rule(for messageType: MessageTypeIndicator) -> MessageRule? {
        let type = messageType.withoutRepeat
        return self.rules.first { $0.messageType == type }
    }

    /// The mandatory elements that the message lacks. Empty when all are there, or no rule exists.
    package func missingElements(in message: Message) -> ElementSet {
        self.rule(for: message.messageType)?.mandatory.subtracting(message.elements) ?? []
    }

    /// The elements that the message has beyond its rule. Empty when no rule exists.
    package func unexpectedElements(in message: Message) -> ElementSet {
        guard let rule = self.rule(for: message.messageType) else { return [] }
        return message.elements.subtracting(rule.mandatory.union(rule.conditional))
    }

    /// The start of the answer to a request, its echoes filled in; nil for a response or an unsupported type.
    package func answer(to request: Message) -> Message? {
        guard let rule = self.rule(for: request.messageType) else { return nil }
        return request.answer(echoing: rule.echoed)
    }
}

extension MessageRule {
    /// The rules common to the networks that speak an edition; a network's own dialect narrows them.
    static func standard(_ edition: Edition) -> [MessageRule] {
        switch edition {
        case .iso1987: self.standard1987
        case .iso1993: self.standard1993
        }
    }

    /// Echoes of a transaction's answer: what identifies it, and the amounts with their rates.
    private static let transactionEchoes: ElementSet = [
        2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 32, 33, 37, 41, 42, 49, 50, 51,
    ]

    /// Elements that may accompany any transaction. Bounds only what is counted as unexpected.
    private static let transactionElements = ElementSet(
        Array(2...63) + [64, 90, 95, 102, 103, 104, 112, 120, 121, 122, 123, 124, 125, 126, 127, 128]
    )

    private static let networkElements: ElementSet = [
        7, 11, 12, 15, 24, 25, 32, 33, 37, 39, 48, 53, 60, 61, 62, 63, 64, 70, 93, 94, 96, 100, 128,
    ]

    private static let answerElements = transactionElements

    private static let standard1987: [MessageRule] = {
        let transaction: ElementSet = [3, 4, 7, 11, 32, 49]
        let reversal: ElementSet = [4, 7, 11, 32, 49, 90]
        let file: ElementSet = [2, 14, 15, 32, 33, 39, 48, 60, 63, 73, 91, 94, 100, 101, 120, 127]
        return [
            MessageRule(100, mandatory: transaction, conditional: transactionElements, echoed: transactionEchoes),
            MessageRule(120, mandatory: transaction, conditional: transactionElements, echoed: transactionEchoes),
            MessageRule(200, mandatory: transaction, conditional: transactionElements, echoed: transactionEchoes),
            MessageRule(220, mandatory: transaction, conditional: transactionElements, echoed: transactionEchoes),
            MessageRule(
                400,
                mandatory: reversal,
                conditional: transactionElements,
                echoed: transactionEchoes.union([90])
            ),
            MessageRule(
                420,
                mandatory: reversal,
                conditional: transactionElements,
                echoed: transactionEchoes.union([90])
            ),
            MessageRule(620, mandatory: [7, 11], conditional: transactionElements, echoed: [7, 11, 32, 33, 37]),
            MessageRule(800, mandatory: [7, 11, 70], conditional: networkElements, echoed: [7, 11, 33, 70]),
            MessageRule(820, mandatory: [7, 11, 70], conditional: networkElements, echoed: [7, 11, 33, 70]),
            MessageRule(302, mandatory: [7, 11, 91, 101], conditional: file, echoed: [7, 11, 33, 101]),
            MessageRule(312, mandatory: [7, 11, 39], conditional: file),
            MessageRule(110, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(130, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(210, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(230, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(410, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(430, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(630, mandatory: [7, 11, 39], conditional: answerElements),
            MessageRule(810, mandatory: [7, 11, 39, 70], conditional: networkElements),
        ]
    }()

    private static let standard1993: [MessageRule] = {
        let transaction: ElementSet = [3, 4, 11, 12, 24, 32, 49]
        let reversal: ElementSet = [4, 11, 12, 24, 32, 49, 56]
        let elements = transactionElements.union([93, 94])
        let echoes = transactionEchoes.subtracting([13])
        return [
            MessageRule(1100, mandatory: transaction, conditional: elements, echoed: echoes),
            MessageRule(1120, mandatory: transaction, conditional: elements, echoed: echoes),
            MessageRule(1200, mandatory: transaction, conditional: elements, echoed: echoes),
            MessageRule(1220, mandatory: transaction, conditional: elements, echoed: echoes),
            MessageRule(1400, mandatory: reversal, conditional: elements, echoed: echoes.union([56])),
            MessageRule(1420, mandatory: reversal, conditional: elements, echoed: echoes.union([56])),
            MessageRule(1620, mandatory: [11, 12], conditional: elements, echoed: [7, 11, 12, 32, 33, 37]),
            MessageRule(1800, mandatory: [11, 12, 24], conditional: networkElements, echoed: [7, 11, 12, 24, 33]),
            MessageRule(1804, mandatory: [11, 12, 24], conditional: networkElements, echoed: [7, 11, 12, 24, 33]),
            MessageRule(1820, mandatory: [11, 12, 24], conditional: networkElements, echoed: [7, 11, 12, 24, 33]),
            MessageRule(1110, mandatory: [11, 39], conditional: elements),
            MessageRule(1130, mandatory: [11, 39], conditional: elements),
            MessageRule(1210, mandatory: [11, 39], conditional: elements),
            MessageRule(1230, mandatory: [11, 39], conditional: elements),
            MessageRule(1410, mandatory: [11, 39], conditional: elements),
            MessageRule(1430, mandatory: [11, 39], conditional: elements),
            MessageRule(1630, mandatory: [11, 39], conditional: elements),
            MessageRule(1810, mandatory: [11, 24, 39], conditional: networkElements),
            MessageRule(1814, mandatory: [11, 24, 39], conditional: networkElements),
        ]
    }()
}
