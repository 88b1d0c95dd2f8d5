import AuthorizationCore
import AuthorizationEngine
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Webhook endpoints at the HTTP door.
@Suite struct WebhookTests {
    private static let path = "/v1/webhook-endpoints"
    private static let plain = #"{"url":"https://example.com/a","event_types":["card.issued"],"description":"d"}"#

    @Test func `an endpoint is made, changed, disabled, enabled and removed, and is its tenant's alone`() async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post(Self.path, Self.plain)
            #expect(made.status == 201 && made["enabled"] == "true", "\(made.text)")
            #expect(try #require(made["secret"]).hasPrefix("whsec_"))
            let address = "\(Self.path)/\(try #require(made["id"]))"
            #expect(made.headers[.location] == address)
            let read = try await caller.get(address)
            #expect(read.text.contains(#""event_types":["card.issued"]"#) && !read.text.contains("secret"))
            #expect(try await caller.get(Self.path).text == #"{"items":[\#(read.text)]}"#)
            let disabled = try await caller.post("\(address)/changes", #"{"enabled":false,"description":"e"}"#)
            #expect(disabled["enabled"] == "false" && disabled["disabled_reason"] == "asked")
            #expect(disabled["description"] == "e" && disabled["url"] == "https://example.com/a")
            let enabled = try await caller.post("\(address)/changes", #"{"enabled":true}"#)
            #expect(enabled["enabled"] == "true" && enabled["disabled_at"] == "null")
            for other in ["", "/deliveries"] { #expect(try await caller.get(address + other, as: 1).status == 404) }
            for other in ["/changes", "/removal", "/secret", "/test"] {
                let body = other == "/changes" ? #"{"enabled":true}"# : "{}"
                #expect(try await caller.post(address + other, body, as: 1).status == 404, "\(other)")
            }
            #expect(try await caller.get(Self.path, as: 1).text == #"{"items":[]}"#)
            #expect(try await caller.post("\(address)/removal").status == 200)
            #expect(try await caller.get(address).status == 404)
        }
    }

    @Test func `a secret is told once, and a repeat learns all but it`() async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post(Self.path, Self.plain, key: "make")
            let again = try await caller.post(Self.path, Self.plain, key: "make")
            #expect(again.status == 201 && again["id"] == made["id"] && again["secret"] == "null")
            let address = "\(Self.path)/\(try #require(made["id"]))/secret"
            let rotated = try await caller.post(address, "{}", key: "rotate")
            #expect(try #require(rotated["secret"]).hasPrefix("whsec_") && rotated["secret"] != made["secret"])
            #expect(try await caller.post(address, "{}", key: "rotate")["secret"] == "null")
        }
    }

    @Test(arguments: [
        (#"{"url":"https://private.example/"}"#, "webhook_address_refused"),
        (#"{"url":"https://unknown.example/"}"#, "webhook_address_refused"),
        (#"{"url":"ftp://example.com/"}"#, "invalid_request"),
        (#"{"url":"https://u@example.com/"}"#, "invalid_request"),
        (#"{"url":1}"#, "invalid_request"), ("{}", "invalid_request"),
        (#"{"url":"https://example.com/","event_types":[]}"#, "invalid_request"),
        (#"{"url":"https://example.com/","event_types":["x"]}"#, "invalid_request"),
        (#"{"url":"https://example.com/","enabled":true}"#, "invalid_request"),
    ])
    func `an endpoint that cannot be is refused`(_ body: String, _ code: String) async throws {
        let door = try Door()
        try await door.run { caller in
            let reply = try await caller.post(Self.path, body)
            #expect(reply.status == 422 && reply["code"] == code, "\(reply.text)")
            let made = try await caller.post(Self.path, Self.plain)
            let address = "\(Self.path)/\(try #require(made["id"]))/changes"
            #expect(try await caller.post(address, "{}")["code"] == "invalid_request")
            guard code == "webhook_address_refused" else { return }
            #expect(try await caller.post(address, body)["code"] == code)
        }
    }

    @Test func `an unknown name and a refused address are told alike`() async throws {
        let door = try Door()
        try await door.run { caller in
            let refused = try await caller.post(Self.path, #"{"url":"https://private.example/"}"#)
            let unknown = try await caller.post(Self.path, #"{"url":"https://unknown.example/"}"#)
            #expect(refused["pointer"] == "/url")
            #expect(refused["detail"] != nil && refused["detail"] == unknown["detail"])
            // An endpoint whose name came to lead elsewhere.
            var problems: Set<String?> = []
            for (number, host) in zip(UInt64(1)..., ["private.example", "unknown.example"]) {
                let endpoint = WebhookEndpoint(
                    id: WebhookEndpointID(high: 1, low: number),
                    tenant: door.tenants[0],
                    url: try #require(WebhookURL("https://\(host)/")),
                    types: nil,
                    description: "",
                    createdAt: .distantPast
                )
                door.webhooks.add(endpoint)
                problems.insert(try await caller.post("\(Self.path)/\(endpoint.id)/test")["problem"])
            }
            #expect(problems == ["address_refused"])
        }
    }

    @Test func `a tenant has twenty endpoints at most`() async throws {
        let door = try Door()
        try await door.run { caller in
            for _ in 0..<20 { #expect(try await caller.post(Self.path, Self.plain).status == 201) }
            let reply = try await caller.post(Self.path, Self.plain)
            #expect(reply.status == 409 && reply["code"] == "too_many_webhook_endpoints")
            #expect(try await caller.post(Self.path, Self.plain, as: 1).status == 201)
        }
    }

    @Test(arguments: [("example.com", "200", "true", "null"), ("moved.example", "302", "false", "redirected")])
    func `a test message tells what came of it`(
        _ host: String,
        _ status: String,
        _ isDelivered: String,
        _ problem: String
    ) async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post(Self.path, #"{"url":"https://\#(host)/"}"#)
            let reply = try await caller.post("\(Self.path)/\(try #require(made["id"]))/test")
            #expect(reply.status == 200 && reply["status"] == status, "\(reply.text)")
            #expect(reply["delivered"] == isDelivered && reply["problem"] == problem)
        }
    }

    @Test func `what waits is listed page by page`() async throws {
        let door = try Door()
        for sequence: Int64 in 1...3 {
            var delivery = WebhookDelivery(
                account: AccountID(high: 1, low: 1),
                sequence: sequence,
                event: EventID(high: 1, low: UInt64(sequence)),
                body: [],
                nextAt: .distantPast
            )
            delivery.last = .answered(status: 302)
            if sequence == 1 { delivery.parkedAt = .distantPast }
            door.webhooks.add(delivery)
        }
        try await door.run { caller in
            let made = try await caller.post(Self.path, Self.plain)
            let address = "\(Self.path)/\(try #require(made["id"]))/deliveries?limit=2"
            let first = try await caller.get(address)
            #expect(first["status"] == "parked" && first["last_problem"] == "redirected", "\(first.text)")
            let second = try await caller.get("\(address)&after=\(try #require(first["next_cursor"]))")
            #expect(second["account_sequence"] == "3" && second["next_cursor"] == "null", "\(second.text)")
            #expect(try await caller.get("\(address)&after=x").status == 422)
        }
    }

    @Test func `notices are read from the newest on, by their own tenant, and stand among what waits`() async throws {
        let door = try Door()
        var endpoint = WebhookEndpoint(
            id: WebhookEndpointID(high: 1, low: 1),
            tenant: door.tenants[0],
            url: try #require(WebhookURL("https://example.com/hidden?key=hidden")),
            types: nil,
            description: "ledger",
            createdAt: .distantPast
        )
        endpoint.failingSince = Instant(microseconds: 1_700_000_000_000_000)
        var ids: [String] = []
        for number: UInt64 in 1...3 {
            let notice = WebhookNotice(
                id: EventID(high: 2, low: number),
                endpoint: endpoint,
                disabled: .init(reason: .failing, at: Instant(microseconds: 1_700_086_400_000_000)),
                last: .answered(status: 500),
                waiting: 7
            )
            ids.insert(notice.id.description, at: 0)
            door.webhooks.add(WrittenNotice(id: notice.id, document: notice.document), of: door.tenants[0])
            let place = WebhookDelivery.ofNotices
            let sent = WebhookDelivery(
                account: place,
                sequence: Int64(number),
                event: notice.id,
                body: [],
                nextAt: .distantPast
            )
            door.webhooks.add(sent)
        }
        try await door.run { [ids] caller in
            let path = "/v1/webhook-notices"
            let first = try await caller.get("\(path)?limit=2")
            #expect(first.status == 200 && !first.text.contains("hidden"), "\(first.text)")
            #expect(first["id"] == ids[0] && first["type"] == "webhook.disabled" && first["waiting"] == "7")
            #expect(first["disabled_reason"] == "failing" && first["last_problem"] == "rejected")
            let second = try await caller.get("\(path)?before=\(ids[1])")
            #expect(second["id"] == ids[2] && !second.text.contains(ids[1]), "\(second.text)")
            #expect(try await caller.get(path, as: 1).text == #"{"items":[]}"#)
            #expect(try await caller.get("\(path)?before=\(ids[1])", as: 1)["parameter"] == "before")
            let body = #"{"url":"https://example.com/","event_types":["webhook.disabled"]}"#
            let made = try await caller.post(Self.path, body)
            #expect(made.status == 201, "\(made.text)")
            let address = "\(Self.path)/\(try #require(made["id"]))/deliveries?limit=2"
            let waiting = try await caller.get(address)
            #expect(waiting["event_id"] == ids[2] && waiting["account_id"] == "null", "\(waiting.text)")
            #expect(waiting["account_sequence"] == "null")
            let rest = try await caller.get("\(address)&after=\(try #require(waiting["next_cursor"]))")
            #expect(rest["event_id"] == ids[0], "\(rest.text)")
        }
    }

    @Test func `a range of events is counted first, then sent again`() async throws {
        let door = try Door()
        try await door.run { caller in
            let made = try await caller.post(Self.path, Self.plain)
            let address = "\(Self.path)/\(try #require(made["id"]))"
            let (account, _) = try await caller.makeCard()
            _ = try await caller.makeCard()
            let range = #""occurred_from":"2020-01-01T00:00:00Z","occurred_to":"2099-01-01T00:00:00Z""#
            let dry = try await caller.post("\(address)/replays", #"{\#(range),"dry_run":true}"#)
            #expect(dry.text == #"{"count":2,"dry_run":true}"#, "\(dry.text)")
            #expect(try await caller.get("\(address)/deliveries").text.contains(#""items":[]"#))
            let one = #"{\#(range),"account_id":"\#(account)","event_types":["account.opened","card.issued"]}"#
            #expect(try await caller.post("\(address)/replays", one)["count"] == "2")
            let listed = try await caller.get("\(address)/deliveries")
            #expect(listed["account_id"] == account && listed["status"] == "waiting")
            let early = #"{"occurred_from":"2020-01-01T00:00:00Z","occurred_to":"2020-01-02T00:00:00Z"}"#
            #expect(try await caller.post("\(address)/replays", early)["count"] == "0")
            let wrong = #"{"occurred_from":"2020-01-02T00:00:00Z","occurred_to":"2020-01-02T00:00:00Z"}"#
            #expect(try await caller.post("\(address)/replays", wrong)["code"] == "invalid_request")
            let none = "acc_00000000000070008000000000000000"
            let unknown = try await caller.post("\(address)/replays", #"{\#(range),"account_id":"\#(none)"}"#)
            #expect(unknown["code"] == "account_not_found")
        }
    }
}
