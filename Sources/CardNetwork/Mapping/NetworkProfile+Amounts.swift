import AuthorizationCore
import ISO8583

/// Amounts between the network's minor units and those of ISO 4217, which differ for a few currencies.
extension NetworkProfile {
    /// - Parameter amount: as the network writes it, 0 or more.
    func minorUnits(_ amount: Int64, _ currency: Currency) throws(Unacceptable) -> Int64 {
        let places = excessPlaces(of: currency)
        guard places != 0 else { return amount }
        let power = powerOfTen(places)
        if places > 0 {
            guard amount.isMultiple(of: power) else { throw Unacceptable(.invalidAmount) }
            return amount / power
        }
        guard amount <= largestAmount / power else { throw Unacceptable(.invalidAmount) }
        return amount * power
    }

    /// The size of an amount as the network writes it, at most twelve digits; the sign stands elsewhere.
    func wireAmount(_ minorUnits: Int64, _ currency: Currency) -> Int64 {
        let size = Int64(clamping: minorUnits.magnitude)
        let places = excessPlaces(of: currency)
        let power = powerOfTen(places)
        if places < 0 { return min(size / power, largestAmount) }
        return size > largestAmount / power ? largestAmount : size * power
    }

    /// Decimal places that the network's amounts have beyond ISO 4217; below 0, those that they lack.
    private func excessPlaces(of currency: Currency) -> Int {
        guard !dialect.exponentOverrides.isEmpty else { return 0 }
        return dialect.exponent(ofCurrency: Int(currency.numeric), standard: currency.exponent) - currency.exponent
    }

    /// No currency has more than a few places; what a dialect says beyond them counts as twelve.
    private func powerOfTen(_ places: Int) -> Int64 {
        (0..<min(Int(clamping: places.magnitude), 12)).reduce(1) { power, _ in power * 10 }
    }
}
