/// Visa's CAVV data, as 3-D Secure hands it to the merchant and messages carry it: 20 bytes. Digits are BCD.
///
/// | byte | content |
/// |---|---|
/// | 1 | authentication results code, one digit |
/// | 2 | second factor authentication code, two digits |
/// | 3 | key indicator |
/// | 4, 5 | the value, three digits |
/// | 6, 7 | the last four digits of the authentication tracking number (ATN) |
/// | 8–15 | the ATN |
/// | 16 | version, then authentication action |
/// | 17–20 | by version |
package struct CAVV: Sendable {
    package static let length = 20
    /// Those whose value is a CVV with the ATN. In version 7 it is made of more.
    private static let knownVersions: ClosedRange<UInt8> = 0...1

    package let value: SecretDigits
    /// Four digits, which are in the place of the expiry in a CVV.
    package let trackingNumber: DecimalDigits
    /// Results code and second factor code, which are in the place of the service code.
    package let authenticationCode: DecimalDigits

    /// Whether `data` is that of a version of which nothing is known but where it says so.
    package static func isOfOtherVersion(_ data: SecretBytes) -> Bool {
        bytes(of: data).map { !isOfKnownVersion($0) } ?? false
    }

    /// Nil unless `data` is 20 bytes, or 40 hexadecimal digits and perhaps spaces, of a known version, with decimal digits
    /// where they belong.
    package init?(_ data: SecretBytes) {
        guard let bytes = Self.bytes(of: data), Self.isOfKnownVersion(bytes) else { return nil }
        let digits = SecretBytes(count: 2 * Self.length) { digits in
            bytes.withExposedBytes { bytes in
                for (index, byte) in bytes.enumerated() {
                    // A nibble above 9 becomes no digit.
                    digits[2 * index] = UInt8(ascii: "0") + byte >> 4
                    digits[2 * index + 1] = UInt8(ascii: "0") + byte & 0xF
                }
            }
        }
        func part(_ range: Range<Int>) -> DecimalDigits? {
            digits.withExposedBytes { DecimalDigits(ascii: $0[range], count: range.count) }
        }
        guard let value = digits.withExposedBytes({ SecretDigits(ascii: $0[7..<10], counts: 3...3) }),
            let trackingNumber = part(10..<14), let authenticationCode = part(1..<4)
        else { return nil }
        self.value = value
        self.trackingNumber = trackingNumber
        self.authenticationCode = authenticationCode
    }
}

extension CAVV {
    private static func isOfKnownVersion(_ bytes: SecretBytes) -> Bool {
        bytes.withExposedBytes { knownVersions.contains($0[15] >> 4) }
    }

    private static func bytes(of data: SecretBytes) -> SecretBytes? {
        data.count == length ? data : bytes(ofText: data)
    }

    private static func bytes(ofText text: SecretBytes) -> SecretBytes? {
        text.withExposedBytes { text in
            let digits = text.prefix(2 * length)
            guard digits.count == 2 * length, text.dropFirst(2 * length).allSatisfy({ $0 == UInt8(ascii: " ") }) else {
                return nil
            }
            return SecretBytes(hexadecimal: digits)
        }
    }
}

extension CAVV: Masked {}
