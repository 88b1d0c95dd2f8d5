import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import TestSupport
import Testing
import Webhooks

/// What is sent, and where nothing is.
@Suite struct WebhookClientTests {
    private static let message = Result {
        let now = Instant(microseconds: 1_614_265_330_000_000)
        return try WebhookMessage(id: "evt_1", at: now, body: Array("{}".utf8), [.random()])
    }

    private static func client(_ allowed: [String]) throws -> WebhookClient {
        WebhookClient(WebhookAddresses(allowed: try allowed.map { try #require(AddressRange($0)) }))
    }

    private static func post(_ url: String, allowing allowed: [String] = ["127.0.0.0/8"]) async throws -> WebhookResult
    {
        switch try await client(allowed).open(try #require(WebhookURL(url)), for: TenantID(high: 0, low: 1)) {
        case .failure(let refusal): return .failed(refusal.fault)
        case .success(let line):
            let result = await line.post(try message.get())
            await line.close()
            return result
        }
    }

    @Test func `a message arrives with the headers of Standard Webhooks`() async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let url = "http://127.0.0.1:\(receiver.port)/events?a=b"
        #expect(try await Self.post(url) == .answered(status: 200))
        let message = try #require(receiver.messages.first)
        #expect(message.headers["webhook-id"] == "evt_1" && message.headers["webhook-timestamp"] == "1614265330")
        #expect(message.headers["webhook-signature"] == (try Self.message.get().signatures))
        #expect(message.headers["content-type"] == "application/json" && message.body == Array("{}".utf8))
        #expect(message.headers["host"] == "127.0.0.1:\(receiver.port)")
    }

    @Test func `a redirect is not followed, a long answer is not read, and neither hurts the next`() async throws {
        let other = try WebhookReceiver()
        defer { other.stop() }
        let receiver = try WebhookReceiver { count, _ in
            count == 0
                ? (302, ["Location: http://127.0.0.1:\(other.port)/"], [])
                : (204, [], [UInt8](repeating: 0, count: count == 1 ? 1 << 20 : 0))
        }
        defer { receiver.stop() }
        let url = "http://127.0.0.1:\(receiver.port)/"
        #expect(try await Self.post(url) == .answered(status: 302))
        #expect(WebhookResult.answered(status: 302).problem == "redirected")
        #expect(try await Self.post(url) == .answered(status: 204))
        #expect(try await Self.post(url) == .answered(status: 204))
        #expect(other.messages.isEmpty && receiver.messages.count == 3)
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:PORT/", [], WebhookFault.addressRefused),
            ("https://127.0.0.1:PORT/", [], .addressRefused),
            ("https://localhost:PORT/", [], .addressRefused),
            // Other spellings of the same address.
            ("https://2130706433:PORT/", [], .addressRefused),
            ("https://0177.0.0.1:PORT/", [], .addressRefused),
            ("https://127.1:PORT/", [], .addressRefused),
            ("http://127.0.0.1:PORT/", ["10.0.0.0/8"], .addressRefused),
            ("https://169.254.169.254/", ["127.0.0.0/8"], .addressRefused),
            ("http://nowhere.invalid/", ["127.0.0.0/8"], .hostUnknown),
            // It speaks no TLS.
            ("https://127.0.0.1:PORT/", ["127.0.0.0/8"], .unreachable),
        ] as [(String, [String], WebhookFault)]
    )
    func `nothing goes to an address that is not allowed`(
        _ url: String,
        _ allowed: [String],
        _ fault: WebhookFault
    ) async throws {
        let receiver = try WebhookReceiver()
        defer { receiver.stop() }
        let result = try await Self.post(url.replacing("PORT", with: "\(receiver.port)"), allowing: allowed)
        #expect(result == .failed(fault))
        #expect(receiver.messages.isEmpty)
    }
}
