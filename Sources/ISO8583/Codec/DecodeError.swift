/// Why bytes are not a message of the dialect.
package struct DecodeError: Error, Sendable {
    /// The classes of malformed messages. Raw values are those that tools print.
    package enum Class: String, Sendable, CaseIterable {
        /// An element, the MTI or a bit map is announced but its data is cut.
        case truncatedData = "truncated_data"
        /// The length indicator is cut.
        case truncatedLengthIndicator = "truncated_length_indicator"
        /// The length indicator shows more than the element's maximum.
        case lengthExceedsMaximum = "length_exceeds_maximum"
        /// The length indicator is no number.
        case badLengthIndicator = "bad_length_indicator"
        /// A hex bit map holds another character.
        case bitmapNotHex = "bitmap_not_hex"
        /// Bytes are left after the last announced element.
        case trailingData = "trailing_data"
        /// A character that the element's class does not allow: a non-digit in class n, x+n, z or the MTI, a non-hex
        /// character in a binary element.
        case invalidDigit = "invalid_digit"
        /// The dialect knows nothing of an announced element, so its length is unknown.
        case unknownElement = "unknown_element"
        /// More bytes than ``Limits/messageBytes``.
        case messageTooLong = "message_too_long"
    }

    /// Where in the message.
    package enum Place: Hashable, Sendable, CustomStringConvertible {
        case messageType
        /// 1...3.
        case bitmap(Int)
        /// 2...192.
        case element(Int)

        /// `MTI`, `bitmap1`, or the element's number.
        package var description: String {
            switch self {
            case .messageType: "MTI"
            case .bitmap(let number): "bitmap\(number)"
            case .element(let number): String(number)
            }
        }
    }

    package var `class`: Class
    package var element: Place
    /// Bytes from the start of the message (header excluded): the length indicator for faults of the length, else the
    /// data; for `invalidDigit` the offending byte; for `trailingData` the first byte left over.
    package var offset: Int
    /// Bytes, units or the element number found; meaning depends on the class.
    var found: Int
    /// Bytes or units expected.
    var expected: Int

    /// What could be read: the MTI and the elements that decoded. Nil when the MTI could not be read.
    ///
    /// Enough to answer with DE 39 = 30 when it holds DE 11. A fault of content (`invalidDigit`) leaves the layout
    /// intact, so all other elements are there; after any other fault only those before it.
    package var partial: Message?

    /// The elements that the bit maps announce; nil when those could not be read.
    package var announced: ElementSet?

    /// The MTI, if it could be read.
    package var messageType: MessageTypeIndicator? { self.partial?.messageType }

    /// The system trace audit number (DE 11), if it could be read.
    package var systemTraceAuditNumber: Int64? { self.partial?.digits(11) }

    /// Whether an answer can name the request: MTI of a request and STAN are known, and the bit map was parsed.
    package var isAnswerable: Bool {
        guard let type = self.messageType, !type.isResponse else { return false }
        return self.systemTraceAuditNumber != nil
    }

    /// One sentence for people; holds lengths, never data.
    package var message: String {
        switch self.class {
        case .truncatedData: "\(self.found) bytes of data, expected \(self.expected)"
        case .truncatedLengthIndicator: "\(self.found) bytes of length indicator, expected \(self.expected)"
        case .lengthExceedsMaximum: "length \(self.found) is above the maximum \(self.expected)"
        case .badLengthIndicator: "the length indicator is not a valid number"
        case .bitmapNotHex: "the bit map holds a character that is not a hex digit"
        case .trailingData: "\(self.found) bytes are left after the last element"
        case .invalidDigit: "a character is not allowed by the element's class"
        case .unknownElement: "the dialect does not define this element"
        case .messageTooLong: "\(self.found) bytes, the limit is \(self.expected)"
        }
    }
}

extension DecodeError: CustomStringConvertible {
    package var description: String {
        "\(self.class.rawValue) element \(self.element) offset \(self.offset): \(self.message)"
    }
}

/// Why a message cannot be put into bytes of the dialect: the message was made wrongly, not received.
package struct EncodeError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Class: String, Sendable, CaseIterable {
        /// The dialect does not define the element, or its bit maps do not reach that far.
        case unknownElement = "unknown_element"
        /// The value is longer than the element's maximum.
        case lengthExceedsMaximum = "length_exceeds_maximum"
        /// The value of a fixed element is too short and the dialect does not pad it.
        case wrongLength = "wrong_length"
        /// A character that the element's class or encoding does not allow.
        case invalidDigit = "invalid_digit"
        /// More bytes than ``Limits/messageBytes``.
        case messageTooLong = "message_too_long"
    }

    package var `class`: Class
    /// The element's number; 0 for the whole message.
    package var element: Int

    package var description: String { "\(self.class.rawValue) element \(self.element)" }
}
