/// Decimal digits out of hexadecimal ones.
enum Decimalisation {
    /// The first `count` decimal digits among the first `nibbles` hexadecimal ones; where there are too few, then the
    /// letters, A as 0 to F as 5. The digits are the leading ones of the result.
    static func scan(_ count: Int, among nibbles: Int, _ nibble: (Int) -> UInt8) -> UInt64 {
        var digits: UInt64 = 0
        var found = 0
        for isSecondScan in [false, true] {
            for index in 0..<nibbles where found < count {
                let value = nibble(index)
                guard (value > 9) == isSecondScan else { continue }
                digits |= UInt64(isSecondScan ? value - 10 : value) << UInt64(60 - 4 * found)
                found += 1
            }
        }
        return digits
    }

    /// The same of a block.
    static func scan(_ count: Int, _ block: UInt64) -> UInt64 { scan(count, among: 16, block.nibble) }
}
