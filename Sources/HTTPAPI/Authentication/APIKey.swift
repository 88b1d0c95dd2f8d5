import CardCryptography

/// What a client proves its tenant with: `aval_sk_` and 64 hexadecimal digits. Stored as a hash only.
package struct APIKey: Sendable {
    private static let prefix = "aval_sk_"
    private static let entropyLength = 32

    /// Shown once, when the key is made.
    package let text: String

    /// Nil unless the text has the form of a key.
    package init?(text: String) {
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard text.hasPrefix(Self.prefix), digits.count == 2 * Self.entropyLength,
            digits.allSatisfy(Set("0123456789abcdef".utf8).contains)
        else { return nil }
        self.text = text
    }

    private init(entropy: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = entropy.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        text = Self.prefix + String(decoding: hexadecimal, as: UTF8.self)
    }

    /// A new key with 256 bits from the operating system.
    package static func random() throws(CryptographyError) -> APIKey {
        APIKey(entropy: try Entropy.bytes(count: entropyLength))
    }

    /// SHA-256 of the whole text: 32 bytes. A key has so much entropy that no slow hash is needed.
    package var hash: [UInt8] { Digest.sha256(Array(text.utf8)) }
}

extension APIKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "APIKey(…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
