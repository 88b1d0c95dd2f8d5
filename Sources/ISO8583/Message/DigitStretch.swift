/// Digits of a text that may be one number: between two of them are at most ``mostSigns`` others, none of them a letter.
/// Digits and signs are those of Unicode.
struct DigitStretch {
    /// Columns of a form are further apart.
    private static let mostSigns = 3

    /// In ASCII.
    private(set) var digits: [UInt8] = []
    /// Where each digit's bytes are in the text.
    private(set) var places: [Range<Int>] = []
    /// Where each group of unbroken digits begins, as an index of ``digits``.
    private(set) var groups: [Int] = []

    func end(ofGroup index: Int) -> Int { index + 1 < groups.count ? groups[index + 1] : digits.count }

    /// All of a text from an offset on; none where it has fewer digits than a number has that is looked for, which is so
    /// of most texts, and costs no allocation.
    ///
    /// - Parameter text: UTF-8. What is none in it counts as signs.
    static func all(in text: [UInt8], from start: Int = 0, digits fewest: Int) -> [DigitStretch] {
        guard text[start...].count(where: { $0.digitValue != nil || $0 >= 0x80 }) >= fewest else { return [] }
        var (found, current): ([DigitStretch], DigitStretch) = ([], DigitStretch())
        var (place, signs) = (start, 0)
        while place < text.count {
            let (character, length) = scalar(at: place, in: text)
            if let digit = character.digitValue {
                if signs > 0 || current.digits.isEmpty { current.groups.append(current.digits.count) }
                current.digits.append(UInt8(ascii: "0") + digit)
                current.places.append(place..<place + length)
                signs = 0
            } else {
                signs = character.properties.isAlphabetic ? mostSigns + 1 : signs + 1
                if signs > mostSigns, !current.digits.isEmpty {
                    found.append(current)
                    current = DigitStretch()
                }
            }
            place += length
        }
        return current.digits.isEmpty ? found : found + [current]
    }

    private static func scalar(at place: Int, in text: [UInt8]) -> (Unicode.Scalar, length: Int) {
        let length =
            switch text[place] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        let bytes = text[place...].prefix(length)
        guard length > 1 else { return (text[place] < 0x80 ? Unicode.Scalar(text[place]) : "\u{FFFD}", 1) }
        let scalars = String(validating: bytes, as: UTF8.self)?.unicodeScalars
        return scalars?.first.map { ($0, length) } ?? ("\u{FFFD}", 1)
    }
}

extension Unicode.Scalar {
    /// Of decimal digits in any script, also raised or in a circle.
    fileprivate var digitValue: UInt8? {
        if isASCII { return UInt8(ascii: self).digitValue }
        guard properties.numericType == .decimal || properties.numericType == .digit else { return nil }
        return properties.numericValue.flatMap { UInt8(exactly: $0) }
    }
}
