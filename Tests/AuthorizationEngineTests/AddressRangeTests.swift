import AuthorizationEngine
import Testing

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("203.0.113.0/24", "203.0.113.0", true), ("203.0.113.0/24", "203.0.113.255", true),
        ("203.0.113.0/24", "203.0.114.0", false), ("203.0.113.7", "203.0.113.7", true),
        ("203.0.113.7", "203.0.113.8", false), ("203.0.113.7/32", "203.0.113.7", true),
        // What a socket of both families shows of an IPv4 peer.
        ("203.0.113.0/24", "::ffff:203.0.113.9", true), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("::/0", "::1", true),
        ("::1", "::1", true), ("::1", "::2", false), ("::1/128", "0:0:0:0:0:0:0:1", true),
    ])
    func `an address is in a range that it begins like`(_ range: String, _ address: String, _ isIn: Bool) throws {
        let (range, address) = (try #require(AddressRange(range)), try #require(IPAddress(address)))
        #expect(range.contains(address) == isIn)
    }

    @Test(arguments: [
        "", "/", "/24", "203.0.113.0/", "203.0.113.0/33", "203.0.113.1/24", "203.0.113.0/-1", "203.0.113.0/+8",
        "203.0.113.0/024x", "203.0.113", "203.0.113.256", "2001:db8::/129", "2001:db8::1/32", "2001:db8:::/32",
        "::ffff:203.0.113.0/120", "localhost", "203.0.113.0/24/8", "fe80::1%eth0", "203.0.113.0/24 ",
        "203.0.113.7\u{0}", "203.0.113.7\u{0}x/32", "0.0.0.0/+0", "0.0.0.0/00", "203.0.113.7\u{301}",
    ])
    func `what is no range, or not clearly one, is refused`(_ text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test func `a range says itself as the database does, and reads that again`() throws {
        for text in ["203.0.113.7/32", "203.0.113.0/24", "2001:db8::/32", "::1/128"] {
            #expect(try #require(AddressRange(text)).description == text)
        }
        #expect(AddressRange("203.0.113.7")?.description == "203.0.113.7/32")
        #expect(AddressRange("::1")?.description == "::1/128")
    }

    @Test func `a key without a list is for everywhere, one with a list not for an address that is not known`() throws {
        let loopback = try #require(IPAddress("127.0.0.1"))
        #expect(APIKeyTerms().allow(nil) && APIKeyTerms().allow(loopback))
        let terms = APIKeyTerms(addresses: [try #require(AddressRange("127.0.0.0/8"))])
        #expect(!terms.allow(nil) && terms.allow(loopback))
        #expect(!APIKeyTerms(addresses: []).allow(loopback))
    }
}
