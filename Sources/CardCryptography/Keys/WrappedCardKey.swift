/// A double-length Triple DES key for cards as a token gave it out: wrapped under the token's master key, and of use in the
/// token alone.
package struct WrappedCardKey: Hashable, Sendable {
    /// Bytes of the key.
    package static let length = 16
    /// Bytes of what the token gives out: AES key wrap (RFC 3394) adds 8.
    package static let wrappedLength = 24

    package let usage: KeyUsage
    package let mode: KeyMode
    package let whole: [UInt8]
    /// The key's left half twice: with it, Triple DES is single DES with that half.
    package let leftHalf: [UInt8]

    package init(usage: KeyUsage, mode: KeyMode, whole: [UInt8], leftHalf: [UInt8]) {
        self.usage = usage
        self.mode = mode
        self.whole = whole
        self.leftHalf = leftHalf
    }
}
