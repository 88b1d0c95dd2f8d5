import ISO8583
import Testing

@testable import NetworkSimulator

/// Messages that the issuer starts.
@Suite struct `A message of the issuer's own` {
    private static let update = Message.with(302, [2: "9900000000000002", 7: "1121100509", 11: "77", 101: "HOTCARDS"])

    /// Answers an echo with it and sends these messages behind it.
    private static func saying(_ messages: Message?...) -> StubIssuer.Script {
        { message, _ in
            guard message.messageType == 800 else { return [] }
            return StubIssuer.Reply.answer(message, "00") + messages.compactMap { $0 }.map { .message($0) }
        }
    }

    private static let rows: [(step: String, answer: [Int: String]?)] = [
        ("", [2: "9900000000000002", 7: "1121100509", 11: "000077", 39: "00", 101: "HOTCARDS"]),
        (
            #", answer: {39: "30", 2: ~, 44: "${update.101}"}"#,
            [7: "1121100509", 11: "000077", 39: "30", 44: "HOTCARDS", 101: "HOTCARDS"]
        ),
        (", answer: nothing", nil),
    ]

    @Test(arguments: rows)
    func `gets the answer of its step, or none`(_ step: String, _ answer: [Int: String]?) async throws {
        let steps = """
              - {manage: echo}
              - {receive: "0302", as: update, expect: {2: "${card.pan}", 91: ~}\(step)}
              - {manage: echo, fields: {48: "${update.11}"}}
            """
        let update = Self.update
        let (report, received) = try await play(steps) { message, before in
            before == 0 ? Self.saying(update)(message, before) : Self.saying()(message, before)
        }
        #expect(report.isPassed, "\(report)")
        let answers = received.filter { $0.messageType == 312 }
        #expect(answers == (answer.map { [.with(312, $0)] } ?? []).compactMap { $0 })
        #expect(received.last?.text(48) == "000077")
    }

    @Test func `that no step takes is told at the end, masked, and not answered`() async throws {
        let update = Self.update
        let issuer = Self.saying(update)
        let (report, received) = try await play("  - {manage: echo}\n  - {wait_ms: 300}", against: issuer)
        try #require(report.failures.count == 1, "\(report)")
        #expect(report.failures[0].hasPrefix("at the end: messages that nothing waits for, 1: 0302 2=990000******0002"))
        #expect(received.count == 1)
    }

    @Test func `that is not as expected, or does not come, is told, masked`() async throws {
        let steps = """
              - {manage: echo}
              - {receive: "0302", expect: {101: OTHER}}
              - {receive: "0302", within_ms: 50}
            """
        let update = Self.update
        let failed = try await failures(steps, against: Self.saying(update))
        #expect(failed == ["2 receive 0302: element 101, *(8)", "3 receive 0302: message, nothing"])
    }

    private static func signOn(_ trace: String) -> Message? { .with(800, [7: "1121100509", 11: trace, 70: "001"]) }

    /// Whether the issuer's own sign-on is answered before, or only with, the step that takes it.
    @Test(arguments: [("", ["000001", "000002"]), (#", answer: {39: "96"}"#, ["000002"]), (", answer: nothing", [])])
    func `of network management is accepted when it comes, unless a step answers its type`(
        _ answer: String,
        _ answered: [String]
    ) async throws {
        let steps = """
              - {manage: echo}
              - {wait_ms: 300}
              - {receive: "0800", expect: {11: 1}\(answer == "" ? "" : ", answer: nothing")}
              - {receive: "0800", expect: {11: 2}\(answer)}
              - {manage: echo}
            """
        let both = [Self.signOn("1"), Self.signOn("2")]
        let (report, received) = try await play(steps) { message, before in
            before == 0 ? Self.saying(both[0], both[1])(message, before) : Self.saying()(message, before)
        }
        #expect(report.isPassed, "\(report)")
        #expect(received.filter { $0.messageType == 810 }.map { $0.text(11) } == answered)
    }

    private static let codes1993: [(MessageTypeIndicator, String?)] = [
        (1304, "300"), (1305, "300"), (1804, "800"), (1420, "400"), (1100, "000"), (1220, "000"), (1624, "600"),
        (1524, "500"), (1740, "700"), (1314, nil),
    ]

    @Test(arguments: codes1993)
    func `of 1993 is accepted with the code of its class`(_ type: MessageTypeIndicator, _ code: String?) {
        var message = Message(type)
        message.set(11, text: "000001")
        let answer = UsualFields.acceptance(of: message, .iso1993)
        #expect(answer?.text(39) == code && answer?.text(11) == code.map { _ in "000001" })
        #expect(answer?.messageType == type.response)
    }
}

extension Message {
    /// Nil for elements that the dialect does not take.
    fileprivate static func with(_ type: MessageTypeIndicator, _ elements: [Int: String]) -> Message? {
        try? message(type, elements)
    }
}
