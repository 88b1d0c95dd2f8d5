import ISO8583
import Testing

@testable import NetworkSimulator

/// What a run makes of issuers that behave well, and of those that do not.
@Suite struct `A run` {
    private static let approving: StubIssuer.Script = { message, _ in StubIssuer.Reply.answer(message, "00") }

    @Test func `passes where all is met`() async throws {
        let (report, received) = try await play(
            """
              - {manage: sign-on, expect: {39: "00"}}
              - {send: "0100", as: p, fields: {4: 100}, expect: {39: "00", echoes: [2, 4, 11]}}
              - {repeat: p, expect: {39: "00"}}
              - {reverse: p, expect: {39: "00"}}
            """
        )
        #expect(report.isPassed, "\(report)")
        #expect(received.map(\.messageType) == [800, 100, 101, 400])
    }

    @Test func `tells silence from an answer`() async throws {
        let steps = """
              - {note: a, send: "0100", fields: {4: 1}, expect: nothing, within_ms: 50}
              - {note: b, send: "0100", fields: {4: 2}, within_ms: 50}
              - {note: c, send: "0100", fields: {4: 3}, expect: nothing, within_ms: 50}
            """
        let failed = try await failures(steps) { message, before in
            before < 2 ? [] : StubIssuer.Reply.answer(message, "00")
        }
        try #require(failed.count == 2, "\(failed)")
        #expect(failed[0] == "2 b: answer, nothing")
        #expect(failed[1].hasPrefix("3 c: answer, 0110 2=990000******0002"))
    }

    @Test func `takes an answer that comes late, if a step still waits for it`() async throws {
        let steps = """
              - {send: "0100", as: p, fields: {4: 1}, expect: nothing, within_ms: 20}
              - {await: p, expect: {39: "00"}}
              - {note: again, await: p, within_ms: 20}
            """
        let failed = try await failures(steps) { message, _ in
            StubIssuer.Reply.answer(message, "00", after: .seconds(1))
        }
        #expect(failed == ["3 again: answer, nothing"])
    }

    /// The third message has its second answer before it is asked for, the last one while.
    @Test func `can tell that no second answer comes`() async throws {
        let steps = [1, 2, 3, 4].map { number in
            """
              - {send: "0100", as: p\(number), fields: {4: \(number)}, expect: {39: "00"}}
              - {manage: echo}
              - {note: p\(number), await: p\(number), expect: nothing, within_ms: 200}
            """
        }
        let failed = try await failures(steps.joined(separator: "\n"), "unsolicited: allowed") { message, _ in
            let answer = StubIssuer.Reply.answer(message, "00")
            guard message.messageType == 100, let number = message.digits(4), number > 2 else { return answer }
            return answer + StubIssuer.Reply.answer(message, "05", after: .milliseconds(number == 3 ? 0 : 100))
        }
        try #require(failed.count == 2, "\(failed)")
        #expect(failed[0].hasPrefix("9 p3: answer, 0110 ") && failed[1].hasPrefix("12 p4: answer, 0110 "))
    }

    @Test func `says which step of a conversation was not met`() async throws {
        let steps = """
              - traffic: 3
                mix: [{note: buy, steps: [{send: "0100", as: p, fields: {4: 1}}, {reverse: p, expect: {39: "12"}}]}]
            """
        let failed = try await failures(steps, against: Self.approving)
        #expect(failed == ["1 traffic 3, buy, step 2: element 39, 00; 00; 00"])
    }

    @Test func `tells answers apart when they come in another order`() async throws {
        let steps = """
              - {send: "0100", as: a, fields: {4: 1}, expect: later}
              - {send: "0100", as: b, fields: {4: 2}, expect: {4: 2}}
              - {await: a, expect: {4: 1}}
            """
        let failed = try await failures(steps) { message, before in
            StubIssuer.Reply.answer(message, "00", after: .milliseconds(before == 0 ? 200 : 0))
        }
        #expect(failed == [])
    }

    @Test func `tells what comes unasked, unless that is allowed`() async throws {
        let twice: StubIssuer.Script = { message, _ in
            StubIssuer.Reply.answer(message, "00") + StubIssuer.Reply.answer(message, "05")
                + [.bytes([0, 4] + Array("01XX".utf8))]
        }
        let steps = "  - {send: \"0100\", fields: {4: 1}}\n  - {wait_ms: 500}"
        let failed = try await failures(steps, against: twice)
        try #require(failed.count == 2, "\(failed)")
        #expect(failed[0].hasPrefix("at the end: messages that nothing waits for, 1: 0110 2=990000******0002"))
        #expect(
            failed[1] == "at the end: frames that are no message, 1: invalid_digit element MTI offset 2: "
                + "a character is not allowed by the element's class"
        )
        let allowed = try await failures(steps, "unsolicited: allowed", against: twice)
        #expect(allowed.count == 1 && allowed[0].contains("frames that are no message"))
    }

    @Test func `sends garbage and damaged messages, after which an echo is answered`() async throws {
        let steps = """
              - {prepare: "0100", as: p, fields: {4: 1}}
              - {garbage: 200}
              - {garbage: 200, of: p}
              - {manage: echo, expect: {39: "00"}}
            """
        let (report, received) = try await play(steps) { message, _ in
            message.messageType == 800 && message.has(70, "301") ? StubIssuer.Reply.answer(message, "00") : []
        }
        #expect(report.isPassed, "\(report)")
        // Some damage does not show.
        let damaged = received.dropLast().filter { $0.messageType == 100 }
        #expect(damaged.contains { $0.text(4) == "000000000001" } && Set(damaged.map(\.description)).count > 20)
    }

    @Test func `goes on when the issuer ends the connection`() async throws {
        let steps = """
              - {note: a, send: "0100", fields: {4: 1}}
              - {note: b, manage: echo}
              - {connection: open}
              - {note: c, manage: echo, expect: {39: "00"}}
            """
        let failed = try await failures(steps) { message, before in
            before == 0 ? [.close] : StubIssuer.Reply.answer(message, "00")
        }
        #expect(
            failed == [
                "1 a: answer, the end of the connection", "2 b: message, the connection is closed",
            ]
        )
    }

    @Test func `gives up an answer that was under way when the connection broke`() async throws {
        let steps = """
              - {send: "0100", as: lost, fields: {4: 1}, expect: later}
              - {connection: reset}
              - {connection: open}
              - {note: a, await: lost}
              - {note: b, repeat: lost, expect: {39: "00"}}
            """
        let failed = try await failures(steps) { message, _ in
            message.messageType == 101 ? StubIssuer.Reply.answer(message, "00") : []
        }
        #expect(failed == ["4 a: answer, the end of the connection"])
    }

    @Test func `has a clock that stands still and is moved`() async throws {
        let steps = "  - {manage: echo}\n  - {manage: echo}\n  - {advance_s: 86401}\n  - {manage: echo}"
        let received = try await play(steps, "clock: \"2026-02-28T23:59:59Z\"").received
        #expect(received.map { $0.text(7) } == ["0228235959", "0228235959", "0302000000"])
    }

    @Test(arguments: [1, 8])
    func `sends the same for the same seed`(_ inFlight: Int) async throws {
        let steps = """
              - {send: "0100", fields: {4: "${random:1-99999}", 38: "${random:6}"}}
              - traffic: 60
                in_flight: \(inFlight)
                mix:
                  - {weight: 3, steps: [{send: "0100", as: p, fields: {4: "${random:1-99999}"}}, {reverse: p}]}
                  - {steps: [{manage: echo}]}
            """
        func sent(_ seed: UInt64) async throws -> [String] {
            let played = try await play(steps, "clock: \"2026-11-21T10:00:00Z\"", seed: seed)
            #expect(played.report.isPassed, "\(played.report)")
            let packed = try played.received.map { hexText(try Codec.encode($0, dialect: dialect)) }
            return inFlight == 1 ? packed : packed.sorted()
        }
        let first = try await sent(7)
        #expect(first.count > 60 && Set(first).count == first.count)
        #expect(try await sent(7) == first)
        #expect(try await sent(8) != first)
    }

    @Test func `holds traffic back to its rate`() async throws {
        let mix = "mix: [{steps: [{manage: echo}]}]"
        let (report, received) = try await play("  - {traffic: 20, in_flight: 20, per_second: 100, \(mix)}")
        let latency = try #require(report.latencies.first)
        #expect(received.count == 20 && latency.answers == 20 && latency.perSecond <= 106)
    }

    @Test func `takes a MAC that is wrong for a failure`() async throws {
        var sealing = dialect
        sealing.mac = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail)
        let key = "0123456789ABCDEFFEDCBA9876543210"
        let seal = try #require(MACSeal(sealing, sending: key, receiving: key))
        let issuer = try await StubIssuer { message, before in
            guard var answer = dialect.answer(to: message) else { return [] }
            answer.set(39, text: "00")
            if before == 1 { answer.set(64, bytes: [1, 2, 3, 4, 5, 6, 7, 8]) }
            guard before < 2, let sealed = try? seal.sealed(answer) else { return [.message(answer)] }
            return [.message(sealed)]
        }
        let head = "variables: {card.pan: '9900000000000002', k: 0123456789ABCDEFFEDCBA9876543210}"
        var scenario = try scenario(#"  - {send: "0100", fields: {4: 1}}"#, head)
        scenario.steps = Array(repeating: scenario.steps[0], count: 3)
        scenario.dialect = sealing
        scenario.macKeys = MACKeyNames(sending: "k", receiving: "k")
        scenario.endpoint.port = issuer.port
        var run = try ScenarioRun(scenario, seed: 1, variables: [:]) { _ in }
        let report = try await run.play()
        try await issuer.close()
        let check = try #require(report.checks.first { $0.what == "MAC" })
        #expect(check.met == 1 && check.failed == 2 && check.found == ["wrong or none", "wrong or none"])
        #expect(issuer.received.allSatisfy { $0.length(of: 64) == 8 })
    }

    @Test func `cannot start without an issuer`() async throws {
        var scenario = try scenario("  - {manage: echo}")
        scenario.endpoint.port = 1
        var run = try ScenarioRun(scenario, seed: 1, variables: [:]) { _ in }
        await #expect { try await run.play() } throws: { "\($0)".hasPrefix("127.0.0.1:1: ") }
    }
}
