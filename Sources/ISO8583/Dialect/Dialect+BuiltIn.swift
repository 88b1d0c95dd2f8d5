extension Dialect {
    /// The built-in dialects, in a fixed order.
    package static let builtIn: [Dialect] = [
        iso87ASCIIHexBitmap, iso87ASCIIBinaryBitmap, iso87BCD, iso87VisaBaseOneLike, iso87EBCDIC,
        iso93ASCIIBinaryBitmap, iso93BCD,
    ]

    /// The built-in dialect of that name; nil when there is none.
    package static func named(_ name: String) -> Dialect? {
        self.builtIn.first { $0.name == name }
    }

    /// ISO 8583:1987 in ASCII throughout: hex bit map, binary elements as hex characters.
    package static let iso87ASCIIHexBitmap = Dialect(
        name: "iso87-ascii-hexbitmap",
        summary: "ISO 8583:1987, all ASCII, hex bit map, binary elements as hex characters",
        edition: .iso1987,
        messageTypeEncoding: .ascii,
        bitmapEncoding: .hexASCII,
        style: WireStyle(digits: .ascii, text: .ascii, binary: .ascii, length: .characters(.ascii))
    )

    /// ISO 8583:1987 in ASCII with a binary bit map and raw binary elements.
    package static let iso87ASCIIBinaryBitmap = Dialect(
        name: "iso87-ascii-binbitmap",
        summary: "ISO 8583:1987, ASCII, binary bit map, binary elements raw",
        edition: .iso1987,
        messageTypeEncoding: .ascii,
        bitmapEncoding: .binary,
        style: WireStyle(digits: .ascii, text: .ascii, binary: .binary, length: .characters(.ascii))
    )

    /// ISO 8583:1987 with BCD digits and lengths, text in ASCII.
    package static let iso87BCD = Dialect(
        name: "iso87-bcd-ascii",
        summary: "ISO 8583:1987, BCD digits and lengths, text ASCII, binary bit map",
        edition: .iso1987,
        messageTypeEncoding: .bcd,
        bitmapEncoding: .binary,
        style: WireStyle(digits: .bcd, text: .ascii, binary: .binary, length: .bcd)
    )

    /// ISO 8583:1987 as Visa BASE I frames it: one-byte binary lengths, EBCDIC text, DE 22 of four digits.
    package static let iso87VisaBaseOneLike: Dialect = {
        var dialect = Dialect(
            name: "iso87-visa-base1-like",
            summary: "ISO 8583:1987, BCD digits, EBCDIC text, one-byte binary lengths, DE 22 n 4",
            edition: .iso1987,
            messageTypeEncoding: .bcd,
            bitmapEncoding: .binary,
            style: WireStyle(digits: .bcd, text: .ebcdic, binary: .binary, length: .binaryByte)
        )
        dialect.redefine(22, ElementSpec(.numeric, .bcd, maximum: 4))
        return dialect
    }()

    /// ISO 8583:1987 in EBCDIC with a binary bit map and raw binary elements.
    package static let iso87EBCDIC = Dialect(
        name: "iso87-ebcdic",
        summary: "ISO 8583:1987, EBCDIC characters and lengths, binary bit map, binary elements raw",
        edition: .iso1987,
        messageTypeEncoding: .ebcdic,
        bitmapEncoding: .binary,
        style: WireStyle(digits: .ebcdic, text: .ebcdic, binary: .binary, length: .characters(.ebcdic))
    )

    /// ISO 8583:1993 in ASCII with a binary bit map and raw binary elements.
    package static let iso93ASCIIBinaryBitmap = Dialect(
        name: "iso93-ascii-binbitmap",
        summary: "ISO 8583:1993, ASCII, binary bit map, binary elements raw",
        edition: .iso1993,
        messageTypeEncoding: .ascii,
        bitmapEncoding: .binary,
        style: WireStyle(digits: .ascii, text: .ascii, binary: .binary, length: .characters(.ascii))
    )

    /// ISO 8583:1993 with BCD digits and lengths, text in ASCII.
    package static let iso93BCD = Dialect(
        name: "iso93-bcd-ascii",
        summary: "ISO 8583:1993, BCD digits and lengths, text ASCII, binary bit map",
        edition: .iso1993,
        messageTypeEncoding: .bcd,
        bitmapEncoding: .binary,
        style: WireStyle(digits: .bcd, text: .ascii, binary: .binary, length: .bcd)
    )

    /// A dialect with all elements of its edition in one style, and the edition's rules and layouts.
    init(
        name: String,
        summary: String,
        edition: Edition,
        messageTypeEncoding: ElementEncoding,
        bitmapEncoding: BitmapEncoding,
        style: WireStyle
    ) {
        self.init(
            name: name,
            summary: summary,
            edition: edition,
            messageTypeEncoding: messageTypeEncoding,
            bitmapEncoding: bitmapEncoding
        )
        for element in StandardElement.all(of: edition) {
            self.redefine(element.number, style.spec(element.notation), name: element.name)
        }
        self.setStandardRules()
    }

    /// The edition's message rules, inner layouts and tags.
    package mutating func setStandardRules() {
        self.rules = MessageRule.standard(self.edition)
        self.subelements = SubelementLayout.standard(self.edition)
        self.knownTags = [55: SubelementLayout.emvTags]
    }

    /// Defines from this module's own data, where a fault is a fault of the code.
    private mutating func redefine(_ element: Int, _ spec: ElementSpec, name: String? = nil) {
        do {
            try self.define(element, spec, name: name)
        } catch {
            preconditionFailure("built-in dialect \(self.name): \(error)")
        }
    }
}

/// A line of the standard's table of data elements.
struct StandardElement {
    var number: Int
    var notation: ElementSpec.Notation
    var name: String

    static func all(of edition: Edition) -> [StandardElement] {
        switch edition {
        case .iso1987: self.parse(StandardElements1987.table)
        case .iso1993: self.parse(StandardElements1993.table)
        }
    }

    private static func parse(_ table: String) -> [StandardElement] {
        table.split(separator: "\n").map { line in
            let cells = line.split(separator: "|", maxSplits: 2).map { $0.trimmingSpaces }
            guard cells.count == 3, let number = Int(cells[0]), let notation = ElementSpec.Notation(cells[1]) else {
                preconditionFailure("standard element table: \(line)")
            }
            return StandardElement(number: number, notation: notation, name: String(cells[2]))
        }
    }
}

extension Substring {
    /// Without spaces at either end.
    var trimmingSpaces: Substring {
        var trimmed = self.drop { $0 == " " }
        while trimmed.last == " " { trimmed.removeLast() }
        return trimmed
    }
}
