import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `An expectation` {
    /// What is wrong with an answer, each as WHAT: EXPECTED, FOUND.
    private static func faults(_ expect: String, _ answer: [Int: String], type: MessageTypeIndicator = 110) throws
        -> [String]
    {
        let scenario = try scenario("  - {send: \"0100\", as: p, expect: {\(expect)}}")
        guard case .exchange(let exchange) = scenario.steps[0].action, case .answer(let expected) = exchange.expectation
        else { return ["no expectation"] }
        let sent = try message(100, [2: "9900000000000002", 4: "1500", 11: "7", 37: "REF000000001"])
        let check = AnswerCheck(
            answer: try message(type, answer),
            sent: sent,
            dialect: dialect,
            scope: scope(["p": Exchanged(sent: sent, identifier: 1)])
        )
        return check.findings(expected).compactMap { finding in
            finding.found.map { "\(finding.what): \(finding.expected), \($0)" }
        }
    }

    private static let met: [(String, [Int: String])] = [
        (#"39: "00""#, [39: "00"]), ("4: 1500", [4: "000000001500"]), ("44: ~", [:]),
        ("38: {present: true}", [38: "A"]),
        ("38: {present: false}", [:]), (#"39: {one_of: ["00", "10"]}"#, [39: "10"]),
        (#"38: {matches: "[0-9A-F]{6}"}"#, [38: "A1B2C3"]), (#"37: "${p.sent.37}""#, [37: "REF000000001"]),
        (#"55: "9103aabbcc""#, [55: "9103AABBCC"]), ("echoes: [2, 4, 41]", [2: "9900000000000002", 4: "1500"]),
        (
            #"amounts: [{type: "02", currency: "978", amount: 850}]"#,
            [54: "0001978C0000000010000002978C000000000850"]
        ),
        (#"amounts: [{type: "01", amount: -100}]"#, [54: "0001978D000000000100"]),
        (#"tags: {"91": {present: true}, 8A: "3030", "71": ~}"#, [55: "9103AABBCC8A023030"]),
    ]

    @Test(arguments: met)
    func `is met`(_ expect: String, _ answer: [Int: String]) throws {
        #expect(try Self.faults(expect, answer) == [])
    }

    private static let notMet: [(String, [Int: String], String)] = [
        (#"39: "00""#, [39: "51"], "element 39: 00, 51"),
        (#"39: "00""#, [:], "element 39: 00, absent"),
        ("44: ~", [44: "02"], "element 44: absent, 02"),
        ("38: {present: true}", [:], "element 38: present, absent"),
        (#"39: {one_of: ["00", "10"]}"#, [39: "51"], "element 39: 00 or 10, 51"),
        (#"38: {matches: "[0-9]{6}"}"#, [38: "A1B2C3"], "element 38: matches [0-9]{6}, A1B2C3"),
        (#"38: {matches: "[0-9]"}"#, [38: "123456"], "element 38: matches [0-9], 123456"),
        ("2: \"${card.pan}\"", [2: "9900000000000010"], "element 2: 990000******0002, 990000******0010"),
        ("echoes: [4]", [4: "1000"], "echo of element 4: 000000001500, 000000001000"),
        ("echoes: [37]", [:], "echo of element 37: REF000000001, absent"),
        (#"38: "${p.38}""#, [38: "A1B2C3"], "element 38: a value, p has no answer with element 38"),
        (#"55: "9100""#, [55: "9103AABBCC"], "element 55: {91=*(0)}, {91=*(3)}"),
        (#"amounts: [{type: "02", amount: 1}]"#, [:], "amount 02 of element 54: 1, absent"),
        (
            #"amounts: [{type: "02", currency: "840", amount: 850}]"#, [54: "0002978C000000000850"],
            "amount 02 of element 54: 840 850, 978 850"
        ),
        (
            #"amounts: [{type: "02", amount: 850}]"#, [54: "0002978D000000000850"],
            "amount 02 of element 54: 850, 978 -850"
        ),
        (#"tags: {"91": {present: true}}"#, [55: "8A023030"], "tag 91 of element 55: present, absent"),
        (#"tags: {8A: "3035"}"#, [55: "8A023030"], "tag 8A of element 55: 3035, 3030"),
    ]

    @Test(arguments: notMet)
    func `that is not met says what came, masked`(_ expect: String, _ answer: [Int: String], _ fault: String) throws {
        #expect(try Self.faults(expect, answer) == [fault])
    }

    @Test func `always is that the answer has the type of one`() throws {
        #expect(try Self.faults("", [:], type: 130) == ["type: 0110, 0130"])
    }
}

@Suite struct `A report` {
    @Test func `counts what is the same and keeps a few failures`() {
        var report = Report(scenario: "s", endpoint: "e", seed: 1)
        for index in 0..<20 {
            report.add(
                Finding(what: "element 39", expected: "00", found: index < 7 ? "5\(index)" : nil),
                step: "1 send"
            )
        }
        report.add(Finding(what: "element 39", expected: "00"), step: "2 send")
        #expect(report.checks.map(\.met) == [13, 1] && report.checks.map(\.failed) == [7, 0])
        #expect(report.checks[0].found.count == Limits.examples && !report.isPassed)
        #expect(report.description.contains("FAIL 1 send: element 39: 00 (13 of 20), came 50; 51; 52; 53; 54"))
        #expect(report.description.contains("ok   2 send: element 39: 00\n"))
        #expect(report.description.hasSuffix("FAILED: 1 of 2"))
    }

    @Test func `has the percentiles of its answers`() throws {
        let latency = try #require(Report.Latency(step: "1", Array((1...1_000).reversed()), took: .seconds(2)))
        #expect([latency.p50, latency.p90, latency.p99, latency.longest] == [500, 900, 990, 1_000])
        #expect(latency.perSecond == 500)
        #expect(Report.Latency(step: "1", [], took: .seconds(1)) == nil)
    }
}
