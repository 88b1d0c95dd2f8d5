import AuthorizationCore
import CardCryptography

extension FieldType where Value: ClosedList {
    /// One of a closed list's names.
    static var closedList: FieldType { one(of: Array(Value.allCases)) }

    /// One of some of its names.
    static func one(of values: [Value]) -> FieldType {
        let names = values.map(\.name).joined(separator: ", ")
        return .text("one of: \(names)") { name in values.first { $0.name == name } }
    }
}

extension FieldType {
    static func identifier<Kind>() -> FieldType where Value == Identifier<Kind> {
        .text("an id such as \(Kind.prefix)_ and 32 hexadecimal digits") { Identifier<Kind>($0) }
    }
}

extension FieldType where Value == Currency {
    static var currency: FieldType {
        .text("an ISO 4217 currency code such as EUR") { Currency(alphabetic: $0) }
    }
}

extension FieldType where Value == Money {
    /// `{"amount": minor units, "currency": "EUR"}`.
    static func money(_ range: ClosedRange<Int64>) -> FieldType {
        FieldType { value, pointer, errors in
            guard let reader = ObjectReader(value, at: pointer, fields: ["amount", "currency"], errors) else {
                return nil
            }
            let amount = reader.required("amount", .integer(range))
            let currency = reader.required("currency", .currency)
            guard let amount, let currency else { return nil }
            return Money(amount, currency)
        }
    }
}

extension FieldType where Value == Instant {
    static var instant: FieldType {
        .text("a time such as 2026-01-31T00:00:00Z") { Timestamp.instant($0) }
    }
}

extension FieldType where Value == ExpiryMonth {
    /// `YYYY-MM`.
    static var expiryMonth: FieldType {
        .text("a month such as 2029-11, from 2000-01 to 2099-12") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard text.utf8.count == 7, parts.count == 2, parts[0].count == 4,
                parts.allSatisfy({ $0.allSatisfy(ASCII.digits.contains) }),
                let year = Int(Substring(parts[0])), let month = Int(Substring(parts[1]))
            else { return nil }
            return ExpiryMonth(year: year, month: month)
        }
    }
}

extension FieldType where Value == UInt16 {
    /// Four digits of ISO 18245.
    static var categoryCode: FieldType {
        .text("four digits") { text in
            text.utf8.count == 4 && text.utf8.allSatisfy(ASCII.digits.contains) ? UInt16(text) : nil
        }
    }
}

extension FieldType where Value == PAN {
    /// Twelve to nineteen digits with a right check digit. Taken from the body's bytes, never as a `String`.
    static var pan: FieldType {
        FieldType { value, pointer, errors in
            guard case .text(let text) = value else {
                errors.add(pointer, "Expected 12 to 19 digits as a string, got \(value.kind).")
                return nil
            }
            guard let pan = text.withBytes({ PAN(ascii: $0) }) else {
                errors.add(pointer, "Expected 12 to 19 digits.")
                return nil
            }
            guard pan.hasValidCheckDigit else {
                errors.add(pointer, "The check digit is wrong: a digit was mistyped.")
                return nil
            }
            return pan
        }
    }
}
