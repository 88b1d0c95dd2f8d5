import Foundation
import ISO8583

/// A message made from `NUMBER=VALUE` arguments.
struct MessageArguments {
    let message: Message

    init(_ arguments: [String], pan: [UInt8]?, dialect: Dialect, now: Date = Date()) throws {
        var type = dialect.edition == .iso1987 ? "0100" : "1100"
        var fields: [String: String] = [:]
        var seen: Set<String> = []
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                let shown = String(decoding: maskingCardNumbers(Array(argument.utf8)), as: UTF8.self)
                throw Settings.Problem(description: "\(shown) is not NUMBER=VALUE")
            }
            guard seen.insert(parts[0]).inserted else {
                throw Settings.Problem(description: "\(parts[0].prefix(8)) is there twice")
            }
            if parts[0] == "mti" { type = parts[1] } else { fields[try Self.element(parts[0])] = parts[1] }
        }
        for (element, value) in fields where Self.holdsCardNumber(element, value, dialect) {
            throw Settings.Problem(
                description: "element \(element) holds a card number outside the test range: use --pan-file"
            )
        }
        if let pan { fields["2"] = String(decoding: pan, as: UTF8.self) }
        for (element, value) in Self.standardFields(type, dialect.edition, now) where fields[element] == nil {
            fields[element] = value
        }
        for (element, width) in [("4", 12), ("6", 12), ("11", 6)] {
            guard let value = fields[element], value.count < width else { continue }
            fields[element] = String(repeating: "0", count: width - value.count) + value
        }
        message = try Message(type, canonicalFields: fields, dialect: dialect)
    }

    /// As it is written everywhere: one with zeros before it would go past what is asked of its number.
    private static func element(_ text: String) throws -> String {
        guard let number = Int(text), "\(number)" == text else {
            throw Settings.Problem(description: "\(text.prefix(8)) is no element: a number is expected, such as 4=1200")
        }
        return text
    }

    /// In free text, digits that pass for a card number are taken for one.
    private static func holdsCardNumber(_ element: String, _ value: String, _ dialect: Dialect) -> Bool {
        switch element {
        case "2", "35": !CardNumberArguments.isOfTestRange(value)
        case "55" where dialect.subelements[55] == .berTLV: CardNumberArguments.hold(chipData: value)
        case "34", "36", "43", "44", "45", "46", "47", "48", "55", "58", "59", "60", "61", "62", "63":
            CardNumberArguments.hold(value)
        default: (Int(element) ?? 0) > 102 && CardNumberArguments.hold(value)
        }
    }

    private static func standardFields(_ type: String, _ edition: Edition, _ now: Date) -> [String: String] {
        func text(_ format: String) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = .gmt
            formatter.dateFormat = format
            return formatter.string(from: now)
        }
        let messageClass = MessageTypeIndicator(type)?.messageClass
        let trace = String(Int.random(in: 100_000...999_999))
        var fields = ["7": text("MMddHHmmss"), "11": trace]
        if messageClass != .network {
            fields.merge(["3": "000000", "32": "1", "37": text("HHmmss") + trace, "49": "978"]) { $1 }
        }
        switch edition {
        case .iso1987 where messageClass == .network: fields["70"] = "301"
        case .iso1987: fields.merge(["12": text("HHmmss"), "13": text("MMdd")]) { $1 }
        case .iso1993:
            fields["12"] = text("yyMMddHHmmss")
            fields["24"] = functionCode(messageClass)
        }
        return fields
    }

    /// DE 24 (ISO 8583:1993): an original authorization or presentment, a full reversal, an echo; nil where the class
    /// does not tell.
    private static func functionCode(_ messageClass: MessageTypeIndicator.Class?) -> String? {
        switch messageClass {
        case .authorization: "100"
        case .financial: "200"
        case .reversal: "400"
        case .network: "831"
        case .fileAction, .reconciliation, .administrative, .feeCollection, nil: nil
        }
    }
}
