import Foundation

/// An IPv4 or IPv6 address. IPv4 ones are kept as IPv4-mapped (RFC 4291, section 2.5.5.2), as which a socket of both
/// families shows them.
package struct IPAddress: Hashable, Sendable {
    fileprivate let bits: UInt128

    package init?(_ text: String) {
        // Longest form of IPv6 with an IPv4 end. C ends the text at a zero byte.
        guard text.utf8.count <= 45, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bits = 0xFFFF_0000_0000 | UInt128(UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bits = withUnsafeBytes(of: six) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
        } else {
            return nil
        }
    }

    var isIPv4: Bool { bits >> 32 == 0xFFFF }
}

extension IPAddress: CustomStringConvertible {
    /// With dots for IPv4, else as RFC 5952 recommends.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var four = in_addr(s_addr: UInt32(truncatingIfNeeded: bits).bigEndian)
            inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
        } else {
            var six = bits.bigEndian
            inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Addresses that begin alike, such as `203.0.113.0/24` or `2001:db8::/32` (CIDR, RFC 4632); without a length one
/// address.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    /// In one list.
    package static let largestCount = 64

    package let description: String
    private let first: UInt128
    private let mask: UInt128

    /// Nil also when bits beyond the length are set: then it is not clear what is meant.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])), !(address.isIPv4 && parts[0].contains(":")) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            // Swift also reads `+8` and `08`, which the database does not take.
            guard let number = UInt8(parts[1]), number <= width, String(number) == parts[1] else { return nil }
            length = Int(number)
        }
        mask = UInt128.max << (width - length)
        guard address.bits & ~mask == 0 else { return nil }
        first = address.bits
        description = parts.count == 2 ? text : "\(text)/\(width)"
    }

    package func contains(_ address: IPAddress) -> Bool { address.bits & mask == first }

    /// Whether the other one contains all of its addresses.
    package func isWithin(_ other: AddressRange) -> Bool {
        mask & other.mask == other.mask && first & other.mask == other.first
    }
}
