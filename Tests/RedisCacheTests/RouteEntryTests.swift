import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

@testable import RedisCache

@Suite struct RouteEntryTests {
    private static func entry(_ digit: Character) throws -> RouteEntry {
        RouteEntry(key: try #require(SecretKey(hexadecimal: Array(String(repeating: digit, count: 64).utf8))))
    }

    private static let index = [UInt8](1...32)

    private static func route() -> CardRoute {
        let shard = Shard(truncating: 77)
        return CardRoute(
            card: CardID(at: .wallClock, shard: shard, entropy: 1),
            account: AccountID(at: .wallClock, shard: shard, entropy: 2),
            tenant: TenantID(at: .wallClock, shard: shard, entropy: 3)
        )
    }

    @Test func `an entry is read as it was written`() throws {
        let entry = try Self.entry("a"), route = Self.route()
        #expect(entry.decode(try entry.encode(route, panIndex: Self.index), panIndex: Self.index) == route)
    }

    @Test func `an entry with any bit altered is not read`() throws {
        let entry = try Self.entry("a")
        let bytes = try entry.encode(Self.route(), panIndex: Self.index)
        for position in bytes.indices {
            for bit in 0..<8 {
                var altered = bytes
                altered[position] ^= 1 << UInt8(bit)
                #expect(entry.decode(altered, panIndex: Self.index) == nil, "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test func `an entry cut short, or with more behind it, is not read`() throws {
        let entry = try Self.entry("a")
        let bytes = try entry.encode(Self.route(), panIndex: Self.index)
        for count in 0..<bytes.count {
            #expect(entry.decode(Array(bytes.prefix(count)), panIndex: Self.index) == nil, "\(count) bytes")
        }
        #expect(entry.decode(bytes + [0], panIndex: Self.index) == nil)
    }

    @Test func `an entry of another card, or made with another key, is not read`() throws {
        let entry = try Self.entry("a")
        let bytes = try entry.encode(Self.route(), panIndex: Self.index)
        #expect(entry.decode(bytes, panIndex: Self.index.reversed()) == nil)
        #expect(try Self.entry("b").decode(bytes, panIndex: Self.index) == nil)
    }
}

@Suite struct RedisAddressTests {
    @Test func `an address has a host, a port and perhaps a password`() throws {
        let plain = try RedisAddress(url: "redis://cache.example")
        #expect(plain.host == "cache.example" && plain.port == 6_379 && plain.password == nil)
        let full = try RedisAddress(url: "redis://:secret@127.0.0.1:7000")
        #expect(full.host == "127.0.0.1" && full.port == 7_000 && full.password == "secret")
    }

    @Test func `TLS is refused with a reason, and other schemes too`() {
        for (url, reason) in [
            ("rediss://:secret@cache.example:6380", "TLS is not supported"),
            ("https://cache.example", "the scheme must be redis"), ("cache.example:6379", "not a URL"),
            ("", "not a URL"),
        ] {
            let error = #expect(throws: RedisError.self) { try RedisAddress(url: url) }
            let text = error?.description ?? ""
            #expect(text.contains(reason), "\(url)")
            #expect(!text.contains("secret"))
        }
    }
}
