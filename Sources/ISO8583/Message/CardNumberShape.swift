/// How digits stand that pass for a card number (ISO/IEC 7812-1): they have its check digit, and
enum CardNumberShape {
    /// are 12 to 19 without others beside them,
    case whole
    /// are all of several groups, and have a length and first digits that card schemes use,
    case grouped
    /// or have these inside one group, with other digits before or behind.
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
    /// a moment of Unix time.
    func isAtEdge(_ number: Range<Int>) -> Bool {
        groups.indices.contains { group in
            if end(ofGroup: group) == number.upperBound { return true }
            switch (digits[groups[group]], number.lowerBound - groups[group]) {
            case (_, 0), (UInt8(ascii: "2"), 8), (UInt8(ascii: "2"), 14), (UInt8(ascii: "1"), 10),
                (UInt8(ascii: "1"), 13):
                return true
            default: return false
            }
        }
    }

    /// The first two digits as a number.
    func beginning(of number: Range<Int>) -> Int {
        digits[number].prefix(2).reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
    }

    private func grouped(from first: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for group in groups.indices.dropFirst(first + 1) {
            let number = groups[first]..<end(ofGroup: group)
            guard number.count <= 19 else { break }
            if isOfScheme(number) { found.append(number) }
        }
        return found
    }

    private func glued(in group: Range<Int>) -> [Range<Int>] {
        [15, 16, 19].filter { $0 < group.count }.flatMap { length in
            (group.lowerBound...group.upperBound - length).lazy.map { $0..<$0 + length }.filter(isOfScheme)
        }
    }

    /// Of Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay and what else begins with 4 to 6; and
    /// with 99, as numbers for tests do.
    private func isOfScheme(_ number: Range<Int>) -> Bool {
        let isKnown =
            switch (number.count, beginning(of: number)) {
            case (13, 40...49), (14, 30), (14, 36), (14, 38...39), (15, 34), (15, 37): true
            case (16, 22...27), (16, 35), (16, 40...69), (16, 99), (19, 40...69), (19, 99): true
            default: false
            }
        return isKnown && passesLuhn(digits[number])
    }
}
