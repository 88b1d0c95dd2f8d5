/// Where a page comes from (RFC 6454): scheme, host and perhaps a port. Only encrypted, or this machine for trying things
/// out.
package struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of one.
    static let longest = 200

    package let description: String

    /// Nil for anything else, such as one with a path or with a star.
    package init?(_ text: String) {
        let local = ["http://127.0.0.1", "http://localhost"]
        guard text.utf8.count <= Self.longest,
            let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) })
        else { return nil }
        let host = text.dropFirst(scheme.count)
        let isPlain = host.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
        }
        let isAllowed = text.hasPrefix("https://") || local.contains { text == $0 || text.hasPrefix($0 + ":") }
        guard !host.isEmpty, isPlain, isAllowed else { return nil }
        description = text
    }
}
