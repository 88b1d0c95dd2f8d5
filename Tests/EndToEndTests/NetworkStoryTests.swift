import Foundation
import ISO8583
import Testing

/// What a card network sends, against the built binary.
@Suite struct NetworkStoryTests {
    @Test func `an 0100 is approved with a code and the echoes of the standard`() async throws {
        let holder = try await SharedServer.client.openAccount(funded: 10_000)
        let request = MessageFactory(pan: holder.pan).purchase(1_500, trace: 1)
        let answer = try Wire(SharedServer.server).exchange(request)
        #expect(answer.messageType == 110)
        #expect(answer.text(39) == "00")
        #expect(answer.text(38)?.count == 6)
        for element in [2, 3, 4, 7, 11, 32, 37, 41, 42, 49] {
            #expect(answer.text(element) == request.text(element), "element \(element)")
        }
        for element in [14, 18, 22, 35, 43, 52, 55] { #expect(!answer.contains(element)) }
        #expect(try await SharedServer.client.balance(holder.account) == [10_000, 1_500, 8_500])
    }

    @Test func `a repeat gets the stored answer and another amount under its key gets 94`() async throws {
        let holder = try await SharedServer.client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(SharedServer.server)
        let first = try wire.exchange(factory.purchase(1_500, trace: 2))
        let repeated = try wire.exchange(factory.purchase(1_500, trace: 2, type: 101))
        #expect(repeated.messageType == 110)
        #expect(repeated.text(38) == first.text(38))
        #expect(repeated.text(39) == "00")
        let other = try wire.exchange(factory.purchase(1_600, trace: 2))
        #expect(other.text(39) == "94")
        #expect(try await SharedServer.client.balance(holder.account) == [10_000, 1_500, 8_500])
    }

    @Test func `a repeat whose original never came is decided`() async throws {
        let holder = try await SharedServer.client.openAccount(funded: 10_000)
        let answer = try Wire(SharedServer.server).exchange(
            MessageFactory(pan: holder.pan).purchase(1_500, trace: 3, type: 101)
        )
        #expect(answer.text(39) == "00")
    }

    @Test func `a reversal gives back in part and then in full, and twice is once`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(SharedServer.server)
        _ = try wire.exchange(factory.purchase(5_000, trace: 10))
        let part = try wire.exchange(factory.reversal(of: 10, 5_000, trace: 11, newTotal: 2_000))
        #expect(part.messageType == 410)
        #expect(part.text(39) == "00")
        #expect(try await client.balance(holder.account) == [10_000, 2_000, 8_000])
        #expect(try wire.exchange(factory.reversal(of: 10, 5_000, trace: 12)).text(39) == "00")
        #expect(try wire.exchange(factory.reversal(of: 10, 5_000, trace: 12, type: 401)).text(39) == "00")
        #expect(try wire.exchange(factory.reversal(of: 10, 5_000, trace: 13)).text(39) == "00")
        #expect(try await client.balance(holder.account) == [10_000, 0, 10_000])
    }

    @Test func `a reversal before its original is kept and the original declined without a hold`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(SharedServer.server)
        #expect(try wire.exchange(factory.reversal(of: 20, 5_000, trace: 21)).text(39) == "00")
        #expect(try wire.exchange(factory.purchase(5_000, trace: 20)).text(39) == "12")
        #expect(try wire.exchange(factory.purchase(5_000, trace: 20, type: 101)).text(39) == "12")
        #expect(try await client.balance(holder.account) == [10_000, 0, 10_000])
    }

    @Test func `repeats sent together with their request all get its answer and hold once`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let other = try await client.openAccount(funded: 10_000)
        let wire = try Wire(SharedServer.server)
        let factory = MessageFactory(pan: holder.pan)
        let request = factory.purchase(1_000, trace: 50)
        // The same key on another card is another request.
        var foreign = request
        foreign.set(2, text: other.pan)
        try wire.write(request, foreign, factory.purchase(1_000, trace: 50, type: 101), request)
        var codes: [String: Set<String>] = [:]
        for _ in 0..<4 {
            let answer = try #require(try wire.read())
            #expect(answer.text(39) == "00")
            codes[answer.text(2) ?? "", default: []].insert(answer.text(38) ?? "")
        }
        #expect(codes[holder.pan]?.count == 1)
        #expect(try await client.balance(holder.account) == [10_000, 1_000, 9_000])
        #expect(try await client.balance(other.account) == [10_000, 1_000, 9_000])
    }

    @Test func `a reversal that names no card is kept, one that cannot be read comes again`() async throws {
        let wire = try Wire(SharedServer.server)
        let factory = MessageFactory(pan: "9900000000000002")
        #expect(try wire.exchange(factory.reversal(of: 60, 100, trace: 61)).text(39) == "00")
        let listed = try AvalProcess.command(["exceptions", "list"], on: try SharedServer.installation.database)
        #expect(listed.output.contains("card_not_found"))
        var unreadable = factory.reversal(of: 60, 100, trace: 62)
        unreadable.set(90, text: String(repeating: "0", count: 42))
        try wire.write(unreadable, MessageFactory.echo(trace: 63))
        #expect(try wire.read()?.messageType == 810)
    }

    @Test func `a reversal of a reversal is kept and gives nothing back`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(SharedServer.server)
        _ = try wire.exchange(factory.purchase(5_000, trace: 70))
        _ = try wire.exchange(factory.reversal(of: 70, 5_000, trace: 71, newTotal: 3_000))
        var second = factory.reversal(of: 71, 5_000, trace: 72)
        let data = OriginalDataElements(
            messageType: 400,
            systemTraceAuditNumber: 71,
            time: Int64(factory.time) ?? 0,
            acquirer: 123_456
        )
        second.set(90, bytes: data.iso1987)
        #expect(try wire.exchange(second).text(39) == "00")
        #expect(try await client.balance(holder.account) == [10_000, 3_000, 7_000])
    }

    @Test func `many requests in flight on one connection are told apart by their keys`() async throws {
        let client = try SharedServer.client
        var holders: [Holder] = []
        for _ in 0..<4 { holders.append(try await client.openAccount(funded: 400_000)) }
        let wire = try Wire(SharedServer.server)
        var expected: [String: Int64] = [:]
        var messages: [Message] = []
        for index in 0..<400 {
            let amount = Int64(100 + index)
            let message = MessageFactory(pan: holders[index % 4].pan).purchase(amount, trace: Int64(1_000 + index))
            expected[message.text(37) ?? ""] = amount
            messages.append(message)
        }
        try wire.write(messages)
        for _ in messages {
            let answer = try #require(try wire.read())
            #expect(answer.text(39) == "00")
            #expect(expected.removeValue(forKey: answer.text(37) ?? "") == answer.digits(4))
        }
        #expect(expected.isEmpty)
    }

    @Test func `declines have the network's codes`() async throws {
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 1_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(SharedServer.server)
        #expect(try wire.exchange(factory.purchase(1_001, trace: 30)).text(39) == "51")
        #expect(try wire.exchange(factory.purchase(600_000, trace: 31)).text(39) == "61")
        #expect(try wire.exchange(MessageFactory(pan: "9900000000000002").purchase(1, trace: 32)).text(39) == "14")
        // Of a BIN that no program has.
        #expect(try wire.exchange(MessageFactory(pan: "4111111111111111").purchase(1, trace: 37)).text(39) == "15")
        #expect(try wire.exchange(factory.purchase(0, trace: 33)).text(39) == "85")
        var expired = factory.purchase(100, trace: 34)
        expired.set(14, text: "2001")
        #expect(try wire.exchange(expired).text(39) == "54")
        var cash = factory.purchase(0, trace: 35)
        cash.set(3, text: "010000")
        #expect(try wire.exchange(cash).text(39) == "13")
        var lacking = factory.purchase(100, trace: 36)
        lacking.remove(49)
        #expect(try wire.exchange(lacking).text(39) == "30")
        _ = try await client.post("/v1/cards/\(holder.card)/status", #"{"status":"stolen","reason":"reported"}"#)
        #expect(try wire.exchange(factory.purchase(100, trace: 37)).text(39) == "43")
    }

    @Test func `network management is answered`() throws {
        let wire = try Wire(SharedServer.server)
        for code in ["001", "301", "002"] {
            var message = MessageFactory.echo(trace: 40)
            message.set(70, text: code)
            let answer = try wire.exchange(message)
            #expect(answer.messageType == 810)
            #expect(answer.text(39) == "00")
            #expect(answer.text(70) == code)
        }
    }

    @Test func `bad bytes inside a frame do not end the session`() async throws {
        let wire = try Wire(SharedServer.server)
        var generator = SystemRandomNumberGenerator()
        for length in [1, 3, 4, 19, 20, 40, 300] {
            let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            wire.write([UInt8(length >> 8), UInt8(length & 255)] + garbage)
        }
        wire.write([0, 0])
        wire.write([0, 8] + Array("01101234".utf8))
        #expect(try wire.exchange(MessageFactory.echo(trace: 41)).text(39) == "00")
    }

    @Test func `a length beyond the limit ends the session and half a message harms nobody`() throws {
        let lying = try Wire(SharedServer.server)
        lying.write([0xFF, 0xFF, 1, 2, 3])
        #expect(try lying.read() == nil)
        let half = try Wire(SharedServer.server)
        half.write([0, 200] + Array("0100".utf8))
        #expect(try Wire(SharedServer.server).exchange(MessageFactory.echo(trace: 42)).text(39) == "00")
    }
}
