/// How digits stand that pass for a card number (ISO/IEC 7812-1): they have its check digit, and
enum CardNumberShape {
    /// are 12 to 19 without others beside them,
    case whole
    /// are all of several groups, and have a length and first digits that card schemes use, or groups as cards have,
    case grouped
    /// or have those of schemes inside one group, with other digits before or behind.
    case glued
}

struct FoundCardNumber {
    var shape: CardNumberShape
    /// As indices of the stretch's digits.
    var digits: Range<Int>
}

extension DigitStretch {
    /// Digits of the shortest card number.
    static let shortestNumber = 12

    /// They may overlap.
    func cardNumbers(evenGlued: Bool) -> [FoundCardNumber] {
        groups.indices.flatMap { group in
            let whole = groups[group]..<end(ofGroup: group)
            var found = grouped(from: group).map { FoundCardNumber(shape: .grouped, digits: $0) }
            if (Self.shortestNumber...19).contains(whole.count), passesLuhn(digits[whole]) {
                found.append(FoundCardNumber(shape: .whole, digits: whole))
            }
            if evenGlued { found += glued(in: whole).map { FoundCardNumber(shape: .glued, digits: $0) } }
            return found
        }
    }

    /// Whether it begins or ends where a group does, or begins behind what may be a date there, with or without a time, or
    /// a moment of Unix time. What such a moment would be cut by ends there by chance.
    func isAtEdge(_ number: Range<Int>) -> Bool {
        groups.indices.contains { group in
            if end(ofGroup: group) == number.upperBound { return !cutsMoment(number, group) }
            switch (digits[groups[group]], number.lowerBound - groups[group]) {
            case (_, 0), (UInt8(ascii: "2"), 8), (UInt8(ascii: "2"), 14), (UInt8(ascii: "1"), 10),
                (UInt8(ascii: "1"), 13):
                return true
            default: return false
            }
        }
    }

    /// Whether it begins inside the date with which its group begins, or the nanoseconds of Unix time that the group is.
    private func cutsMoment(_ number: Range<Int>, _ group: Int) -> Bool {
        let (start, end) = (groups[group], end(ofGroup: group))
        guard end - start >= 8, number.lowerBound > start else { return false }
        let offset = number.lowerBound - start
        let first = digits[start..<start + 8].reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
        let (year, month, day) = (first / 10_000, first / 100 % 100, first % 100)
        let isDate = (2000...2099).contains(year) && (1...12).contains(month) && (1...31).contains(day)
        return isDate && offset < 8 || end - start == 19 && (15...19).contains(first / 1_000_000) && offset < 10
    }

    /// The first two digits as a number.
    func beginning(of number: Range<Int>) -> Int {
        digits[number].prefix(2).reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
    }

    private func grouped(from first: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var isPrinted = end(ofGroup: first) - groups[first] == 4
        for group in groups.indices.dropFirst(first + 1) {
            let number = groups[first]..<end(ofGroup: group)
            guard number.count <= 19 else { break }
            isPrinted = isPrinted && end(ofGroup: group) - groups[group] <= 6
            if isOfScheme(number) || isPrinted && isOfAnyIssuer(number) { found.append(number) }
        }
        return found
    }

    /// For groups as cards have them printed, the first of four digits and none of more than six.
    private func isOfAnyIssuer(_ number: Range<Int>) -> Bool {
        (13...19).contains(number.count) && beginning(of: number) >= 22 && passesLuhn(digits[number])
    }

    private func glued(in group: Range<Int>) -> [Range<Int>] {
        SchemeNumbers.lengths.filter { $0 < group.count }.flatMap { length in
            (group.lowerBound...group.upperBound - length).lazy.map { $0..<$0 + length }.filter(isOfScheme)
        }
    }

    private func isOfScheme(_ number: Range<Int>) -> Bool {
        SchemeNumbers.contain(digits[number])
    }
}
