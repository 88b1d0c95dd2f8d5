import ISO8583

/// The key that says what a step does.
enum ActionKey: String, CaseIterable {
    /// A new message of a type.
    case send
    /// One that is made and not sent; a later step may repeat or reverse it.
    case prepare
    /// Network management.
    case manage
    /// An earlier message again.
    case again = "repeat"
    /// A reversal of an earlier message.
    case reverse
    /// The reversal of a message whose answer is taken as too late.
    case late
    /// What was decided in the issuer's stead.
    case advise
    /// The completion of an authorization.
    case complete
    /// The answer to an earlier message.
    case answer = "await"
    /// A message that the issuer starts.
    case receive
    case traffic
    case connection
    case wait = "wait_ms"
    case advance = "advance_s"
    /// Other keys of message authentication codes from then on.
    case macKey = "mac_key"
    case raw
    case garbage

    /// Those that are one message.
    static let exchanges = allCases.filter(\.isExchange)

    var isExchange: Bool {
        switch self {
        case .send, .prepare, .manage, .again, .reverse, .late, .advise, .complete: true
        case .answer, .receive, .traffic, .connection, .wait, .advance, .macKey, .raw, .garbage: false
        }
    }

    /// The keys that may stand beside it.
    var others: [String] {
        let message = ["note", "as", "fields", "expect", "within_ms"]
        switch self {
        case .send, .manage: return message
        case .prepare: return ["note", "as", "fields"]
        case .again, .late, .advise, .complete: return message + ["mti"]
        case .reverse: return message + ["mti", "new_total"]
        case .answer: return ["note", "expect", "within_ms"]
        case .receive: return message.filter { $0 != "fields" } + ["answer"]
        case .traffic: return ["note", "in_flight", "per_second", "mix"]
        case .connection, .wait, .advance, .macKey: return ["note"]
        case .raw: return ["note", "framed"]
        case .garbage: return ["note", "longest", "of"]
        }
    }

    /// The type of a message about an earlier one; nil for what is not about one.
    func followingType(_ edition: Edition) -> MessageTypeIndicator? {
        let types: (MessageTypeIndicator, MessageTypeIndicator)? =
            switch self {
            case .reverse: (400, 1400)
            case .late: (420, 1420)
            case .advise: (120, 1120)
            case .complete: (220, 1220)
            case .send, .prepare, .manage, .again, .answer, .receive, .traffic, .connection, .wait, .advance, .macKey,
                .raw, .garbage:
                nil
            }
        switch edition {
        case .iso1987: return types?.0
        case .iso1993: return types?.1
        }
    }

    /// DE 39 of a message that has one before any answer, where the scenario does not say: 68, response received too
    /// late (1993: in DE 25, so none here), and 00 for what was approved in the issuer's stead.
    func responseCode(_ edition: Edition) -> String? {
        switch (self, edition) {
        case (.late, .iso1987): "68"
        case (.advise, .iso1987): "00"
        case (.advise, .iso1993): "000"
        default: nil
        }
    }
}
