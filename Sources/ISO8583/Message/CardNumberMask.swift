extension String {
    /// What of somebody's text may be kept: all free text from outside passes through here, or is refused.
    package var withoutCardNumbers: String { String(decoding: maskingCardNumbers(Array(utf8)), as: UTF8.self) }

    /// Whether a number of 13 to 19 digits is in it that a card may have, unbroken or in groups as cards show it: ids are
    /// made of other groups. UUIDs and digests in hexadecimal are no place for one, but some of them would pass by chance.
    package var holdsCardNumber: Bool {
        // Most texts have not so many digits, and every payment's come through here.
        guard utf8.count(where: { $0.digitValue != nil }) >= 13 else { return false }
        var text = Array(utf8)
        let words = text.split { !isHexadecimal($0) && $0 != UInt8(ascii: "-") }
        let random = words.filter { $0.count >= 32 && $0.contains { $0 >= UInt8(ascii: "A") } }
        for place in random.flatMap(\.indices) { text[place] = UInt8(ascii: "x") }
        return cardNumbers(in: text[...]).contains { number in
            let groups = text[number].split(whereSeparator: isGroupSeparator).map(\.count)
            return groups.count == 1 || groups[0] == 4 && groups.allSatisfy { $0 <= 6 }
        }
    }
}

/// Masks each run of 12 to 19 digits that passes the Luhn check, as a card number that slipped into free text would, and
/// each number of 13 to 19 digits in groups, as `4000 0000 0000 0002`; and what follows a separator of tracks 1 and 2
/// behind it (ISO/IEC 7813), to the end.
///
/// - Parameter evenGlued: masks the whole of a run, too, that has other digits before or behind what looks like a card
///   number: nobody knows then where it begins.
package func maskingCardNumbers(_ text: [UInt8], evenGlued: Bool = true) -> [UInt8] {
    var masked = text
    maskCardNumbers(in: &masked, from: 0, evenGlued: evenGlued)
    return masked
}

/// Digits of the shortest card number (ISO/IEC 7812-1).
private let shortestPAN = 12

/// The same in place, from an offset to the end.
func maskCardNumbers(in text: inout [UInt8], from start: Int, evenGlued: Bool) {
    // Found before anything is masked: what overlaps may be one number or the other.
    let grouped = cardNumbers(in: text[start...])
    maskRuns(in: &text, from: start, evenGlued: evenGlued)
    for number in grouped {
        let places = number.filter { !isGroupSeparator(text[$0]) }
        let shown = shownDigits(ofPANLength: places.count)
        for place in places.dropFirst(shown.first).dropLast(shown.last) { text[place] = UInt8(ascii: "*") }
        _ = maskTrack(in: &text, behind: number.upperBound)
    }
}

private func maskRuns(in text: inout [UInt8], from start: Int, evenGlued: Bool) {
    var index = start
    while index < text.count {
        let run = text[index...].prefix { $0.digitValue != nil }
        let (first, end) = (run.startIndex, run.endIndex)
        index = max(end, index + 1)
        // Most runs are short: every text that is journaled or kept comes through here.
        guard run.count >= shortestPAN else { continue }
        let isNumber = run.count <= 19 && passesLuhn(run)
        if isNumber || evenGlued && holdsCardNumber(run) {
            let shown = isNumber ? shownDigits(ofPANLength: run.count) : (first: 0, last: 0)
            for place in first + shown.first..<end - shown.last { text[place] = UInt8(ascii: "*") }
            if maskTrack(in: &text, behind: end) { return }
        }
    }
}

/// - Returns: whether a track was there.
private func maskTrack(in text: inout [UInt8], behind end: Int) -> Bool {
    guard end < text.count, isTrackSeparator(text[end]) else { return false }
    for place in end + 1..<text.count { text[place] = UInt8(ascii: "*") }
    return true
}

/// Whether a part of the digits passes for a number of 15, 16 or 19 digits, as most cards have, by its check digit and the
/// digit that numbers of the length begin with (ISO/IEC 7812-1).
private func holdsCardNumber(_ run: ArraySlice<UInt8>) -> Bool {
    let forms: [(length: Int, first: ClosedRange<UInt8>)] = [(15, 3...3), (16, 2...6), (19, 4...6)]
    return forms.contains { form in
        guard run.count > form.length else { return false }
        return (run.startIndex...run.endIndex - form.length).contains { start in
            run[start].digitValue.map { form.first.contains(UInt8($0)) } == true
                && passesLuhn(run[start..<start + form.length])
        }
    }
}

/// Where numbers of 13 to 19 digits stand that cards may have: unbroken, or in groups with one separator between two of
/// them. A text without so many digits costs no allocation.
private func cardNumbers(in text: ArraySlice<UInt8>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for start in text.indices where text[start].digitValue != nil {
        guard start == text.startIndex || text[start - 1].digitValue == nil else { continue }
        var digits = CheckedDigits()
        var place = start
        while digits.count <= 19, place < text.endIndex {
            if let digit = text[place].digitValue {
                digits.append(digit)
                let isGroupsEnd = place + 1 == text.endIndex || text[place + 1].digitValue == nil
                if isGroupsEnd, digits.passForCardNumber { found.append(start..<place + 1) }
            } else if !isGroupSeparator(text[place]) || text[place - 1].digitValue == nil {
                break
            }
            place += 1
        }
    }
    return found
}

/// Digits one after another, with the sums of the Luhn check (ISO/IEC 7812-1, annex B) for whatever count they end at.
private struct CheckedDigits {
    private(set) var count = 0
    /// The first two as a number.
    private var beginning = 0
    /// Every second digit doubled from the first one on, as for an even count, and from the second one on.
    private var evenSum = 0
    private var oddSum = 0

    mutating func append(_ digit: UInt8) {
        let value = Int(digit)
        let doubled = value < 5 ? 2 * value : 2 * value - 9
        let isEven = count.isMultiple(of: 2)
        evenSum += isEven ? doubled : value
        oddSum += isEven ? value : doubled
        if count < 2 { beginning = 10 * beginning + value }
        count += 1
    }

    /// Cards' numbers begin with 22 or more but for airlines' own; dates with their year, moments in digits of Unix
    /// time, and most networks' and machines' ids begin with less.
    var passForCardNumber: Bool {
        (13...19).contains(count) && beginning >= 22 && (count.isMultiple(of: 2) ? evenSum : oddSum) % 10 == 0
    }
}

private func isGroupSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
}

private func isHexadecimal(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }

private func isTrackSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "=") || byte == UInt8(ascii: "^") || byte == UInt8(ascii: "D")
}
