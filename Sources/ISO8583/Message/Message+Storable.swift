/// The elements and tags whose values may be kept.
package struct StorageAllowList: Hashable, Sendable {
    /// Of ``wholes``.
    package let elements: ElementSet
    /// By element; names as ``Subelement/name`` has them. In an element that is made of tags, or that has an entry here,
    /// only these are kept.
    package let parts: [Int: Set<String>]

    /// Amounts of twelve digits, two a byte. Of another length they may be anything.
    fileprivate static func isAmount(_ tag: String, length: Int) -> Bool {
        length == 6 && (tag == "9F02" || tag == "9F03")
    }

    /// What the standard has for the card's number, expiry, tracks, PIN and chip data: no file may ask to keep it.
    package static let cardData: ElementSet = [2, 14, 34, 35, 36, 45, 52, 53, 55]

    /// The elements that may be kept as a whole. In all others card data may stand (PCI DSS, requirement 3.3: tracks,
    /// PIN block and CVV2 may not outlive the request): the standard puts it there, or leaves them to networks, which put
    /// CVV2 into DE 48 or 126. Of those only parts are kept that somebody has named. DE 2 is kept masked.
    package static let wholes: ElementSet = Message.shown.union([2, 20, 54, 64, 95, 98, 101, 128])
    /// What DE 55 may not show: tracks 1 and 2 with their discretionary data, PIN data, and the card's number, expiry,
    /// service code and holder.
    package static let cardDataTags: Set<String> = [
        "56", "57", "5A", "5F20", "5F24", "5F30", "99", "9F0B", "9F1F", "9F20", "9F6B",
    ]

    /// - Parameters: what a network's operators want to see. What must not be kept is left out, whatever is asked.
    package init(elements: ElementSet, parts: [Int: Set<String>] = [:]) {
        self.elements = elements.intersection(Self.wholes)
        var parts = parts
        for element in Self.cardData where element != 55 { parts[element] = nil }
        parts[55]?.subtract(Self.cardDataTags)
        self.parts = parts
    }

    /// The list without an element, or without one of its parts.
    package func without(_ element: Int, part: String?) -> StorageAllowList {
        var parts = parts
        if let part { parts[element]?.remove(part) } else { parts[element] = nil }
        return StorageAllowList(elements: elements.subtracting([element]), parts: parts)
    }

    /// What says nothing of the cardholder and opens no card: amounts, dates, codes, merchant and terminal; of DE 55
    /// (EMV Book 3, annex A) amounts, dates, countries, results and counters.
    package static let standard = StorageAllowList(
        elements: Message.shown.union([2]),
        parts: [
            55: [
                "4F", "5F2A", "5F34", "82", "84", "8A", "95", "9A", "9B", "9C", "9F02", "9F03", "9F06", "9F09", "9F1A",
                "9F21", "9F27", "9F33", "9F34", "9F35", "9F36", "9F39", "9F41", "9F53", "9F66", "9F6E",
            ]
        ]
    )
}

extension Message {
    /// One line that may be stored: MTI, then `number=value` for elements on the list, and `number=*(bytes)` for
    /// others. Elements made of tags, or of which parts are listed, show as `55={9A=261121 9F37=*(4)}`, templates by what
    /// they hold.
    ///
    /// The PAN (DE 2) shows its first six and last four digits. In all other values its digits and what passes for a card
    /// number are masked the same way, in binary ones both as digits in characters and as nibbles; but not in amounts,
    /// dates and codes, of which one in ten would pass by chance.
    package func storable(allowing allowed: StorageAllowList, dialect: Dialect) -> String {
        var line = StoredLine(of: self)
        for element in self.elements {
            guard let value = self.bytes(of: element) else { continue }
            line.begin(element)
            if let layout = dialect.subelements[element], layout.hasTags || allowed.parts[element] != nil {
                Self.append(value, allowed.parts[element] ?? [], layout, to: &line)
            } else if !allowed.elements.contains(element) {
                line.append(lengthOf: value)
            } else if element == 2 {
                line.append(printable(maskedPAN(value)[...]))
            } else {
                let isBinary = dialect.wireSpec(of: element)?.content == .binary
                let canBePAN = !Self.neverCardNumbers.contains(element)
                let evenGlued = !Self.numbersOfParts.contains(element)
                line.append(value, isBinary, canBePAN: canBePAN, evenGlued: evenGlued)
            }
        }
        return line.text
    }

    private static func append(
        _ value: ArraySlice<UInt8>,
        _ allowed: Set<String>,
        _ layout: SubelementLayout,
        to line: inout StoredLine
    ) {
        guard let parts = try? layout.split(Array(value)) else { return line.append(lengthOf: value) }
        let isBinary = layout == .berTLV
        var separator = "{"
        for part in parts where !isBinary || !isTemplate(part.name) {
            let bytes = value.dropFirst(part.range.lowerBound).prefix(part.range.count)
            line.append(separator)
            line.append(part.name)
            line.append("=")
            separator = " "
            if allowed.contains(part.name) {
                let canBePAN = !StorageAllowList.isAmount(part.name, length: bytes.count)
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
    /// Known, it is found whatever stands between its digits.
    private let accountNumber: ArraySlice<UInt8>?

    init(of message: Message) {
        accountNumber = message.accountNumber
        self.bytes.reserveCapacity(512)
        append(message.messageType.description)
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

    mutating func append(_ value: ArraySlice<UInt8>, _ isBinary: Bool, canBePAN: Bool, evenGlued: Bool = true) {
        let start = self.bytes.count
        if isBinary {
            if canBePAN, holdsCardNumber(value) { return append(lengthOf: value) }
            for byte in value {
                self.bytes.append(Self.hexDigit(byte >> 4))
                self.bytes.append(Self.hexDigit(byte & 0x0F))
            }
        } else {
            for byte in value { self.bytes.append((0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: ".")) }
        }
        guard canBePAN else { return }
        if let accountNumber { mask(accountNumber, in: &self.bytes, from: start) }
        maskCardNumbers(in: &self.bytes, from: start, evenGlued: evenGlued)
    }

    /// In characters, of ASCII or of EBCDIC, whose pages have digits at the same places.
    private func holdsCardNumber(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count >= DigitStretch.shortestNumber else { return false }
        return [Array(value), value.map(CodePage.ibm037.character)].contains { text in
            maskingCardNumbers(text) != text || accountNumber.map { masking($0, in: text) != text } ?? false
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
