import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A card's route as it stands in the cache, with a code that only this installation can make. What was altered,
/// cut short or copied from another card is as good as not there.
struct RouteEntry {
    static let format: UInt8 = 2
    /// Format, version, and three identifiers.
    private static let routeLength = 1 + 8 + 3 * 16
    static let length = routeLength + Digest.byteCount

    let key: SecretKey

    func encode(_ route: CardRoute, panIndex: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.routeLength)
        writer.write(byte: Self.format)
        writer.write(word: UInt64(bitPattern: route.version))
        writer.write(route.card)
        writer.write(route.account)
        writer.write(route.tenant)
        return writer.bytes + (try code(of: writer.bytes, panIndex))
    }

    /// Nil unless the bytes were made by `encode` for this index.
    func decode(_ bytes: [UInt8], panIndex: [UInt8]) -> CardRoute? {
        guard bytes.count == Self.length else { return nil }
        let route = Array(bytes.prefix(Self.routeLength))
        guard let code = try? code(of: route, panIndex), Digest.areEqual(code, Array(bytes.suffix(Digest.byteCount)))
        else { return nil }
        var reader = ByteReader(Array(route.dropFirst()))
        guard route.first == Self.format, let version = try? reader.word(), let card: CardID = try? reader.value(),
            let account: AccountID = try? reader.value(), let tenant: TenantID = try? reader.value()
        else { return nil }
        return CardRoute(card: card, account: account, tenant: tenant, version: Int64(bitPattern: version))
    }

    private func code(of route: [UInt8], _ panIndex: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try Digest.hmac(panIndex + route, key: key)
    }
}
