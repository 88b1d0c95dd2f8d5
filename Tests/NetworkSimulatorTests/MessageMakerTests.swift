import ISO8583
import Testing

@testable import NetworkSimulator

@Suite struct `Messages of a scenario` {
    /// The last of the messages that the steps make; each but the last is as if answered with 38 = A1B2C3.
    private static func last(_ steps: String, _ head: String = "variables: {card.pan: ~}") throws -> Message {
        let scenario = try scenario(steps, head)
        let maker = MessageMaker(scenario)
        var scope = scope()
        var last: Message?
        for case .exchange(let exchange) in scenario.steps.map(\.action) {
            let message = try maker.message(exchange, in: &scope)
            let answer = message.messageType.response.flatMap { try? NetworkSimulatorTests.message($0, [38: "A1B2C3"]) }
            if let name = exchange.name {
                scope.exchanges[name] = Exchanged(sent: message, identifier: 1, answer: answer)
            }
            last = message
        }
        return try #require(last)
    }

    @Test func `have what an issuer needs, at the time of the scenario`() throws {
        let made = try Self.last(#"  - {send: "0100", fields: {4: 1500}}"#)
        let expected = [
            2: "9900000000000002", 3: "000000", 4: "000000001500", 7: "1121100509", 11: "000042", 12: "100509",
            13: "1121", 18: "5411", 22: "051", 32: "100001", 37: "100509000042", 41: "TERM0001", 49: "978",
        ]
        for (element, text) in expected { #expect(made.text(element) == text, "element \(element)") }
        #expect(made.messageType == 100 && !made.contains(14))
        #expect(throws: Never.self) { try Codec.encode(made, dialect: dialect) }
    }

    @Test func `take the scenario's elements, then their own, and leave out what is nothing`() throws {
        let head = "variables: {card.pan: ~}\nfields: {18: \"6011\", 42: ~, 49: \"840\"}"
        let made = try Self.last(#"  - {send: "0100", fields: {49: ~, 41: T2}}"#, head)
        #expect(made.text(18) == "6011" && made.text(41) == "T2      ")
        #expect(!made.contains(42) && !made.contains(49))
    }

    @Test(arguments: [
        ("sign-on", "001"), ("sign-off", "002"), ("echo", "301"), ("key-change", "101"), ("cut-over", "201"),
        ("161", "161"),
    ])
    func `of network management have the code of their name`(_ name: String, _ code: String) throws {
        let made = try Self.last("  - {manage: \(name)}")
        #expect(made.messageType == 800 && made.elements == [7, 11, 70] && made.text(70) == code)
    }

    @Test func `come again with the repeat digit, or with another type and what has changed`() throws {
        let payment = #"  - {send: "0100", as: p, fields: {4: 1500}}"# + "\n"
        let sent = try Self.last(payment)
        var repeated = try Self.last(payment + "  - {repeat: p}")
        #expect(repeated.messageType == 101)
        repeated.messageType = 100
        #expect(repeated == sent)
        let changed = try Self.last(payment + #"  - {repeat: p, mti: "0100", fields: {4: 1600}}"#)
        #expect(changed.messageType == 100 && changed.text(4) == "000000001600" && changed.text(11) == "000042")
    }

    @Test(
        arguments: [
            ("reverse: p", 400, nil), ("late: p", 420, "68"), ("advise: p", 120, "00"), ("complete: p", 220, nil),
            ("reverse: p, mti: \"0420\"", 420, nil),
        ] as [(String, MessageTypeIndicator, String?)]
    )
    func `about an earlier one name it and take over what names the payment`(
        _ step: String,
        _ type: MessageTypeIndicator,
        _ code: String?
    ) throws {
        let payment = #"  - {send: "0100", as: p, fields: {4: 1500, 35: "9900000000000002=30121010000"}}"#
        let made = try Self.last("\(payment)\n  - {\(step)}")
        #expect(made.messageType == type && made.text(39) == code)
        #expect(made.text(90) == "0100" + "000042" + "1121100509" + "00000100001" + "00000000000")
        #expect(made.text(11) == "000043" && made.text(37) == "100509000042" && made.text(38) == "A1B2C3")
        #expect(made.text(2) == "9900000000000002" && made.text(4) == "000000001500" && !made.contains(35))
    }

    @Test func `reverse in part with the new total in DE 95`() throws {
        let made = try Self.last(
            #"  - {send: "0100", as: p, fields: {4: 1500}}"# + "\n  - {reverse: p, new_total: 600}"
        )
        #expect(made.text(95) == "000000000600000000000000D00000000D00000000")
    }

    @Test func `of the edition of 1993 have its types, dates and codes`() throws {
        let text = """
            name: test
            dialect: iso93-ascii-binbitmap
            variables: {card.pan: ~}
            steps:
              - {send: "1100", as: p, fields: {4: 1500}}
              - {reverse: p}
              - {manage: echo}
              - {send: "1120", fields: {4: 1500}}
              - {send: "1200", as: q, fields: {4: 1500}}
              - {send: "1220", fields: {4: 1500}}
              - {reverse: q}
              - {complete: p}
              - {complete: p, fields: {4: 1400}}
              - {complete: q}
              - {complete: p, fields: {24: "260"}}
              - {advise: p}
            """
        let scenario = try read(text)
        let maker = MessageMaker(scenario)
        var scope = scope()
        var made: [Message] = []
        for case .exchange(let exchange) in scenario.steps.map(\.action) {
            let message = try maker.message(exchange, in: &scope)
            if let name = exchange.name { scope.exchanges[name] = Exchanged(sent: message, identifier: 1) }
            #expect(throws: Never.self) { try Codec.encode(message, dialect: scenario.dialect) }
            made.append(message)
        }
        #expect(made.map(\.messageType).prefix(3) == [1100, 1400, 1804])
        let codes = ["100", "400", "831", "100", "200", "200", "400", "201", "202", "200", "260", "100"]
        #expect(made.map { $0.text(24) } == codes)
        #expect(made[0].text(12) == "261121100509")
        #expect(made[1].text(56) == "1100" + "000042" + "261121100509" + "06100001")
    }
}
