/// Card numbers that are known wherever they stand, also among other digits: those of Visa, Mastercard, American Express,
/// Diners Club, Discover, JCB, UnionPay, RuPay, Troy and what else begins with 4 to 6, and with 99, as numbers for tests do
/// (ISO/IEC 7812-1). With all beginnings, every second long number of machines would pass for one.
package enum SchemeNumbers {
    /// In digits.
    static let lengths = [14, 15, 16, 19]

    /// - Parameters:
    ///   - beginning: their first two digits.
    ///   - length: how many digits they have.
    package static func begin(_ beginning: Int, length: Int) -> Bool {
        switch (length, beginning) {
        case (14, 30), (14, 36), (14, 38...39), (15, 34), (15, 37): true
        case (16, 22...27), (16, 30), (16, 35...36), (16, 38...69), (16, 81...82), (16, 97), (16, 99): true
        case (19, 40...69), (19, 99): true
        default: false
        }
    }

    /// - Parameter digits: in ASCII, two or more.
    static func contain(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        let beginning = digits.prefix(2).reduce(0) { 10 * $0 + Int($1) - Int(UInt8(ascii: "0")) }
        return begin(beginning, length: digits.count) && passesLuhn(digits)
    }
}
