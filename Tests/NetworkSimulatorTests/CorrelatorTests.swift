import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `An answer` {
    private static let key = [7: "1121100509", 11: "42", 32: "100001", 37: "REF000000001", 41: "TERM0001"]

    private static func request(_ changes: [Int: String] = [:], type: MessageTypeIndicator = 100) throws -> Message {
        try message(type, key.merging(changes) { $1 })
    }

    /// What differs from the request; nil is left out.
    private static let variants: [([Int: String?], MessageTypeIndicator, Bool)] = [
        ([:], 110, true), ([41: nil], 110, true), ([32: nil, 37: nil, 41: nil], 110, true), ([2: "99"], 110, true),
        ([11: "43"], 110, false), ([7: "1121100510"], 110, false), ([37: "REF000000002"], 110, false),
        ([11: nil], 110, false), ([:], 130, true), ([:], 210, false), ([:], 100, false), ([:], 1110, false),
    ]

    @Test(arguments: variants)
    func `belongs to the message whose elements it has`(
        _ changes: [Int: String?],
        _ type: MessageTypeIndicator,
        _ belongs: Bool
    ) throws {
        var correlator = Correlator(dialect)
        correlator.sent(try Self.request(), 1)
        var answer = try Self.request(type: type)
        for (element, text) in changes {
            if let text { try answer.set(element, text, dialect) } else { answer.remove(element) }
        }
        #expect(correlator.answered(answer) == (belongs ? 1 : nil))
    }

    @Test func `is told apart in any order and taken once`() throws {
        var correlator = Correlator(dialect)
        for number in 1...100 { correlator.sent(try Self.request([11: "\(number)"]), number) }
        for number in [50, 1, 100, 2] {
            let answer = try Self.request([11: "\(number)"], type: 110)
            #expect(correlator.answered(answer) == number)
            #expect(correlator.answered(answer) == nil && correlator.answeredAgain(answer) == number)
            correlator.forget(number)
            #expect(correlator.answeredAgain(answer) == nil)
        }
        correlator.forget(3)
        #expect(correlator.answered(try Self.request([11: "3"], type: 110)) == nil)
        #expect(correlator.answered(try Self.request([11: "4"], type: 110)) == 4)
    }

    @Test func `goes to the latest of equal messages, then to the one before`() throws {
        var correlator = Correlator(dialect)
        correlator.sent(try Self.request(), 1)
        correlator.sent(try Self.request(type: 101), 2)
        let answer = try Self.request(type: 110)
        #expect([1, 2, 3].map { _ in correlator.answered(answer) } == [2, 1, nil])
    }
}

@Suite struct `A mix of traffic` {
    private static func traffic() throws -> Traffic {
        let steps = """
              - traffic: 10
                mix:
                  - {note: a, weight: 7, steps: [{send: "0100", fields: {4: "${random:1-999999}"}}]}
                  - {note: b, weight: 2, steps: [{manage: echo}]}
                  - {note: c, steps: [{manage: echo}]}
            """
        guard case .traffic(let traffic) = try scenario(steps).steps[0].action else {
            return Traffic(count: 0, inFlight: 0, rate: nil, mix: [])
        }
        return traffic
    }

    @Test func `is the same for the same seed, in whatever order its conversations start`() throws {
        let traffic = try Self.traffic()
        func drawn(_ index: Int, _ seed: UInt64) -> String {
            guard let choice = traffic.choice(index, seed: seed) else { return "none" }
            var generator = choice.generator
            return "\(choice.conversation.title) \(generator.next())"
        }
        let forwards = (0..<200).map { drawn($0, 8_583) }
        #expect((0..<200).reversed().map { drawn($0, 8_583) } == forwards.reversed())
        #expect((0..<200).map { drawn($0, 8_584) } != forwards)
        #expect(Set(forwards).count == 200)
    }

    @Test func `has each conversation by its weight`() throws {
        let traffic = try Self.traffic()
        var counts: [String: Int] = [:]
        for index in 0..<10_000 { counts[traffic.choice(index, seed: 1)?.conversation.title ?? "", default: 0] += 1 }
        #expect((6_700...7_300).contains(counts["a"] ?? 0) && (1_700...2_300).contains(counts["b"] ?? 0))
        #expect((800...1_200).contains(counts["c"] ?? 0) && counts.count == 3)
    }
}
