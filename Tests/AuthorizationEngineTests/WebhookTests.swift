import AuthorizationCore
import Testing

@testable import AuthorizationEngine

@Suite struct WebhookTests {
    @Test(arguments: [
        ("8.8.8.8", true), ("192.0.1.1", true), ("100.63.255.255", true), ("2606:4700::1111", true),
        ("0.0.0.0", false), ("10.0.0.1", false), ("100.64.0.1", false), ("127.0.0.1", false),
        ("169.254.169.254", false), ("172.31.255.255", false), ("172.32.0.1", true), ("192.168.1.1", false),
        ("192.0.0.8", false), ("198.19.0.1", false), ("224.0.0.1", false), ("255.255.255.255", false),
        ("::", false), ("::1", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true), ("::7f00:1", false),
        ("64:ff9b::a00:1", false), ("64:ff9b:1::1", false), ("100::1", false), ("fc00::1", false),
        ("fd00:ec2::254", false), ("fe80::1", false), ("ff02::1", false), ("2001::1", false), ("2001:db8::1", false),
        ("2002:a00:1::1", false),
    ])
    func `only the public Internet is sent to`(_ address: String, _ isPublic: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(WebhookAddresses(allowed: []).allow(address, isSecure: true) == isPublic)
        #expect(!WebhookAddresses(allowed: []).allow(address, isSecure: false))
        let all = try ["0.0.0.0/0", "::/0"].map { try #require(AddressRange($0)) }
        #expect(WebhookAddresses(allowed: all).allow(address, isSecure: false))
        #expect(WebhookAddresses.refused.count == 18)
    }

    @Test(arguments: [
        ("https://example.com", "example.com", 443), ("https://example.com/", "example.com", 443),
        ("http://127.0.0.1:8080/a?b=c", "127.0.0.1", 8_080), ("https://a-b.example?x", "a-b.example", 443),
    ])
    func `an address is read`(_ text: String, _ host: String, _ port: Int) throws {
        let url = try #require(WebhookURL(text))
        #expect(url.host == host && url.port == port && url.text == text)
        #expect(url.isSecure == text.hasPrefix("https"))
    }

    @Test(arguments: [
        "", "https://", "https:///a", "ftp://example.com", "HTTPS://example.com", "https://Example.com",
        "https://user@example.com", "https://example.com#a", "https://example.com:0", "https://example.com:65536",
        "https://example.com:", "https://example.com:1:2", "https://[::1]/", "https://exämple.com", "https://a b",
        "https://a\\b", "https://example.com/\r\nx", "https://a_b.example", "//example.com",
        "https://example.com/" + String(repeating: "a", count: 481),
    ])
    func `what is no plain address is refused`(_ text: String) { #expect(WebhookURL(text) == nil) }

    private static let delivery = WebhookDelivery(
        account: AccountID(high: 1, low: 1),
        sequence: 1,
        event: EventID(high: 1, low: 1),
        body: [],
        nextAt: .distantPast
    )

    @Test(
        arguments: [(1, 5), (2, 10), (3, 20), (10, 2_560), (11, 3_600), (12, 3_600), (Int32.max, 3_600)]
            as [(Int32, Int64)]
    )
    func `waits double from five seconds to an hour, and anything below them is drawn`(
        _ attempts: Int32,
        _ seconds: Int64
    ) {
        #expect(WebhookSchedule.wait(after: attempts, 1_000) == .seconds(seconds))
        #expect(WebhookSchedule.wait(after: attempts, 500) == .milliseconds(seconds * 500))
        #expect(WebhookSchedule.wait(after: attempts, 0) == .zero)
    }

    @Test(arguments: [(0, false), (72 * 3_600 - 1, false), (72 * 3_600, true)] as [(Int64, Bool)])
    func `what does not arrive for three days is parked`(_ seconds: Int64, _ isParked: Bool) {
        let first = Instant(microseconds: 1_700_000_000_000_000)
        var delivery = WebhookSchedule.failed(Self.delivery, .answered(status: 500), at: first, 1_000)
        #expect(delivery.attempts == 1 && delivery.firstAt == first && delivery.nextAt == first + .seconds(5))
        delivery = WebhookSchedule.failed(delivery, .failed(.unreachable), at: first + .seconds(seconds), 0)
        #expect(delivery.attempts == 2 && delivery.firstAt == first && (delivery.parkedAt != nil) == isParked)
        #expect(delivery.last == .failed(.unreachable))
    }

    @Test(
        arguments: [
            (WebhookResult.answered(status: 200), nil), (.answered(status: 299), nil),
            (.answered(status: 199), "rejected"), (.answered(status: 301), "redirected"),
            (.answered(status: 410), "gone"),
            (.answered(status: 500), "rejected"), (.failed(.hostUnknown), "address_refused"),
            (.failed(.addressRefused), "address_refused"), (.failed(.unreachable), "unreachable"),
        ] as [(WebhookResult, String?)]
    )
    func `each result is told, and only success delivers`(_ result: WebhookResult, _ problem: String?) {
        #expect(result.problem == problem && result.isDelivered == (problem == nil))
    }
}
