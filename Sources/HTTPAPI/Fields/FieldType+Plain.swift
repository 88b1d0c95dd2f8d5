import ISO8583

extension FieldType where Value == Int64 {
    static func integer(_ range: ClosedRange<Int64>) -> FieldType {
        FieldType { value, pointer, errors in
            guard case .integer(let number) = value, range.contains(number) else {
                errors.add(pointer, "Expected an integer from \(range.lowerBound) to \(range.upperBound).")
                return nil
            }
            return number
        }
    }
}

extension FieldType where Value == Bool {
    static var boolean: FieldType {
        FieldType { value, pointer, errors in
            guard case .boolean(let flag) = value else {
                errors.add(pointer, "Expected true or false, got \(value.kind).")
                return nil
            }
            return flag
        }
    }
}

extension FieldType where Value == String {
    /// Text for people: no control characters.
    ///
    /// - Parameter bytes: how many bytes its UTF-8 may have.
    static func text(_ bytes: ClosedRange<Int>) -> FieldType {
        .text("text of \(bytes.lowerBound) to \(bytes.upperBound) bytes of UTF-8 without control characters") { text in
            bytes.contains(text.utf8.count) && !text.unicodeScalars.contains(where: isControl) ? text : nil
        }
    }

    /// Text for people that is kept: card numbers that somebody put there are masked, as in ISO 8583 element 43.
    static func note(_ bytes: ClosedRange<Int>) -> FieldType {
        text(bytes).withoutCardNumbers
    }

    var withoutCardNumbers: FieldType {
        FieldType { value, pointer, errors in
            read(value, pointer, errors).map(\.withoutCardNumbers)
        }
    }

    /// What is kept as it is, because something is found by it.
    var refusingCardNumbers: FieldType { refusingCardNumbers { $0.holdsCardNumber } }

    func refusingCardNumbers(_ holdsCardNumber: @escaping (String) -> Bool) -> FieldType {
        FieldType { value, pointer, errors in
            let text = read(value, pointer, errors)
            guard let text, holdsCardNumber(text) else { return text }
            errors.add(pointer, "Expected a text without a card number.")
            return nil
        }
    }

    /// Text that machines made.
    static func characters(_ count: ClosedRange<Int>, _ expectation: String, _ allowed: Set<UInt8>) -> FieldType {
        .text(expectation) { text in
            count.contains(text.utf8.count) && text.utf8.allSatisfy(allowed.contains) ? text : nil
        }
    }
}

extension FieldType {
    /// A list whose elements are all of one type.
    static func list<Element>(of element: FieldType<Element>, _ count: ClosedRange<Int>) -> FieldType
    where Value == [Element] {
        FieldType { value, pointer, errors in
            guard case .list(let values) = value, count.contains(values.count) else {
                errors.add(pointer, "Expected an array of \(count.lowerBound) to \(count.upperBound) elements.")
                return nil
            }
            let elements = values.enumerated().map { element.read($1, "\(pointer)/\($0)", errors) }
            let present = elements.compactMap(\.self)
            return present.count == elements.count ? present : nil
        }
    }
}

/// Sets of ASCII characters.
enum ASCII {
    static let digits = Set("0123456789".utf8)
    static let hexadecimals = Set("0123456789ABCDEFabcdef".utf8)
    static let capitals = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    static let alphanumerics = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// From `!` to `~`.
    static let visible = Set(UInt8(ascii: "!")...UInt8(ascii: "~"))
    static let printable = visible.union([UInt8(ascii: " ")])
}

/// C0 and C1 controls and DEL. NUL among them would not be stored.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
}
