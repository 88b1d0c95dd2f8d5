import AuthorizationEngine
import HTTPTypes

/// Proxies in front of this door, of which each appends to `X-Forwarded-For` the address that it was asked from.
package struct TrustedProxies: Sendable {
    static let header = "X-Forwarded-For"
    /// Hops that are looked at. Beyond them the header is not ours.
    private static let longestChain = 32

    private let ranges: [AddressRange]

    package init(_ ranges: [AddressRange]) { self.ranges = ranges }

    /// Where a request comes from: the last address that no trusted proxy has. What others write in the header is not
    /// believed, so a client cannot name its own.
    ///
    /// - Parameter peer: address of the connection's other end.
    func client(of headers: HTTPFields, from peer: String?) -> IPAddress? {
        guard var found = peer.flatMap(IPAddress.init), let name = HTTPField.Name(Self.header) else { return nil }
        guard isTrusted(found), !headers[values: name].isEmpty else { return found }
        let hops = headers[values: name].joined(separator: ",").split(
            separator: ",",
            omittingEmptySubsequences: false
        )
        for hop in hops.reversed().prefix(Self.longestChain) {
            guard let address = IPAddress(hop.filter { $0 != " " && $0 != "\t" }) else { return nil }
            found = address
            if !isTrusted(address) { return address }
        }
        return found
    }

    private func isTrusted(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}
