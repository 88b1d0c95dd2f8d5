import AuthorizationEngine
import CardCryptography

extension PresentedPIN {
    /// For the block, in a fingerprint: how it came. The same PIN makes another block each time in most formats.
    var standIn: [UInt8] { [format.rawValue] + Array((key?.description ?? "").utf8) }
}

extension FieldType where Value == PresentedPIN {
    /// A PIN as a client sends it, encrypted under a key that it shares with its program: `{"block", "format", "key",
    /// "key_check_value"}`. Of the check value it has three bytes, the usual ones (ANSI X9.24-1).
    static var pin: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["block", "format", "key", "key_check_value"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let block = fields.required("block", .hexadecimal([8, 16]))
            let number = fields.required("format", .integer(0...4))
            let name = fields.required("key", .keyName)
            let checkValue = fields.required("key_check_value", .hexadecimal([3]))
            guard let block, let number, let name, let checkValue,
                let format = UInt8(exactly: number).flatMap(PINBlockFormat.init(rawValue:))
            else { return nil }
            guard format != .format2 else {
                errors.add("\(pointer)/format", "Format 2 is for the chip of a card only.")
                return nil
            }
            guard block.count == format.blockLength else {
                errors.add("\(pointer)/block", "A block of this format has \(format.blockLength) bytes.")
                return nil
            }
            return PresentedPIN(
                block: block,
                format: format,
                key: name,
                checkValue: checkValue.withExposedBytes { Array($0) }
            )
        }
    }
}

extension FieldType where Value == SecretBytes {
    /// Taken from the body's bytes, never as a `String`.
    fileprivate static func hexadecimal(_ counts: Set<Int>) -> FieldType {
        let lengths = counts.map { $0 * 2 }.sorted().map(String.init).joined(separator: " or ")
        return FieldType { value, pointer, errors in
            guard case .text(let text) = value, let bytes = text.withBytes({ SecretBytes(hexadecimal: $0) }),
                counts.contains(bytes.count)
            else {
                errors.add(pointer, "Expected \(lengths) hexadecimal digits as a string.")
                return nil
            }
            return bytes
        }
    }
}

extension FieldType where Value == KeyName {
    fileprivate static var keyName: FieldType { .text("1 to 64 of a-z, 0-9, - and .") { KeyName($0) } }
}
