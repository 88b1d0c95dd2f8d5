/// How a program verifies the value that a contactless card puts into its track data anew for each payment.
package struct DynamicValueVerification: Hashable, Sendable {
    /// Where the issuer's data of track 2 has what, as the program's cards are personalised.
    package enum Layout: Hashable, Sendable {
        /// Visa's dCVV: how many digits are before its three, and how many before the last four of the counter.
        case dcvv(value: UInt8, counter: UInt8)
        /// Mastercard's CVC3.
        case cvc3(CVC3Layout)

        /// How many of the counter's last digits there are.
        package var counterDigits: UInt8 {
            switch self {
            case .dcvv: 4
            case .cvc3(let layout): layout.counterDigits
            }
        }

        /// Whether a value is computed from the whole counter where the track has only a part of it, so that it is
        /// tried with many. A dCVV is computed from the digits in the track.
        package var isOfManyCounters: Bool {
            switch self {
            case .dcvv: false
            case .cvc3(let layout): layout.counterDigits < 5
            }
        }
    }

    /// Messages overtake one another, and a card counts what never reaches its issuer.
    package static let usualCounters = CounterWindow(behind: 16, ahead: 256)

    /// Master key: usage E4.
    package let key: StoredKeyName
    package let layout: Layout
    package let derivation: ChipVerification.Derivation
    package let counters: CounterWindow

    /// Nil for a layout that there cannot be, and for a window in which two counters have the same last digits: a value
    /// that was used would be taken for a new one.
    package init?(
        _ layout: Layout,
        key: StoredKeyName,
        derivation: ChipVerification.Derivation = .optionA,
        counters: CounterWindow = usualCounters
    ) {
        if case .dcvv(let value, let counter) = layout {
            let isApart = value + 3 <= counter || counter + 4 <= value
            guard max(value, counter) <= 16, isApart else { return nil }
        }
        let (window, digits) = (Int(counters.behind) + Int(counters.ahead), layout.counterDigits)
        guard digits == 5 || window < (digits == 4 ? 10_000 : 1_000) else { return nil }
        self.key = key
        self.layout = layout
        self.derivation = derivation
        self.counters = counters
    }
}

/// Which digits of the issuer's data a card fills (EMV Contactless Book C-2). Bit 0 stands for the last digit.
package struct CVC3Layout: Hashable, Sendable {
    /// PCVC3 (tag 9F65): the CVC3's digits, 3 to 5.
    package let value: UInt16
    /// PUNATC (tag 9F66): the counter's digits and, behind them, the reader's unpredictable number's, up to 8.
    package let numbers: UInt16
    /// NATC (tag 9F67): how many of those are the counter's, 3 to 5.
    package let counterDigits: UInt8

    /// Nil when there cannot be such cards. The last digit is none of these: it says how long the unpredictable number is.
    package init?(value: UInt16, numbers: UInt16, counterDigits: UInt8) {
        guard (3...5).contains(value.nonzeroBitCount), (3...5).contains(counterDigits), value & numbers == 0,
            (value | numbers) & 1 == 0, (0...8).contains(numbers.nonzeroBitCount - Int(counterDigits))
        else { return nil }
        self.value = value
        self.numbers = numbers
        self.counterDigits = counterDigits
    }
}
