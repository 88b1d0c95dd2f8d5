extension String {
    /// What of somebody's text may be kept: all free text from outside passes through here, or is refused.
    package var withoutCardNumbers: String { String(decoding: maskingCardNumbers(Array(utf8)), as: UTF8.self) }

    /// Whether digits in it pass for a card number, unbroken, in groups with any signs between them, or glued to others
    /// on one side, or to a date and others: with any on both, every second number of 28 digits would have one by chance.
    /// UUIDs and digests in hexadecimal are no place for one, but some of them would pass, too.
    package var holdsCardNumber: Bool { holdsCardNumber(evenGlued: true) }

    /// The same of a network's name for a payment. Fifteen digits alone are one of Visa's, of which one in ten would pass,
    /// but for those that a scheme has numbers of.
    package var holdsCardNumberAsTransactionID: Bool {
        let digits = Array(utf8)
        guard digits.count == 15, digits.allSatisfy({ $0.digitValue != nil }) else { return holdsCardNumber }
        return SchemeNumbers.contain(digits)
    }

    /// - Parameter evenGlued: false for identifiers that are long numbers of several parts.
    package func holdsCardNumber(evenGlued: Bool) -> Bool {
        // Most texts have not so many digits, and every payment's come through here.
        guard utf8.count(where: { $0.digitValue != nil || $0 >= 0x80 }) >= 13 else { return false }
        return DigitStretch.all(in: withoutRandomWords(Array(utf8)), digits: 13).contains { stretch in
            stretch.cardNumbers(evenGlued: evenGlued).contains { number in
                switch number.shape {
                // Cards' numbers begin with 22 or more but for airlines' own; dates with their year, moments in digits of
                // Unix time, and most networks' and machines' ids begin with less.
                case .whole: number.digits.count >= 13 && stretch.beginning(of: number.digits) >= 22
                case .grouped: true
                case .glued: stretch.isAtEdge(number.digits)
                }
            }
        }
    }
}

/// Masks what passes for a card number (``CardNumberShape``), as one that slipped into free text would; and what follows
/// a separator of tracks 1 and 2 behind it (ISO/IEC 7813), to the end.
///
/// - Parameter evenGlued: masks the whole of a group, too, that has other digits before or behind what looks like a card
///   number: nobody knows then where it begins.
package func maskingCardNumbers(_ text: [UInt8], evenGlued: Bool = true) -> [UInt8] {
    var masked = text
    maskCardNumbers(in: &masked, from: 0, evenGlued: evenGlued)
    return masked
}

/// Masks the digits of a number wherever they follow each other, whatever stands between them or beside; and all of
/// 13 or more of its first or last digits where it was cut, as to the 15 places of DE 42.
package func masking(_ number: ArraySlice<UInt8>, in text: [UInt8]) -> [UInt8] {
    var masked = text
    mask(number, in: &masked, from: 0)
    return masked
}

/// The same in place, from an offset to the end.
func mask(_ number: ArraySlice<UInt8>, in text: inout [UInt8], from start: Int) {
    guard number.count >= DigitStretch.shortestNumber, mayHold(number, text[start...]) else { return }
    let stretches = DigitStretch.all(in: text, from: start, digits: min(number.count, shortestPart))
    let (digits, places) = (stretches.flatMap(\.digits), stretches.flatMap(\.places))
    func isUnbroken(_ index: Int) -> Bool {
        digits.indices.dropFirst().contains(index) && places[index - 1].upperBound == places[index].lowerBound
    }
    var next = 0
    while next < digits.count {
        let rest = digits[next...]
        let first = zip(rest, number).prefix { $0 == $1 }.count
        let last = (shortestPart..<max(shortestPart, number.count)).last { rest.starts(with: number.suffix($0)) }
        if first == number.count {
            mask(places[next..<next + first], in: &text, shown: shownDigits(ofPANLength: first))
            next += first
        } else if first >= shortestPart, !isUnbroken(next + first) {
            mask(places[next..<next + first], in: &text, shown: (first: 0, last: 0))
            next += first
        } else if let last, !isUnbroken(next) {
            mask(places[next..<next + last], in: &text, shown: (first: 0, last: 0))
            next += last
        } else {
            next += 1
        }
    }
}

/// So many digits of a card number leave few others to try.
private let shortestPart = 13

/// Whether as many of a number's first or last digits follow each other in a text as are masked. Most texts have them
/// not, and cost no allocation.
private func mayHold(_ number: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    func value(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1.digitValue ?? 0) } }
    let length = min(number.count, shortestPart)
    let (first, last) = (value(number.prefix(length)), value(number.suffix(length)))
    let others = length == shortestPart ? 1_000_000_000_000 : 100_000_000_000
    var (latest, count) = (0, 0)
    for byte in text {
        // Maybe a digit in another script.
        guard byte < 0x80 else { return true }
        guard let digit = byte.digitValue else { continue }
        latest = latest % others * 10 + Int(digit)
        count += 1
        if count >= length, latest == first || latest == last { return true }
    }
    return false
}

/// The same as ``maskingCardNumbers(_:evenGlued:)`` in place, from an offset to the end.
func maskCardNumbers(in text: inout [UInt8], from start: Int, evenGlued: Bool) {
    for stretch in DigitStretch.all(in: text, from: start, digits: DigitStretch.shortestNumber) {
        for number in stretch.cardNumbers(evenGlued: evenGlued) {
            var (digits, shown) = (number.digits, shownDigits(ofPANLength: number.digits.count))
            if number.shape == .glued, let group = stretch.groups.lastIndex(where: { $0 <= digits.lowerBound }) {
                (digits, shown) = (stretch.groups[group]..<stretch.end(ofGroup: group), (first: 0, last: 0))
            }
            let places = stretch.places[digits]
            mask(places, in: &text, shown: shown)
            if let last = places.last { maskTrack(in: &text, behind: last.upperBound) }
        }
    }
}

/// As many asterisks as a digit has bytes: what stands behind stays where it was.
private func mask(_ places: ArraySlice<Range<Int>>, in text: inout [UInt8], shown: (first: Int, last: Int)) {
    for byte in places.dropFirst(shown.first).dropLast(shown.last).joined() { text[byte] = UInt8(ascii: "*") }
}

private func maskTrack(in text: inout [UInt8], behind end: Int) {
    guard end < text.count, isTrackSeparator(text[end]) else { return }
    for place in end + 1..<text.count { text[place] = UInt8(ascii: "*") }
}

private func isTrackSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "=") || byte == UInt8(ascii: "^") || byte == UInt8(ascii: "D")
}
