/// The four digits that start every message (ISO 8583-1, section 4.1): version, class, function, origin.
package struct MessageTypeIndicator: Hashable, Sendable, CustomStringConvertible {
    /// The four digits as a number, 0...9999.
    package let number: UInt16

    /// - Parameter number: the four digits, e.g. `100` for 0100. Nil above 9999.
    package init?(number: Int) {
        guard (0...9_999).contains(number) else { return nil }
        self.number = UInt16(number)
    }

    /// - Parameter text: exactly four digits.
    package init?(_ text: String) {
        guard text.utf8.count == 4 else { return nil }
        var number: UInt16 = 0
        for byte in text.utf8 {
            guard let digit = byte.digitValue else { return nil }
            number = number * 10 + UInt16(digit)
        }
        self.number = number
    }

    init(unchecked number: UInt16) {
        self.number = number
    }

    /// First digit: which edition of the standard.
    package enum Version: UInt8, Sendable {
        case iso1987 = 0
        case iso1993 = 1
        case iso2003 = 2
    }

    /// Second digit: what the message is about.
    package enum Class: UInt8, Sendable {
        case authorization = 1
        case financial = 2
        case fileAction = 3
        case reversal = 4
        case reconciliation = 5
        case administrative = 6
        case feeCollection = 7
        case network = 8
    }

    /// Third digit: its part in the dialogue. Odd ones answer the even one before them.
    package enum Function: UInt8, Sendable {
        case request = 0
        case requestResponse = 1
        case advice = 2
        case adviceResponse = 3
        case notification = 4
        case notificationAcknowledgement = 5
        case instruction = 6
        case instructionAcknowledgement = 7
    }

    /// Fourth digit: who started it. Odd ones are repeats of the even one before them.
    package enum Origin: UInt8, Sendable {
        case acquirer = 0
        case acquirerRepeat = 1
        case issuer = 2
        case issuerRepeat = 3
        case other = 4
        case otherRepeat = 5
    }

    /// Nil when the digit is reserved.
    package var version: Version? { Version(rawValue: UInt8(self.number / 1_000)) }
    /// Nil when the digit is reserved.
    package var messageClass: Class? { Class(rawValue: UInt8(self.number / 100 % 10)) }
    /// Nil when the digit is reserved.
    package var function: Function? { Function(rawValue: UInt8(self.number / 10 % 10)) }
    /// Nil when the digit is reserved.
    package var origin: Origin? { Origin(rawValue: UInt8(self.number % 10)) }

    /// Whether this message answers another one; a response is never answered.
    package var isResponse: Bool { self.number / 10 % 2 == 1 }

    /// Whether the sender marks it as sent before.
    package var isRepeat: Bool { self.number % 2 == 1 }

    /// The same with the repeat digit cleared: 0101 → 0100. Request keys and rules use this form.
    package var withoutRepeat: MessageTypeIndicator {
        MessageTypeIndicator(unchecked: self.number - self.number % 2)
    }

    /// The same marked as a repeat: 0120 → 0121.
    package var asRepeat: MessageTypeIndicator {
        MessageTypeIndicator(unchecked: self.number - self.number % 2 + 1)
    }

    /// The indicator of the answer: function plus one, repeat digit cleared (0101 → 0110, 0420 → 0430).
    /// Nil for a response.
    package var response: MessageTypeIndicator? {
        self.isResponse ? nil : MessageTypeIndicator(unchecked: self.withoutRepeat.number + 10)
    }

    /// The four digits.
    package var description: String {
        let digits = String(self.number)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

extension MessageTypeIndicator: ExpressibleByIntegerLiteral {
    /// For constants in code, written without the leading zero: `100` is 0100. Traps above 9999.
    package init(integerLiteral value: UInt16) {
        precondition(value <= 9_999, "a message type indicator has four digits")
        self.number = value
    }
}

extension UInt8 {
    /// 0...9 for an ASCII digit.
    @inline(__always)
    var digitValue: UInt8? {
        let value = self &- 0x30
        return value < 10 ? value : nil
    }
}
