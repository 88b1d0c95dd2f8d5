/// An element and its value as tools print it.
package struct CanonicalField: Hashable, Sendable {
    /// 2...192.
    package var element: Int
    /// Characters; upper-case hex for class b. Not masked.
    package var value: String

    package init(element: Int, value: String) {
        self.element = element
        self.value = value
    }
}

/// Why strings are not a message.
package enum CanonicalFieldError: Error, Hashable, Sendable, CustomStringConvertible {
    case badMessageType
    /// Not a number, or outside 2...192, or the dialect does not define it.
    case unknownElement(String)
    /// A binary element that is not an even number of hex characters.
    case notHex(Int)
    /// A character outside ISO 8859-1.
    case notLatin1(Int)

    package var description: String {
        switch self {
        case .badMessageType: "the MTI is not four digits"
        case .unknownElement(let name): "the dialect has no element \(name)"
        case .notHex(let element): "element \(element) is binary and wants hex"
        case .notLatin1(let element): "element \(element) holds a character that one byte cannot hold"
        }
    }
}

extension Message {
    /// All elements as tools show them, ascending. In clear: for the owner of test data, not for logs.
    ///
    /// - Parameter dialect: says which elements are binary.
    package func canonicalFields(dialect: Dialect) -> [CanonicalField] {
        self.elements.map { element in
            let value = self.bytes(of: element) ?? []
            let isBinary = dialect.wireSpec(of: element)?.content == .binary
            return CanonicalField(element: element, value: isBinary ? hexText(value) : latin1Text(value))
        }
    }

    /// A message from what ``canonicalFields(dialect:)`` gives; hex of either case.
    ///
    /// - Parameters:
    ///   - messageType: four digits.
    ///   - fields: element number in decimal, value. A later one replaces an earlier one of the same number.
    package init(
        _ messageType: String,
        canonicalFields fields: some Sequence<(key: String, value: String)>,
        dialect: Dialect
    ) throws(CanonicalFieldError) {
        guard let type = MessageTypeIndicator(messageType) else { throw .badMessageType }
        self.init(type)
        for (name, value) in fields {
            guard let element = Int(name), (2...Limits.elementNumber).contains(element),
                let spec = dialect.wireSpec(of: element)
            else { throw .unknownElement(name) }
            guard spec.content == .binary else {
                guard value.unicodeScalars.allSatisfy({ $0.value < 0x100 }) else { throw .notLatin1(element) }
                self.set(element, text: value)
                continue
            }
            guard let bytes = hexBytes(value) else { throw .notHex(element) }
            self.set(element, bytes: bytes)
        }
    }
}

/// Upper-case hex.
package func hexText(_ bytes: some Sequence<UInt8>) -> String {
    var characters: [UInt8] = []
    for byte in bytes {
        characters.append(hexCharacter(byte >> 4))
        characters.append(hexCharacter(byte & 0x0F))
    }
    return latin1Text(characters)
}

/// Bytes of hex text of either case; nil for an odd count or another character.
package func hexBytes(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 2)
    for index in stride(from: 0, to: characters.count, by: 2) {
        let high = hexValue(characters[index])
        let low = hexValue(characters[index + 1])
        guard high < 16, low < 16 else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}
