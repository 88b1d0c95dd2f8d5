/// Whether digits pass the check of ISO/IEC 7812-1, annex B ("Luhn"): the last one is the check digit.
///
/// False for fewer than two bytes and for anything that is not a digit.
package func passesLuhn(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
    var sum = 0
    var isDoubled = false
    var count = 0
    for byte in digits.reversed() {
        guard let digit = byte.digitValue else { return false }
        let value = isDoubled ? 2 * Int(digit) : Int(digit)
        sum += value > 9 ? value - 9 : value
        isDoubled.toggle()
        count += 1
    }
    return count > 1 && sum % 10 == 0
}
