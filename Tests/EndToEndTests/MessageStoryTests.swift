import Foundation
import ISO8583
import Testing

/// What networks ask beside plain purchases, against the built binary. DE 60 tag 01 gives the purpose, 02 how increments
/// count, 04 whether less will do, 05 whether DE 4 contains the fee.
@Suite struct MessageStoryTests {
    @Test func `a single message posts at once, and its reversal brings the money back`() async throws {
        let story = try await NetworkStory()
        let answer = try story.send(200, 1_500, trace: 1)
        #expect(answer.messageType == 210 && answer.text(39) == "00" && answer.text(38)?.count == 6)
        #expect(try await story.balance() == [8_500, 0, 8_500])
        #expect(try story.send(201, 1_500, trace: 1).text(38) == answer.text(38))
        let part: [Int: String?] = [90: story.original(1, 200), 95: NetworkStory.newTotal(1_000)]
        #expect(try story.code(400, 1_500, trace: 2, part) == "00")
        #expect(try await story.balance() == [9_000, 0, 9_000])
        for trace in [3, 4] as [Int64] {
            #expect(try story.code(420, 1_500, trace: trace, [90: story.original(1, 200)]) == "00")
        }
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    @Test func `increments add to their hold, as a difference or as a new total`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 2_000, trace: 1, [60: "01011"]) == "00")
        #expect(try story.code(100, 500, trace: 2, [60: "01012", 90: story.original(1)]) == "00")
        #expect(try await story.balance() == [10_000, 2_500, 7_500])
        #expect(try story.code(100, 4_000, trace: 3, [60: "0101202011", 90: story.original(1)]) == "00")
        #expect(try await story.balance() == [10_000, 4_000, 6_000])
        // The reversal of an increment gives back what it added, that of the first everything.
        #expect(try story.code(400, 500, trace: 4, [90: story.original(2)]) == "00")
        #expect(try await story.balance() == [10_000, 3_500, 6_500])
        #expect(try story.code(400, 2_000, trace: 5, [90: story.original(1)]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    @Test func `a declined increment leaves its hold as it was`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 2_000, trace: 1, [60: "01011"]) == "00")
        #expect(try story.code(100, 8_001, trace: 2, [60: "01012", 90: story.original(1)]) == "51")
        let elsewhere: [Int: String?] = [42: "OTHER0000000001", 60: "01012", 90: story.original(1)]
        #expect(try story.code(100, 100, trace: 3, elsewhere) == "12")
        #expect(try story.code(100, 100, trace: 4, [60: "01012", 90: story.original(9)]) == "25")
        #expect(try story.code(100, 100, trace: 5, [60: "01012"]) == "30")
        #expect(try await story.balance() == [10_000, 2_000, 8_000])
    }

    @Test func `less is approved where less will do, and not with cashback`() async throws {
        let story = try await NetworkStory(funded: 1_000)
        #expect(try story.code(100, 1_500, trace: 1) == "51")
        let cashback: [Int: String?] = [3: "090000", 54: "0040978D000000000100", 60: "04011"]
        #expect(try story.code(100, 1_500, trace: 2, cashback) == "51")
        for type in [100, 101] as [MessageTypeIndicator] {
            let answer = try story.send(type, 1_500, trace: 3, [60: "04011"])
            #expect(answer.text(39) == "10" && answer.text(4) == "000000001000" && answer.text(38)?.count == 6)
            #expect(answer.text(54) == "0057978D000000001500" + "0001978C000000001000" + "0002978C000000000000")
        }
        #expect(try await story.balance() == [1_000, 1_000, 0])
    }

    @Test func `cashback has a limit of its own`() async throws {
        let story = try await NetworkStory(funded: 100_000)
        func code(_ cashback: Int64, trace: Int64) throws -> String {
            let digits = String(String(1_000_000_000_000 + cashback).dropFirst())
            return try story.code(100, 30_000, trace: trace, [3: "090000", 54: "0040978D" + digits])
        }
        #expect(try code(20_001, trace: 1) == "61")
        #expect(try code(30_001, trace: 2) == "13")
        #expect(try code(20_000, trace: 3) == "00")
        #expect(try await story.balance() == [100_000, 30_000, 70_000])
    }

    @Test func `an inquiry tells the balances and a verification only that the card is good`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_500, trace: 1) == "00")
        let inquiry = try story.send(100, 0, trace: 2, [3: "310000"])
        #expect(inquiry.text(39) == "00")
        #expect(inquiry.text(54) == "0001978C000000010000" + "0002978C000000008500")
        let verification = try story.send(100, 0, trace: 3)
        #expect(verification.text(39) == "85" && !verification.contains(54))
        #expect(try await story.balance() == [10_000, 1_500, 8_500])
        // A repeat is told what was true then.
        #expect(try story.code(100, 1_000, trace: 4) == "00")
        #expect(try story.send(101, 0, trace: 2, [3: "310000"]).text(54) == inquiry.text(54))
    }

    @Test(arguments: ["20", "26"])
    func `a refund and an original credit are on their way until they are cleared`(_ kind: String) async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_500, trace: 1, [3: kind + "0000"]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
        #expect(try await story.pendingCredits() == 1_500)
    }

    @Test func `a fee is held beside the amount, unless the amount contains it`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_000, trace: 1, [28: "D00000150"]) == "00")
        #expect(try await story.balance() == [10_000, 1_150, 8_850])
        #expect(try story.code(100, 1_000, trace: 2, [28: "D00000150", 60: "05011"]) == "00")
        #expect(try await story.balance() == [10_000, 2_150, 7_850])
        #expect(try story.code(400, 1_000, trace: 3, [90: story.original(1)]) == "00")
        #expect(try await story.balance() == [10_000, 1_000, 9_000])
    }

    @Test func `a merchant without the card is advised how to go on`() async throws {
        let story = try await NetworkStory()
        let declined = try story.send(100, 20_000, trace: 1, [22: "811"])
        #expect(declined.text(39) == "51" && declined.text(44) == "02")
        #expect(try !story.send(100, 20_000, trace: 2).contains(44))
    }

    @Test func `text and a cut-over are acknowledged, a key is refused, and the rest is not supported`() async throws {
        let wire = try Wire(SharedServer.server)
        func answer(_ type: MessageTypeIndicator, _ elements: [Int: String?]) throws -> Message {
            try wire.exchange(Message(type).with([7: MessageFactory.transmissionTime(), 11: "000001"]).with(elements))
        }
        let text = try answer(620, [48: "hello"])
        #expect(text.messageType == 630 && text.text(39) == "00")
        #expect(try answer(800, [70: "201"]).text(39) == "00")
        #expect(try answer(800, [70: "161"]).text(39) == "96")
        for type in [300, 500, 600] as [MessageTypeIndicator] {
            let refused = try answer(type, [:])
            #expect(refused.messageType == type.response && refused.text(39) == "40")
        }
        // Answers and notifications are not answered.
        try wire.write(Message(110).with([7: MessageFactory.transmissionTime(), 11: "000002", 39: "00"]))
        try wire.write(Message(140).with([7: MessageFactory.transmissionTime(), 11: "000003"]))
        #expect(try answer(800, [70: "301"]).messageType == 810)
    }
}
