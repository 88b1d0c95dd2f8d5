import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `A template` {
    private static func exchanges() throws -> [String: Exchanged] {
        let sent = try message(100, [4: "1500", 37: "REF000000001"])
        return [
            "payment": Exchanged(sent: sent, identifier: 1, answer: try message(110, [38: "A1B2C3", 55: "9103aabbcc"]))
        ]
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("$5 }{", "$5 }{"), ("${stan}", "000042"), ("x${stan}y", "x000042y"),
        ("${now:MMddHHmmss}", "1121100509"), ("${now:yyMMdd}", "261121"), ("${now:yyyy}", "2026"),
        ("${card.pan}", "9900000000000002"), ("${place}", "Ávila"), ("${payment.38}", "A1B2C3"),
        ("${payment.55}", "9103AABBCC"), ("${payment.sent.37}", "REF000000001"),
        ("${payment.sent.4}${stan}", "000000001500000042"), ("${random:7-7}", "7"),
    ])
    func `is filled in`(_ text: String, _ expected: String) throws {
        var scope = scope(try Self.exchanges())
        scope.traceNumber = 42
        #expect(try scope.text(Template(text), dialect) == expected)
    }

    @Test(arguments: [
        ("${", "no }"), ("${stan", "no }"), ("${}", "no name"), ("${a b}", "no name"), ("${now:}", "yyyy"),
        ("${now:MMx}", "yyyy"), ("${random:0}", "1 to 18"), ("${random:19}", "1 to 18"), ("${random:9-1}", "1 to 18"),
        ("${random:x}", "1 to 18"), ("${payment.1}", "no element 1"), ("${payment.193}", "no element 193"),
        ("${payment.got.38}", "MESSAGE.NUMBER"),
    ])
    func `that cannot work says why`(_ text: String, _ reason: String) {
        #expect { try Template(text) } throws: { "\($0)".contains(reason) }
    }

    @Test(arguments: ["${payment.39}", "${payment.sent.39}", "${nobody.39}"])
    func `cannot be filled in from what did not come`(_ text: String) throws {
        let template = try Template(text)
        #expect(throws: Template.Problem.self) {
            var scope = scope(try Self.exchanges())
            return try scope.text(template, dialect)
        }
    }

    @Test func `draws the same for the same seed and stays in its range`() throws {
        let template = try Template("${random:12} ${random:100-105}")
        var (first, second, third) = (scope(seed: 9), scope(seed: 9), scope(seed: 10))
        let text = try first.text(template, dialect)
        #expect(try second.text(template, dialect) == text)
        #expect(try third.text(template, dialect) != text)
        for _ in 0..<100 {
            let parts = try first.text(template, dialect).split(separator: " ")
            let number = try #require(Int(parts[1]))
            #expect(parts[0].count == 12 && (100...105).contains(number))
        }
    }

    @Test func `takes trace numbers from 1 to 999999 and round again`() {
        var numbers = TraceNumbers(first: 999_998)
        #expect((0..<4).map { _ in numbers.take() } == [999_998, 999_999, 1, 2])
        var reserved = numbers.reserve(3)
        #expect(reserved.take() == 3 && numbers.take() == 6)
    }

    private func scope(_ exchanges: [String: Exchanged]) -> Scope { NetworkSimulatorTests.scope(exchanges) }
    private func scope(seed: UInt64) -> Scope { NetworkSimulatorTests.scope(seed: seed) }
}
