/// One of 4,096 logical parts of all accounts. Drawn once, when an account is made, and never changed.
package struct Shard: Hashable, Comparable, Sendable {
    package static let count = 4_096

    /// 0 to 4,095.
    package let number: UInt16

    /// Keeps the low twelve bits.
    package init(truncating number: UInt16) {
        self.number = number & 0xFFF
    }

    package static func < (left: Shard, right: Shard) -> Bool { left.number < right.number }
}

/// What an identifier names; gives the text form its prefix.
package protocol IdentifierKind: Sendable {
    static var prefix: String { get }
}

package enum TenantKind: IdentifierKind { package static let prefix = "ten" }
package enum ProgramKind: IdentifierKind { package static let prefix = "prg" }
package enum AccountKind: IdentifierKind { package static let prefix = "acc" }
package enum CardKind: IdentifierKind { package static let prefix = "crd" }
package enum AuthorizationKind: IdentifierKind { package static let prefix = "aut" }
package enum TransferKind: IdentifierKind { package static let prefix = "trf" }
package enum EventKind: IdentifierKind { package static let prefix = "evt" }
package enum LegalHoldKind: IdentifierKind { package static let prefix = "lgh" }
package enum TokenKind: IdentifierKind { package static let prefix = "tok" }
package enum OperatorKind: IdentifierKind { package static let prefix = "opr" }
package enum CardholderKind: IdentifierKind { package static let prefix = "chd" }

package typealias TenantID = Identifier<TenantKind>
package typealias ProgramID = Identifier<ProgramKind>
package typealias AccountID = Identifier<AccountKind>
package typealias CardID = Identifier<CardKind>
package typealias AuthorizationID = Identifier<AuthorizationKind>
package typealias TransferID = Identifier<TransferKind>
package typealias EventID = Identifier<EventKind>
package typealias LegalHoldID = Identifier<LegalHoldKind>
package typealias TokenID = Identifier<TokenKind>
package typealias OperatorID = Identifier<OperatorKind>
package typealias CardholderID = Identifier<CardholderKind>

/// A UUID version 7 (RFC 9562, section 5.7) whose `rand_a` field is the shard, so that an identifier alone says
/// where its row lives. Text form: prefix, underscore, 32 hexadecimal digits.
package struct Identifier<Kind: IdentifierKind>: Hashable, Comparable, Sendable {
    /// 48 bits of milliseconds, 4 bits of version, 12 bits of shard.
    package let high: UInt64
    /// 2 bits of variant, 62 bits of entropy.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter entropy: its low 62 bits are used.
    package init(at instant: Instant, shard: Shard, entropy: UInt64) {
        let milliseconds = UInt64(max(0, instant.microseconds) / 1_000) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | UInt64(shard.number)
        low = 0x8000_0000_0000_0000 | entropy & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Nil unless the text is exactly this kind's prefix, an underscore and 32 lower-case hexadecimal digits.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let prefix = Array(Kind.prefix.utf8)
        guard bytes.count == prefix.count + 33, bytes.starts(with: prefix), bytes[prefix.count] == UInt8(ascii: "_")
        else { return nil }
        guard let high = hexadecimal(bytes[(prefix.count + 1)..<(prefix.count + 17)]),
            let low = hexadecimal(bytes[(prefix.count + 17)...])
        else { return nil }
        self.init(high: high, low: low)
    }

    package var shard: Shard { Shard(truncating: UInt16(truncatingIfNeeded: high)) }

    /// The time in the identifier, to the millisecond.
    package var instant: Instant { Instant(microseconds: Int64(high >> 16) * 1_000) }

    /// The UUID's 16 bytes, in network order.
    package var bytes: [UInt8] { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) } }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

extension Identifier: CustomStringConvertible {
    package var description: String {
        func digits(_ word: UInt64) -> String {
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return "\(Kind.prefix)_\(digits(high))\(digits(low))"
    }
}

/// Sixteen lower-case hexadecimal digits as a word.
private func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var word: UInt64 = 0
    for digit in digits {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }
    return word
}

/// Identifiers from entropy that was handed in, so that the same inputs give the same identifiers.
package struct IdentifierSource: Sendable {
    private var generator: SplitMix64
    private let instant: Instant
    private let shard: Shard

    package init(seed: UInt64, instant: Instant, shard: Shard) {
        generator = SplitMix64(seed: seed)
        self.instant = instant
        self.shard = shard
    }

    package mutating func next<Kind>() -> Identifier<Kind> {
        Identifier(at: instant, shard: shard, entropy: generator.next())
    }

    package mutating func word() -> UInt64 { generator.next() }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a small generator whose whole state is its seed.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
