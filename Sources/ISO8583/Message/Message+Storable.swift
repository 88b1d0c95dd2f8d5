/// The elements and tags whose values may be kept.
package struct StorageAllowList: Hashable, Sendable {
    /// Never with an element that `never` holds.
    package let elements: ElementSet
    /// By element; names as ``Subelement/name`` has them. In an element that is made of tags, only these are kept.
    package let tags: [Int: Set<String>]

    /// Amounts of twelve digits.
    fileprivate static let neverCardNumberTags: Set<String> = ["9F02", "9F03"]

    /// What the standard has for the card's number, expiry, tracks, PIN and chip data: no file may ask to keep it.
    package static let cardData: ElementSet = [2, 14, 34, 35, 36, 45, 52, 53, 55]

    /// Tracks and PIN data, which may not outlive the request (PCI DSS, requirement 3.3).
    private static let never: ElementSet = [35, 36, 45, 52]
    /// The same in DE 55: tracks 1 and 2 with their discretionary data, PIN data, and the PAN.
    private static let neverTags: Set<String> = ["56", "57", "5A", "99", "9F1F", "9F20", "9F6B"]

    /// - Parameters: what a network's operators want to see. What must not be kept is left out, whatever is asked.
    package init(elements: ElementSet, tags: [Int: Set<String>] = [:]) {
        self.elements = elements.subtracting(Self.never)
        self.tags = tags.mapValues { $0.subtracting(Self.neverTags) }
    }

    /// The list without an element, or without one of its tags.
    package func without(_ element: Int, tag: String?) -> StorageAllowList {
        var tags = tags
        if let tag { tags[element]?.remove(tag) } else { tags[element] = nil }
        return StorageAllowList(elements: elements.subtracting([element]), tags: tags)
    }

    /// What says nothing of the cardholder and opens no card: amounts, dates, codes, merchant and terminal; of DE 55
    /// (EMV Book 3, annex A) amounts, dates, countries, results and counters.
    package static let standard = StorageAllowList(
        elements: Message.shown.union([2]),
        tags: [
            55: [
                "4F", "5F2A", "5F34", "82", "84", "8A", "95", "9A", "9B", "9C", "9F02", "9F03", "9F06", "9F09", "9F1A",
                "9F21", "9F27", "9F33", "9F34", "9F35", "9F36", "9F39", "9F41", "9F53", "9F66", "9F6E",
            ]
        ]
    )
}

extension Message {
    /// One line that may be stored: MTI, then `number=value` for elements on the list, and `number=*(bytes)` for
    /// others. Elements made of tags show as `55={9A=261121 9F37=*(4)}`, templates by what they hold.
    ///
    /// The PAN (DE 2) shows its first six and last four digits. In all other values runs of 12 to 19 digits that pass
    /// the Luhn check are masked the same way, in binary ones both as digits in characters and as nibbles; but not in
    /// amounts, dates and codes, of which one in ten would pass by chance.
    package func storable(allowing allowed: StorageAllowList, dialect: Dialect) -> String {
        var line = StoredLine(self.messageType)
        for element in self.elements {
            guard let value = self.bytes(of: element) else { continue }
            line.begin(element)
            if dialect.subelements[element]?.hasTags == true {
                appendTags(element, value, allowed.tags[element] ?? [], dialect, to: &line)
            } else if !allowed.elements.contains(element) {
                line.append(lengthOf: value)
            } else if element == 2 {
                line.append(printable(maskedPAN(value)[...]))
            } else {
                let isBinary = dialect.wireSpec(of: element)?.content == .binary
                line.append(value, isBinary, canBePAN: !Self.neverCardNumbers.contains(element))
            }
        }
        return line.text
    }

    private func appendTags(
        _ element: Int,
        _ value: ArraySlice<UInt8>,
        _ allowed: Set<String>,
        _ dialect: Dialect,
        to line: inout StoredLine
    ) {
        guard let parts = self.subelements(of: element, dialect: dialect) else { return line.append(lengthOf: value) }
        let isBinary = dialect.subelements[element] == .berTLV
        var separator = "{"
        for part in parts where !isBinary || !isTemplate(part.name) {
            let bytes = value.dropFirst(part.range.lowerBound).prefix(part.range.count)
            line.append(separator)
            line.append(part.name)
            line.append("=")
            separator = " "
            if allowed.contains(part.name) {
                let canBePAN = !StorageAllowList.neverCardNumberTags.contains(part.name)
                line.append(bytes, isBinary, canBePAN: canBePAN)
            } else {
                line.append(lengthOf: bytes)
            }
        }
        line.append(separator == "{" ? "{}" : "}")
    }
}

/// Whether a TLV object holds others: bit 6 of the tag's first byte (EMV Book 3, annex B1).
private func isTemplate(_ tag: String) -> Bool { (UInt8(tag.prefix(2), radix: 16) ?? 0) & 0x20 != 0 }

/// A line under way, of printable ASCII. Works on bytes: each message of a network becomes one, twice a payment.
private struct StoredLine {
    private var bytes: [UInt8] = []

    init(_ messageType: MessageTypeIndicator) {
        self.bytes.reserveCapacity(512)
        append(messageType.description)
    }

    var text: String { String(decoding: self.bytes, as: UTF8.self) }

    mutating func begin(_ element: Int) {
        self.bytes.append(UInt8(ascii: " "))
        append(number: element)
        self.bytes.append(UInt8(ascii: "="))
    }

    mutating func append(_ text: String) {
        for byte in text.utf8 { self.bytes.append((0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: ".")) }
    }

    private mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        self.bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    mutating func append(_ printable: [UInt8]) { self.bytes += printable }

    mutating func append(lengthOf value: ArraySlice<UInt8>) {
        append("*(")
        append(number: value.count)
        self.bytes.append(UInt8(ascii: ")"))
    }

    mutating func append(_ value: ArraySlice<UInt8>, _ isBinary: Bool, canBePAN: Bool) {
        let start = self.bytes.count
        if isBinary {
            if canBePAN, maskingCardNumbers(Array(value)) != Array(value) { return append(lengthOf: value) }
            for byte in value {
                self.bytes.append(Self.hexDigit(byte >> 4))
                self.bytes.append(Self.hexDigit(byte & 0x0F))
            }
        } else {
            for byte in value { self.bytes.append((0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: ".")) }
        }
        if canBePAN { maskCardNumbers(in: &self.bytes, from: start) }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
