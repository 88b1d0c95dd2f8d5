import AuthorizationEngine
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `What is not answered` {
    private struct Row: CustomTestStringConvertible {
        var type: MessageTypeIndicator
        var reply: Reply
        var refusal = Refusal.issuerInoperative
        var event: NetworkMetrics.Event?

        var testDescription: String { "\(type) \(reply) \(refusal)" }
    }

    private static let rows = [
        Row(type: 100, reply: .late, event: .late), Row(type: 100, reply: .refused),
        Row(type: 100, reply: .refused, refusal: .silence, event: .refused), Row(type: 100, reply: .failed),
        Row(type: 120, reply: .refused, event: .silent), Row(type: 120, reply: .failed, event: .silent),
        Row(type: 420, reply: .refused, event: .silent), Row(type: 420, reply: .late, event: .silent),
    ]

    @Test(arguments: rows)
    private func `is counted by why`(_ row: Row) throws {
        var dialect = Fixture.profile.dialect
        dialect.refusal = row.refusal
        let line = try Line(dialect)
        let message = row.type.number == 420 ? Fixture.reversal([:], type: 420) : Fixture.purchase([:], type: row.type)
        let answers = try line.send(try Codec.encode(message, dialect: dialect), toGet: row.reply)
        #expect(answers.isEmpty == (row.event != nil))
        for event in [NetworkMetrics.Event.late, .refused, .silent, .dropped] {
            #expect(line.metrics.value(event) == (event == row.event ? 1 : 0), "\(event)")
        }
    }

    @Test func `is no advice that moves no money and is not supported`() throws {
        for type in [320, 520, 521, 720] as [MessageTypeIndicator] {
            let line = try Line(.iso87ASCIIHexBitmap)
            let message = Fixture.message(type, [7: "0601115959", 11: "000123"])
            let answers = try line.send(try Codec.encode(message, dialect: line.profile.dialect))
            #expect(answers.map { $0.text(39) } == ["40"], "\(type)")
        }
        let line = try Line(.iso93ASCIIBinaryBitmap)
        let message = Fixture.message(1_520, [11: "000123", 12: "260601135959", 24: "500"])
        let answer = try line.send(try Codec.encode(message, dialect: line.profile.dialect)).first
        #expect(answer?.text(39) == "115" && answer?.text(12) == "260601135959" && answer?.text(24) == "500")
    }

    @Test(arguments: [620, 820] as [MessageTypeIndicator])
    func `is no advice that moves no money and is not read to its end`(_ type: MessageTypeIndicator) throws {
        let line = try Line(.iso87ASCIIHexBitmap)
        var message = Fixture.message(type, [7: "0601115959", 11: "000123"])
        if type == 820 { message.set(70, text: "301") }
        let bytes = try Codec.encode(message, dialect: line.profile.dialect) + Array("junk".utf8)
        let answer = try #require(try line.send(bytes).first)
        #expect(answer.messageType.number == type.number + 10 && answer.text(11) == "000123")
        #expect(answer.text(39) == "00")
    }

    @Test func `is no file update that a network sends, by what names it`() throws {
        let line = try Line(.iso87ASCIIHexBitmap)
        let message = Fixture.message(302, [7: "0601115959", 11: "000123", 91: "1", 101: "F1"])
        let answer = try line.send(try Codec.encode(message, dialect: line.profile.dialect)).first
        #expect(answer?.messageType == 312 && answer?.text(39) == "40" && answer?.text(11) == "000123")
    }
}
