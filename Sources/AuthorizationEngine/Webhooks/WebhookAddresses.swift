/// Which addresses events may be sent to: those of the public Internet, and what the configuration allows besides. A
/// client that names an endpoint must not reach through this service what only this service can reach.
package struct WebhookAddresses: Sendable {
    /// IPv4 ranges that are not globally reachable (IANA IPv4 Special-Purpose Address Registry, RFC 6890), multicast and
    /// the reserved rest.
    static let refused = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
        // Of the global unicast addresses of IPv6: Teredo and other protocols' own, documentation, and 6to4, which holds
        // an IPv4 address.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].compactMap { AddressRange($0) }

    /// All that is global in IPv6 (RFC 4291, section 2.4). Local, multicast and NAT64 addresses are elsewhere.
    private static let globalIPv6 = AddressRange("2000::/3")

    private let allowed: [AddressRange]

    package init(allowed: [AddressRange]) { self.allowed = allowed }

    /// - Parameter isSecure: without TLS only what the configuration names is allowed.
    package func allow(_ address: IPAddress, isSecure: Bool) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        guard isSecure, address.isIPv4 || Self.globalIPv6?.contains(address) == true else { return false }
        return !Self.refused.contains { $0.contains(address) }
    }
}
