extension Message: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The elements whose values say nothing about the cardholder and nothing that opens a card. All others show as
    /// their length: a new or a private element is then hidden without anybody having to think of it.
    package static let shown: ElementSet = ElementSet(
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] + Array(15...19) + Array(21...33) + Array(37...44)
            + [49, 50, 51] + Array(66...71) + Array(73...94) + [97, 99, 100]
    )

    /// Amounts, dates, codes, counts and the retrieval reference number, none of which is as long as card numbers are:
    /// twelve digits of an amount pass the Luhn check one time in ten.
    static let neverCardNumbers = ElementSet(Array(3...30) + [37] + Array(74...85))

    /// Original data elements and replacement amounts: numbers of several parts, in which digits of a card number stand
    /// together by chance.
    static let numbersOfParts: ElementSet = [56, 90, 95]

    /// One line for logs: MTI, then `number=value`. The PAN shows its first six and last four digits, other values as
    /// listed above; the rest is `*` and the length. In what is shown, its digits and what passes for a card number are
    /// masked like it (``maskingCardNumbers(_:evenGlued:)``), except in amounts, dates and codes.
    package var description: String {
        var line = self.messageType.description
        for element in self.elements {
            line += " \(element)="
            guard let value = self.bytes(of: element) else { continue }
            if element == 2 {
                line += latin1Text(maskedPAN(value))
            } else if Self.shown.contains(element) {
                let text = printable(value)
                let isGlued = !Self.numbersOfParts.contains(element)
                let others = maskingCardNumbers(text, evenGlued: isGlued)
                let masked = accountNumber.map { masking($0, in: others) } ?? others
                line += latin1Text(Self.neverCardNumbers.contains(element) ? text : masked)
            } else {
                line += "*(\(value.count))"
            }
        }
        return line
    }

    /// The same as ``description``: a debugger or `dump` shows no more.
    package var debugDescription: String { self.description }

    /// No children, so that nothing can be reached by reflection.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// How much of a PAN is shown and kept, wherever one is: the first six and last four digits, whatever its BIN's length.
///
/// PCI SSC's FAQ 1091 would allow the first eight and four others of 16 digits, but allows no more than this of 15, and
/// names no format for longer numbers than the baseline, which this is. Two formats of one number would complete each
/// other (FAQ 1117), so there is one. It takes away at least four digits: a number under 14 digits is not shown at all.
package func shownDigits(ofPANLength length: Int) -> (first: Int, last: Int) {
    length < 14 ? (first: 0, last: 0) : (first: 6, last: 4)
}

/// A truncated PAN, with asterisks in the place of digits that are taken away.
func maskedPAN(_ digits: ArraySlice<UInt8>) -> [UInt8] {
    let shown = shownDigits(ofPANLength: digits.count)
    let hidden = [UInt8](repeating: UInt8(ascii: "*"), count: digits.count - shown.first - shown.last)
    return digits.prefix(shown.first) + hidden + digits.suffix(shown.last)
}

/// Control characters become dots, so that a value cannot forge a log line.
func printable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }
}
