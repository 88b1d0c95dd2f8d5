import Foundation

/// A contactless card whose track has a value of one payment, reckoned with OpenSSL.
struct DynamicCard {
    enum Method: String, Sendable, CaseIterable {
        case dcvv
        case cvc3

        /// What a program says of it, with the name of its key.
        func policy(_ key: String) -> String {
            let positions = self == .dcvv ? "value: 6-8, counter: 9-12" : "pcvc3: '0038', punatc: 03C6, natc: 4"
            return "{method: \(rawValue), key: \(key), \(positions)}"
        }
    }

    let pan: String
    /// YYMM.
    let expiry: String
    let method: Method
    let chip: TestChip

    /// As the reader sends it.
    ///
    /// - Parameter value: in the place of the right one.
    func track(_ counter: UInt16, value: String? = nil) throws -> String {
        let digits = String(format: "%04d", counter)
        switch method {
        case .dcvv:
            let right = try chip.dcvv(pan, expiry: expiry, serviceCode: "201", counter: counter)
            return "\(pan)=\(expiry)20112345\(value ?? right)\(digits)"
        case .cvc3: return "\(pan)=\(expiry)201120\(digits)\(try value ?? cvc3(counter))422"
        }
    }

    private func cvc3(_ counter: UInt16) throws -> String {
        let held = "\(pan)D\(expiry)2011200000000000F"
        return try chip.cvc3(held, unpredictableNumber: "00000042", counter: counter)
    }

    /// Right for none of the counters that have the same last digits.
    func wrongValue(_ counter: UInt16) throws -> String {
        let right: Set<String> =
            switch method {
            case .dcvv: [try chip.dcvv(pan, expiry: expiry, serviceCode: "201", counter: counter)]
            case .cvc3: Set(try stride(from: counter, through: 60_000 + counter, by: 10_000).map(cvc3))
            }
        guard let wrong = (0...7).map({ "00\($0)" }).first(where: { !right.contains($0) }) else {
            throw AvalProcess.Problem(description: "no wrong value")
        }
        return wrong
    }
}
