/// A text with `x` in the place of what is drawn at random and has digits enough to pass for a card number by chance: UUIDs
/// (RFC 9562, of a version and the variant that it has), and unbroken words of at least 32 hexadecimal digits, of which
/// one is a letter.
func withoutRandomWords(_ text: [UInt8]) -> [UInt8] {
    var readable = text
    let words = text.indices.split { !isHexadecimal(text[$0]) }
    let long = words.filter { word in word.count >= 32 && word.contains { text[$0].digitValue == nil } }
    for place in long.joined() { readable[place] = UInt8(ascii: "x") }
    for word in words where word.count >= 8 {
        // Letters may stand before it, as in an identifier's prefix.
        let uuid = word.endIndex - 8..<word.endIndex + 28
        if isUUID(uuid, in: text) { for place in uuid { readable[place] = UInt8(ascii: "x") } }
    }
    return readable
}

private func isUUID(_ place: Range<Int>, in text: [UInt8]) -> Bool {
    guard place.upperBound <= text.count else { return false }
    let (uuid, dash) = (Array(text[place]), UInt8(ascii: "-"))
    let hasForm = uuid.indices.allSatisfy { index in
        [8, 13, 18, 23].contains(index) ? uuid[index] == dash : isHexadecimal(uuid[index])
    }
    let hasVersion = uuid[14].digitValue.map { (1...8).contains($0) } ?? false
    let isAlone =
        (place.lowerBound == 0 || text[place.lowerBound - 1].digitValue == nil)
        && (place.upperBound == text.count || text[place.upperBound].digitValue == nil)
    return hasForm && hasVersion && "89abAB".utf8.contains(uuid[19]) && isAlone
}

private func isHexadecimal(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }
