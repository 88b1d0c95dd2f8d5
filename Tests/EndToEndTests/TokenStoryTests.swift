import ISO8583
import TestSupport
import Testing

/// A wallet's token from its registration by the client to its end, against the built binary. DE 60 tag 26 has its number.
@Suite struct TokenStoryTests {
    /// Sixteen digits that no other test has, the last of them their check digit.
    private static func number() -> String {
        let digits = "489538" + String(Int.random(in: 100_000_000...999_999_999))
        let sum = digits.utf8.reversed().enumerated().reduce(0) { sum, element in
            let digit = Int(element.element) - 48
            let doubled = element.offset % 2 == 0 ? digit * 2 : digit
            return sum + doubled / 10 + doubled % 10
        }
        return digits + String((10 - sum % 10) % 10)
    }

    @Test func `a token is unknown, registered, suspended, resumed and deleted, and its card pays all the while`()
        async throws
    {
        let story = try await NetworkStory(funded: 100_000)
        let client = try SharedServer.client
        let number = Self.number()
        var trace: Int64 = 0
        func pay(_ token: String?) throws -> String {
            trace += 1
            return try story.code(100, 100, trace: trace, [60: token.map { "2616" + $0 }])
        }
        func become(_ status: String, _ id: String) async throws {
            let body = #"{"status":"\#(status)","reason":"phone lost"}"#
            _ = try await client.post("/v1/tokens/\(id)/status", body).expecting(200)
        }
        #expect(try pay(number) == "00")
        let tokens = "/v1/cards/\(story.holder.card)/tokens"
        let id = try await client.post(tokens, #"{"number":"\#(number)"}"#).expecting(201).text("id")
        #expect(try pay(number) == "00")
        try await become("suspended", id)
        #expect(try pay(number) == "62" && pay(Self.number()) == "00" && pay(nil) == "00")
        try await become("active", id)
        #expect(try pay(number) == "00")
        try await become("deleted", id)
        #expect(try pay(number) == "62" && pay(nil) == "00")
        #expect(try await client.get(tokens).expecting(200).text("items.0.status") == "deleted")
        #expect(try await story.balance() == [100_000, 600, 99_400])
    }

    @Test func `another customer's card does not pay with it`() async throws {
        let story = try await NetworkStory(), thief = try await NetworkStory()
        let client = try SharedServer.client
        let number = Self.number()
        let tokens = "/v1/cards/\(story.holder.card)/tokens"
        _ = try await client.post(tokens, #"{"number":"\#(number)"}"#).expecting(201)
        #expect(try thief.code(100, 100, trace: 1, [60: "2616" + number]) == "14")
        #expect(try story.code(100, 100, trace: 1, [60: "2616" + number]) == "00")
        let theirs = "/v1/cards/\(thief.holder.card)/tokens"
        #expect(try await client.post(theirs, #"{"number":"\#(number)"}"#).status == 409)
        #expect(try await thief.balance() == [10_000, 0, 10_000])
    }
}
