import AuthorizationEngine
import CardCryptography

/// What somebody proves with who they are: the holder's prefix and 64 hexadecimal digits. Stored as a hash only.
package struct AccessKey: Sendable {
    package enum Holder: Sendable, CaseIterable {
        /// A client, who acts for one tenant.
        case client
        /// An operator, who names the tenant with each request.
        case `operator`

        var prefix: String {
            switch self {
            case .client: "aval_sk_"
            case .operator: "aval_op_"
            }
        }
    }

    private static let entropyLength = 32

    package let holder: Holder
    /// Shown once, when the key is made.
    package let text: String

    /// Nil unless the text has the form of a key.
    package init?(text: String) {
        guard let holder = Holder.allCases.first(where: { text.hasPrefix($0.prefix) }) else { return nil }
        let digits = text.utf8.dropFirst(holder.prefix.utf8.count)
        guard digits.count == 2 * Self.entropyLength, digits.allSatisfy(Set("0123456789abcdef".utf8).contains)
        else { return nil }
        self.holder = holder
        self.text = text
    }

    private init(_ holder: Holder, entropy: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = entropy.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        self.holder = holder
        text = holder.prefix + String(decoding: hexadecimal, as: UTF8.self)
    }

    /// A new key with 256 bits from the operating system.
    package static func random(for holder: Holder) throws(CryptographyError) -> AccessKey {
        AccessKey(holder, entropy: try Entropy.bytes(count: entropyLength))
    }

    /// SHA-256 of the whole text: 32 bytes. A key has so much entropy that no slow hash is needed.
    package var hash: [UInt8] { Digest.sha256(Array(text.utf8)) }

    /// What is kept of it. The prefix leaves 240 bits that nobody was shown.
    package var record: APIKeySecret { APIKeySecret(hash: hash, prefix: String(text.prefix(12))) }
}

extension AccessKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "AccessKey(…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
