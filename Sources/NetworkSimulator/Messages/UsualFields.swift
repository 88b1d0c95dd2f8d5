import ISO8583

/// What messages hold where a scenario does not say: enough that an issuer can decide.
enum UsualFields {
    private typealias Table = [Int: String]

    private static let transaction1987: Table = [
        3: "000000", 7: "${now:MMddHHmmss}", 11: "${stan}", 12: "${now:HHmmss}", 13: "${now:MMdd}", 18: "5411",
        22: "051", 32: "100001", 37: "${now:HHmmss}${stan}", 41: "TERM0001", 42: "MERCHANT0000001",
        43: "Corner shop              Madrid       ES", 49: "978",
    ]
    private static let management1987: Table = [7: "${now:MMddHHmmss}", 11: "${stan}"]

    /// DE 12 has the date too, DE 22 twelve positions, DE 24 says what DE 12 of the MTI leaves open.
    private static let transaction1993: Table = [
        3: "000000", 7: "${now:MMddHHmmss}", 11: "${stan}", 12: "${now:yyMMddHHmmss}", 22: "510101511344",
        26: "5411", 32: "100001", 37: "${now:HHmmss}${stan}", 41: "TERM0001", 42: "MERCHANT0000001",
        43: "Corner shop, Madrid, ES", 49: "978",
    ]
    private static let management1993: Table = [
        7: "${now:MMddHHmmss}", 11: "${stan}", 12: "${now:yyMMddHHmmss}",
    ]
    /// Taken from the variables of a scenario that has them.
    private static let card: Table = [2: "${card.pan}", 14: "${card.expiry}", 23: "${card.sequence}"]

    /// The elements of a new message.
    ///
    /// - Parameter variables: names of the scenario's.
    static func fields(of type: MessageTypeIndicator, _ dialect: Dialect, variables: Set<String>) -> [Int: Template?] {
        let isManagement = type.messageClass == .network || type.messageClass == .administrative
        var table =
            switch dialect.edition {
            case .iso1987: isManagement ? management1987 : transaction1987
            case .iso1993: isManagement ? management1993 : transaction1993
            }
        if dialect.edition == .iso1993, !isManagement { table[24] = functionCode(of: type) }
        if !isManagement { table.merge(card) { $1 } }
        var fields: [Int: Template?] = [:]
        for (element, text) in table where dialect.defined.contains(element) {
            guard let template = try? Template(text), template.variables.isSubset(of: variables) else { continue }
            fields[element] = .some(template)
        }
        return fields
    }

    /// DE 24 (ISO 8583:1993) of an authorization, a presentment or a reversal, of the whole amount.
    private static func functionCode(of type: MessageTypeIndicator) -> String {
        switch type.messageClass {
        case .financial: "200"
        case .reversal: "400"
        case .authorization, .fileAction, .reconciliation, .administrative, .feeCollection, .network, nil: "100"
        }
    }

    /// The same of a message about an earlier one. A presentment that was authorized says whether it is for the amount
    /// that was.
    static func functionCode(of message: Message, after original: Message) -> String {
        guard message.messageType.messageClass == .financial, original.messageType.messageClass == .authorization else {
            return functionCode(of: message.messageType)
        }
        return message.digits(4) == original.digits(4) ? "201" : "202"
    }

    /// Elements that a reversal, an advice or a completion has from the message it is about: what names the payment,
    /// but nothing that proves the card or its holder.
    static let taken: ElementSet = [
        2, 3, 4, 5, 6, 9, 10, 12, 13, 14, 18, 22, 23, 25, 26, 28, 32, 33, 37, 41, 42, 43, 49, 50, 51,
    ]

    /// Elements that an answer to the issuer's own message has from it.
    private static let echoed: ElementSet = [2, 3, 4, 7, 11, 12, 24, 32, 33, 37, 41, 42, 49, 56, 70, 90, 91, 101]

    /// The answer to a message that the issuer starts: yes. Nil for what is never answered.
    static func acceptance(of message: Message, _ edition: Edition) -> Message? {
        guard var answer = message.answer(echoing: echoed) else { return nil }
        switch edition {
        case .iso1987: answer.set(39, text: "00")
        case .iso1993: answer.set(39, text: acceptance1993(message.messageType))
        }
        return answer
    }

    /// DE 39 (ISO 8583:1993).
    private static func acceptance1993(_ type: MessageTypeIndicator) -> String {
        switch type.messageClass {
        case .fileAction: "300"
        case .reversal: "400"
        case .reconciliation: "500"
        case .administrative: "600"
        case .feeCollection: "700"
        case .network: "800"
        case .authorization, .financial, nil: "000"
        }
    }

    /// A message of network management, and the element that says what it is about.
    static func management(_ edition: Edition) -> (type: MessageTypeIndicator, element: Int) {
        switch edition {
        case .iso1987: (800, 70)
        case .iso1993: (1804, 24)
        }
    }

    /// The code of a name, else the text itself.
    static func managementCode(_ name: String, _ edition: Edition) -> String {
        let codes: (iso1987: String, iso1993: String)? =
            switch name {
            case "sign-on": ("001", "801")
            case "sign-off": ("002", "802")
            case "echo": ("301", "831")
            case "key-change": ("101", "811")
            case "cut-over": ("201", "821")
            default: nil
            }
        guard let codes else { return name }
        switch edition {
        case .iso1987: return codes.iso1987
        case .iso1993: return codes.iso1993
        }
    }
}
