import Foundation
import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A key of authentication codes` {
    private static let keys = ["0123456789ABCDEFFEDCBA9876543210", "89ABCDEF0123456776543210FEDCBA98"]
    private static let head = """
        mac: {covers: message, algorithm: retail}
        variables: {card.pan: '9900000000000002', old: \(keys[0]), new: \(keys[1])}
        mac_key: old
        """

    private static func seal(_ sending: Int, _ receiving: Int) throws -> MACSeal {
        var sealing = dialect
        sealing.mac = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail)
        return try #require(MACSeal(sealing, sending: keys[sending], receiving: keys[receiving]))
    }

    /// Under which key, by its index, each message comes and each answer must be.
    private static let rows: [(String, [(sent: Int, answered: Int)])] = [
        ("{mac_key: new}", [(0, 0), (1, 1)]), ("{mac_key: {send: new}}", [(0, 0), (1, 0)]),
        ("{mac_key: {receive: new}}", [(0, 0), (0, 1)]), ("{mac_key: {send: new, receive: old}}", [(0, 0), (1, 0)]),
        ("{wait_ms: 1}", [(0, 0), (0, 0)]),
    ]

    @Test(arguments: rows)
    func `is in force from its step on, in its direction`(
        _ step: String,
        _ expected: [(sent: Int, answered: Int)]
    ) async throws {
        let issuer = try await StubIssuer { message, before in
            guard var answer = dialect.answer(to: message), let seal = try? Self.seal(expected[before].answered, 0)
            else { return [] }
            answer.set(39, text: "00")
            return (try? seal.sealed(answer)).map { [.message($0)] } ?? []
        }
        var scenario = try scenario("  - {send: \"0100\"}\n  - \(step)\n  - {send: \"0100\"}", Self.head)
        scenario.endpoint.port = issuer.port
        var run = try ScenarioRun(scenario, seed: 1, variables: [:]) { _ in }
        let report = try await run.play()
        try await issuer.close()
        #expect(report.isPassed, "\(report)")
        try #require(issuer.received.count == 2)
        for (message, keys) in zip(issuer.received, expected) {
            let seal = try Self.seal(0, keys.sent)
            #expect(seal.isGood(message, try Codec.encode(message, dialect: dialect)))
        }
    }

    /// Network management may come without a code, all else the issuer's own may not.
    @Test(arguments: [
        (302, nil, false), (302, 0, true), (302, 1, false), (800, nil, true), (800, 0, true), (800, 1, false),
    ])
    func `checks the issuer's own messages, but network management only where it has a code`(
        _ type: MessageTypeIndicator,
        _ key: Int?,
        _ isRight: Bool
    ) async throws {
        let own = try message(type, [7: "1121100509", 11: "7"])
        let said = try key.map { try Self.seal($0, $0).sealed(own) } ?? own
        let issuer = try await StubIssuer { message, _ in
            message.messageType == 100 ? [.message(said)] : []
        }
        var scenario = try scenario("  - {send: \"0100\", expect: later}\n  - {receive: \"\(type)\"}", Self.head)
        scenario.endpoint.port = issuer.port
        var run = try ScenarioRun(scenario, seed: 1, variables: [:]) { _ in }
        let report = try await run.play()
        try await issuer.close()
        #expect(report.failures == (isRight ? [] : ["2 receive \(type): MAC, wrong or none"]))
    }

    @Test(arguments: ["mac_key: {send: bad}", "mac_key: bad"])
    func `that is none is found before anything is sent`(_ step: String) throws {
        let head = Self.head.replacingOccurrences(of: "old: ", with: "bad: 0123, old: ")
        let scenario = try scenario("  - {\(step)}", head)
        #expect { try ScenarioRun(scenario, seed: 1, variables: [:]) { _ in } } throws: { error in
            "\(error)".contains("bad") && "\(error)".contains("is no key") && !"\(error)".contains("0123")
        }
    }

    @Test func `comes in a key block, whose text a message takes as a variable`() async throws {
        let head = """
            key_blocks:
              block: {key: new, protection: old, usage: M3, mode: C}
            """
        var scenario = try scenario(
            "  - {manage: key-change, fields: {48: \"${block}\"}}",
            "variables: {old: \(Self.keys[0]), new: \(Self.keys[1])}\n" + head
        )
        #expect(scenario.keyVariables == ["old", "new"])
        let issuer = try await StubIssuer { message, _ in StubIssuer.Reply.answer(message, "00") }
        scenario.endpoint.port = issuer.port
        var texts: [String?] = []
        for seed in [1, 1, 2] as [UInt64] {
            var run = try ScenarioRun(scenario, seed: seed, variables: [:]) { _ in }
            #expect(try await run.play().isPassed)
            texts.append(issuer.received.last?.text(48))
        }
        try await issuer.close()
        #expect(texts[0]?.hasPrefix("B0096M3TC00N0000") == true)
        #expect(texts[0] == texts[1] && texts[0] != texts[2])
        #expect { try ScenarioRun(scenario, seed: 1, variables: ["new": "x"]) { _ in } } throws: { error in
            "\(error)".contains("block: new and old are not both keys")
        }
    }
}
