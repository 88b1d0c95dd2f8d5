import ISO8583

/// Where in a message something stands.
package struct ElementLocation: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        case whole
        /// Offsets in the value; a shorter value does not have it.
        case positions(Range<Int>)
        /// The part of that name or tag, in the layout that the dialect gives the element.
        case part(String)
    }

    package var element: Int
    package var place: Place

    package init(_ element: Int, _ place: Place = .whole) {
        self.element = element
        self.place = place
    }

    /// The text there without the spaces at its end, ISO 8859-1. Nil when it is absent or blank.
    func text(in message: Message, _ dialect: Dialect) throws(Unacceptable) -> String? {
        try bytes(in: message, dialect).map(trimmedText)
    }

    /// What stands there. Nil when it is absent or blank.
    func bytes(in message: Message, _ dialect: Dialect) throws(Unacceptable) -> ArraySlice<UInt8>? {
        guard let value = message.bytes(of: element), let found = try part(of: value, dialect),
            found.contains(where: { $0 != UInt8(ascii: " ") })
        else { return nil }
        return found
    }

    private func part(of value: ArraySlice<UInt8>, _ dialect: Dialect) throws(Unacceptable) -> ArraySlice<UInt8>? {
        switch place {
        case .whole: return value
        case .positions(let range):
            guard range.lowerBound >= 0, range.upperBound <= value.count else { return nil }
            return value.dropFirst(range.lowerBound).prefix(range.count)
        case .part(let name):
            let bytes = Array(value)
            guard let layout = dialect.subelements[element], let parts = try? layout.split(bytes) else {
                throw Unacceptable(.formatError)
            }
            return parts.first { $0.name == name }.map { bytes[$0.range] }
        }
    }
}

/// What the values at a place mean. A value that is not among them is a format error.
package struct ElementTable<Meaning: Sendable>: Sendable {
    package var location: ElementLocation
    package var meanings: [String: Meaning]

    package init(_ location: ElementLocation, _ meanings: [String: Meaning]) {
        self.location = location
        self.meanings = meanings
    }

    /// Nil when the message says nothing.
    func meaning(in message: Message, _ dialect: Dialect) throws(Unacceptable) -> Meaning? {
        guard message.contains(location.element), let text = try location.text(in: message, dialect) else { return nil }
        guard let meaning = meanings[text] else { throw Unacceptable(.formatError) }
        return meaning
    }
}

/// ISO 8859-1 text without the spaces at its end. Works on bytes: a string's characters cost more than the rest of the
/// message.
func trimmedText(_ bytes: ArraySlice<UInt8>) -> String {
    let end = bytes.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? bytes.startIndex
    let trimmed = bytes[..<end]
    guard trimmed.contains(where: { $0 >= 0x80 }) else { return String(decoding: trimmed, as: UTF8.self) }
    // ISO 8859-1 is the first 256 characters of Unicode.
    return String(String.UnicodeScalarView(trimmed.map { Unicode.Scalar($0) }))
}
