/// An address that events may be sent to: `https://host/path`, or `http` where the configuration allows the host's
/// address. The host is a name or an IPv4 address; there is no user, and no fragment.
package struct WebhookURL: Hashable, Sendable {
    /// Bytes.
    package static let largestLength = 500

    package let text: String
    package let host: String
    package let port: Int
    package let isSecure: Bool

    package init?(_ text: String) {
        guard text.utf8.count <= Self.largestLength, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.utf8.contains(where: { "#@\\\"<>^`{|}".utf8.contains($0) })
        else { return nil }
        let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
        guard let scheme else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...253).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy(Self.isOfHost)
        else { return nil }
        isSecure = scheme == "https://"
        var port = isSecure ? 443 : 80
        if parts.count == 2 {
            guard (1...5).contains(parts[1].utf8.count), let number = UInt16(parts[1]), number > 0 else { return nil }
            port = Int(number)
        }
        self.port = port
        self.text = text
        host = String(parts[0])
    }

    /// Lower case alone, so that a host has one spelling.
    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }
}
