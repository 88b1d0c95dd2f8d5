import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import Testing

@testable import HTTPAPI

/// Events as they come. Streams end after a second where nothing else is said.
@Suite struct EventStreamTests {
    private struct Sent: Equatable {
        var id: String
        var type: String
        var data: String
    }

    private static func events(_ reply: Caller.Reply) -> [Sent] {
        reply.text.components(separatedBy: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            func value(_ name: String) -> String? {
                lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
            }
            guard let id = value("id"), let type = value("event"), let data = value("data") else { return nil }
            return Sent(id: id, type: type, data: data)
        }
    }

    private static func stream(_ caller: Caller, _ query: String = "", after last: String? = nil) async throws
        -> Caller.Reply
    {
        var headers = HTTPFields()
        if let last { headers[try #require(HTTPField.Name("Last-Event-ID"))] = last }
        return try await caller.send("/v1/events/stream\(query)", .get, headers, "", as: 0)
    }

    /// Waits until the first answer has begun.
    private static func waitForStream(at door: Door) async throws {
        let begun = #"aval_http_requests_total{operation="stream_events",status="2xx"} 1"#
        for _ in 0..<3_000 where !door.services.metrics.text.contains(begun) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test func `a stream sends what was there and what comes, each as the pages have it`() async throws {
        let door = try Door(longestStream: .seconds(10))
        try await door.run { caller in
            let card = try await caller.makeCard().card
            async let streamed = Self.stream(caller)
            try await Self.waitForStream(at: door)
            let freezing = #"{"status":"frozen","reason":"lost it"}"#
            #expect(try await caller.post("/v1/cards/\(card)/status", freezing).status == 200)
            let reply = try await streamed
            #expect(reply.status == 200 && reply.headers[.contentType] == "text/event-stream")
            let events = Self.events(reply)
            #expect(events.map(\.type) == ["account.opened", "account.funded", "card.issued", "card.frozen"])
            let page = try await caller.get("/v1/events").text
            #expect(page.hasPrefix(#"{"items":[\#(events.map(\.data).joined(separator: ","))],"#))
        }
    }

    @Test func `who comes back goes on after the last event, whatever the address says`() async throws {
        try await Door().run { caller in
            _ = try await caller.makeCard()
            let all = Self.events(try await Self.stream(caller))
            #expect(all.count == 3)
            let first = try #require(all.first).id
            #expect(Self.events(try await Self.stream(caller, "?after=\(first)")) == Array(all.dropFirst()))
            #expect(Self.events(try await Self.stream(caller, "?after=\(first)", after: all[1].id)) == [all[2]])
            let issued = try await Self.stream(caller, "?types=card.issued")
            #expect(Self.events(issued) == [all[2]])
            // Also the place after events that are not wanted is told.
            let last = try #require(issued.text.split(separator: "\n").last { $0.hasPrefix("id: ") }?.dropFirst(4))
            #expect(Self.events(try await Self.stream(caller, after: String(last))).isEmpty)
        }
    }

    @Test func `what is wrong is told before the stream begins`() async throws {
        try await Door().run { caller in
            let wrong = try await Self.stream(caller, after: "AAAA")
            #expect(wrong.status == 422 && wrong["header"] == "Last-Event-ID" && wrong["code"] == "cursor_refused")
            #expect(try await Self.stream(caller, "?wait=1").status == 422)
            let unknown = try await Self.stream(caller, "?account_id=acc_00000000000070008000000000000000")
            #expect(unknown.status == 404)
        }
    }

    @Test func `a stream ends once its key may have it no longer`() async throws {
        let door = try Door(longestStream: .seconds(60))
        let person = try Door.Person(.reader, at: door)
        try await door.run { caller in
            let tenant = "\(door.tenants[0])"
            async let streamed = person.send("/v1/events/stream", tenant: tenant, through: caller)
            try await Self.waitForStream(at: door)
            door.ledger.revokeOperator(keyHash: person.key.hash)
            // Wakes the stream.
            _ = try await caller.makeCard()
            let reply = try await streamed
            #expect(reply.status == 200)
            #expect(Self.events(reply).count <= 3)
        }
    }
}
