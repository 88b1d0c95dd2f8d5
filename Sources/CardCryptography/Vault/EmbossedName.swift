/// A cardholder's name as it stands on cards, in the characters of ISO/IEC 7813's track 1. It is no secret of a card, but
/// a person's: it is kept sealed.
package struct EmbossedName: Hashable, Sendable {
    /// As ISO/IEC 7813 and EMV (tag 5F20) have it.
    package static let lengths = 2...26

    private let text: String

    /// Nil unless it has 2 to 26 of A to Z, 0 to 9, space and `.'-/`, and neither begins nor ends with a space.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard Self.lengths.contains(bytes.count), bytes.allSatisfy(Self.allows), bytes.first != space,
            bytes.last != space
        else { return nil }
        self.text = text
    }

    package func withExposedText<Result>(_ body: (String) -> Result) -> Result { body(text) }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), space: true
        case UInt8(ascii: "."), UInt8(ascii: "'"), UInt8(ascii: "-"), UInt8(ascii: "/"): true
        default: false
        }
    }
}

private let space = UInt8(ascii: " ")

extension EmbossedName: Masked {}

extension PANVault {
    /// - Parameter associatedData: names the cardholder and the place.
    package func seal(
        _ name: EmbossedName,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> (ciphertext: [UInt8], keyID: Int16) {
        let result = name.withExposedText { text in
            Array(text.utf8).withUnsafeBytes { bytes in
                Result { () throws(CryptographyError) in try sealBytes(bytes, associatedData: associatedData) }
            }
        }
        return try result.get()
    }

    /// - Throws: `CryptographyError` when the ciphertext was altered, belongs elsewhere or has another key.
    package func openName(
        _ ciphertext: [UInt8],
        keyID: Int16,
        associatedData: [UInt8]
    ) throws(CryptographyError) -> EmbossedName {
        let bytes = try openBytes(ciphertext, keyID: keyID, associatedData: associatedData)
        guard let name = bytes.withExposedBytes({ EmbossedName(String(decoding: $0, as: UTF8.self)) }) else {
            throw CryptographyError(operation: "opening a name: no name")
        }
        return name
    }
}
