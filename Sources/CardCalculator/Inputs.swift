import CardCryptography
import ISO8583

/// A calculation's inputs, each read as what an operation takes.
package struct Inputs {
    let calculation: Calculation

    init(_ calculation: Calculation) { self.calculation = calculation }

    func has(_ name: String) -> Bool { calculation.inputs[name] != nil }

    func text(_ name: String) throws -> String {
        switch calculation.inputs[name] {
        case .text(let text): return text
        case .number(let number): return String(number)
        case .boolean, .object: throw CalculatorError.invalid(name, "text")
        case nil: throw CalculatorError.invalid(name, "given")
        }
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(try text(name)), range.contains(number) else {
            throw CalculatorError.invalid(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let bytes = hexBytes(try text(name)) else { throw CalculatorError.invalid(name, "hexadecimal") }
        return bytes
    }

    /// Hexadecimal of exactly the number's size.
    func block<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws -> Number {
        guard let number = Number(bytes: try bytes(name)) else {
            throw CalculatorError.invalid(name, "\(Number.bitWidth / 4) hexadecimal digits")
        }
        return number
    }

    /// The clear or encrypted block of eight bytes that a PIN is in.
    func pinBlock(_ name: String) throws -> UInt64 {
        guard let block = UInt64(bytes: try bytes(name)) else { throw PaymentCryptographyError.blockNot8Bytes }
        return block
    }

    func digits(_ name: String, count: Int) throws -> DecimalDigits {
        guard let digits = DecimalDigits(ascii: try text(name).utf8, count: count) else {
            throw CalculatorError.invalid(name, "\(count) digits")
        }
        return digits
    }

    func pan() throws -> PAN {
        guard let pan = PAN(ascii: try text("pan").utf8) else {
            throw CalculatorError.invalid("pan", "12 to 19 digits")
        }
        return pan
    }

    /// Nil where there is none: formats 1 and 2 go without.
    func optionalPAN() throws -> PAN? { has("pan") ? try pan() : nil }

    func pin() throws -> PIN {
        let text = try text("pin")
        guard PIN.lengths.contains(text.utf8.count) else { throw PaymentCryptographyError.pinLengthOutOfRange }
        guard let pin = PIN(ascii: text.utf8) else { throw PaymentCryptographyError.pinDigitNotDecimal }
        return pin
    }

    /// A test key in clear. A stored key has a name instead of digits, and names are refused.
    func keyBytes(_ name: String) throws -> SecretBytes {
        guard let bytes = SecretBytes(hexadecimal: try text(name).utf8) else {
            throw CalculatorError(
                code: "not_a_test_key",
                message: "\(name) must be a clear test key in hexadecimal; keys of the key store are not taken"
            )
        }
        return bytes
    }

    func key(_ name: String, _ algorithm: CipherAlgorithm, _ usage: KeyUsage) throws -> Key {
        try Key(try keyBytes(name), algorithm, usage: usage, quality: .test)
    }

    func cardKey(_ name: String, _ usage: KeyUsage, option: String = "udk_option") throws -> CardKey<BlockCipher> {
        try CardKey(
            master: try key(name, .tripleDES, usage),
            pan: try pan(),
            sequenceNumber: try digits("psn", count: 2),
            try derivation(option)
        )
    }

    /// What a card's key is derived with.
    func diversificationData() throws -> UInt64 {
        try derivation("udk_option").diversificationData(
            pan: try pan(),
            sequenceNumber: try digits("psn", count: 2)
        )
    }

    func derivation(_ name: String) throws -> CardKeyDerivation {
        switch has(name) ? try text(name) : "A" {
        case "A": return .optionA
        case "B": return .optionB
        default: throw CalculatorError.invalid(name, "A or B")
        }
    }
}

extension SecretDigits {
    var shown: CalculatorValue { .text(withExposedDigits { String(decoding: $0, as: UTF8.self) }) }
}

extension PIN {
    var shown: CalculatorValue { .text(withExposedDigits { String(decoding: $0, as: UTF8.self) }) }
}

extension FixedWidthInteger {
    var hexadecimal: String { hexText(bytes) }
}

extension CalculatorValue {
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> CalculatorValue { .text(hexText(bytes)) }
}
