extension Message {
    /// The canonical value; nil when the element is absent. A view of the message's buffer, nothing is copied.
    package func bytes(of element: Int) -> ArraySlice<UInt8>? {
        self.range(of: element).map { self.bytes[$0] }
    }

    /// Lends the canonical value without touching a reference count; nil when the element is absent.
    package func withBytes<Result>(of element: Int, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard let range = self.range(of: element) else { return nil }
        return body(self.bytes.span.extracting(range))
    }

    /// Length of the canonical value in bytes; nil when the element is absent.
    package func length(of element: Int) -> Int? { self.range(of: element)?.count }

    /// The value as a number: all bytes are digits, 1...18 of them. Nil when absent, empty, longer, or not digits.
    package func digits(_ element: Int) -> Int64? {
        guard let range = self.range(of: element) else { return nil }
        return self.number(range)
    }

    /// A part of the value as a number, e.g. the account type in DE 3. Nil as above, or when the value is shorter.
    ///
    /// - Parameter part: offsets in the value.
    package func digits(_ element: Int, _ part: Range<Int>) -> Int64? {
        guard let range = self.range(of: element), part.lowerBound >= 0, part.upperBound <= range.count else {
            return nil
        }
        return self.number(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
    }

    /// The value of a signed amount (class x+n, `C` or `D` then digits). Debits are positive: what the cardholder pays.
    /// Nil when absent or malformed.
    package func signedAmount(_ element: Int) -> Int64? {
        guard let range = self.range(of: element), let sign = self.bytes[range].first else { return nil }
        guard let amount = self.number(range.dropFirst()) else { return nil }
        switch sign {
        case UInt8(ascii: "D"): return amount
        case UInt8(ascii: "C"): return -amount
        default: return nil
        }
    }

    /// The value as text, ISO 8859-1, fixed elements with their padding. Nil when absent. Allocates: for people.
    package func text(_ element: Int) -> String? {
        self.bytes(of: element).map { latin1Text($0) }
    }

    /// A part of the value as text. Nil when absent, or when the value is shorter.
    ///
    /// - Parameter part: offsets in the value.
    package func text(_ element: Int, _ part: Range<Int>) -> String? {
        guard let value = self.bytes(of: element), part.lowerBound >= 0, part.upperBound <= value.count else {
            return nil
        }
        return latin1Text(value.dropFirst(part.lowerBound).prefix(part.count))
    }

    /// Whether the element is present and its value is exactly this ASCII text.
    package func has(_ element: Int, _ text: StaticString) -> Bool {
        guard let range = self.range(of: element), range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { literal in
            literal.indices.allSatisfy { literal[$0] == self.bytes[range.lowerBound + $0] }
        }
    }

    private func number(_ range: Range<Int>) -> Int64? {
        guard (1...18).contains(range.count) else { return nil }
        var number: Int64 = 0
        for index in range {
            guard let digit = self.bytes[index].digitValue else { return nil }
            number = number &* 10 &+ Int64(digit)
        }
        return number
    }
}

extension Message {
    /// Sets an element from text.
    ///
    /// - Parameter text: ISO 8859-1 characters; any other becomes `?`. Not padded here: the encoder pads fixed elements.
    package mutating func set(_ element: Int, text: String) {
        self.set(element, bytes: latin1Bytes(text))
    }

    /// Sets an element to a number with leading zeros.
    ///
    /// - Parameters:
    ///   - number: not negative, else it is taken as 0.
    ///   - width: digits, 1...18. A number that needs more keeps all its digits, and the encoder refuses it.
    package mutating func set(_ element: Int, digits number: Int64, width: Int) {
        var rest = max(number, 0)
        var reversed: [UInt8] = []
        reversed.reserveCapacity(20)
        while rest > 0 || reversed.count < min(width, 18) {
            reversed.append(0x30 + UInt8(rest % 10))
            rest /= 10
        }
        reversed.reverse()
        self.set(element, bytes: reversed)
    }

    /// Sets a signed amount (class x+n): `D` for zero and above, `C` below.
    ///
    /// - Parameter width: digits after the sign; 8 for DE 28 to 31 of 1987, 16 for DE 97.
    package mutating func set(_ element: Int, signedAmount amount: Int64, width: Int) {
        let digits = String(amount.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
        self.set(element, text: (amount < 0 ? "C" : "D") + zeros + digits)
    }

    /// Copies those of `elements` that `other` has.
    package mutating func copy(_ elements: ElementSet, from other: Message) {
        for element in elements.intersection(other.elements) {
            guard let value = other.bytes(of: element) else { continue }
            self.set(element, bytes: value)
        }
    }

    /// The start of an answer: the MTI of the response and the elements that are echoed, where the request has them.
    /// Nil when this is itself a response.
    package func answer(echoing elements: ElementSet) -> Message? {
        guard let type = self.messageType.response else { return nil }
        var answer = Message(type)
        answer.copy(elements, from: self)
        return answer
    }
}

/// Text of ISO 8859-1 bytes.
func latin1Text(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
}

/// ISO 8859-1 bytes of text; `?` for a character outside it.
func latin1Bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { $0.value < 0x100 ? UInt8($0.value) : 0x3F }
}
