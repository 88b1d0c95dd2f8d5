import Foundation
import ISO8583
import Testing

/// Decisions that were taken elsewhere, against the built binary. DE 60 tag 06 gives the reason, tag 01 the purpose.
@Suite struct AdviceStoryTests {
    @Test func `a stand-in decision replaces the hold, whether it names the request or repeats its number`()
        async throws
    {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_500, trace: 1) == "00")
        let answer = try story.send(120, 1_200, trace: 1, [38: "STAND1", 39: "00", 60: "06011"])
        #expect(answer.messageType == 130 && answer.text(39) == "00")
        #expect(try await story.balance() == [10_000, 1_200, 8_800])
        #expect(try story.code(121, 1_200, trace: 1, [38: "STAND1", 39: "00", 60: "06011"]) == "00")
        #expect(try await story.balance() == [10_000, 1_200, 8_800])
        let named: [Int: String?] = [39: "00", 60: "06011", 90: story.original(1)]
        #expect(try story.code(120, 900, trace: 2, named) == "00")
        #expect(try await story.balance() == [10_000, 900, 9_100])
    }

    @Test func `a declined advice places no hold, and releases one that the network declined in our stead`()
        async throws
    {
        let story = try await NetworkStory()
        #expect(try story.code(120, 1_500, trace: 1, [39: "51"]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
        #expect(try story.code(100, 1_500, trace: 2) == "00")
        #expect(try story.code(120, 1_500, trace: 2, [39: "05", 60: "06011"]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    @Test func `a request that comes after its advice is declined and holds nothing more`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(120, 1_500, trace: 1, [39: "00", 60: "06011"]) == "00")
        #expect(try story.code(100, 1_500, trace: 1) == "94")
        #expect(try await story.balance() == [10_000, 1_500, 8_500])
    }

    @Test func `a completion posts its amount and gives the rest of the hold back`() async throws {
        let story = try await NetworkStory()
        let hold = try story.send(100, 5_000, trace: 1, [60: "01011", 63: "NTI-1"])
        #expect(try await story.balance() == [10_000, 5_000, 5_000])
        #expect(try story.code(220, 3_000, trace: 2, [63: "NTI-1"]) == "00")
        #expect(try await story.balance() == [7_000, 0, 7_000])
        // The second finds nothing pending; its money is kept for somebody to look at.
        #expect(try story.code(220, 1_000, trace: 3, [63: "NTI-1"]) == "00")
        #expect(try await story.balance() == [7_000, 0, 7_000])
        #expect(try story.exceptions().count == 1)
        #expect(hold.text(38) != nil)
    }

    @Test func `a completion finds its hold by acquirer, reference and approval code`() async throws {
        let story = try await NetworkStory()
        let hold = try story.send(100, 5_000, trace: 1, [60: "01011"])
        let references: [Int: String?] = [37: hold.text(37), 38: hold.text(38)]
        #expect(try story.code(220, 5_500, trace: 2, references) == "00")
        #expect(try await story.balance() == [4_500, 0, 4_500])
    }

    @Test func `a force post is posted whatever the funds, and so is a refund advice`() async throws {
        let story = try await NetworkStory(funded: 1_000)
        #expect(try story.code(220, 1_500, trace: 1, [38: "FORCED"]) == "00")
        #expect(try await story.balance() == [-500, 0, -500])
        #expect(try story.code(220, 700, trace: 2, [3: "200000"]) == "00")
        #expect(try await story.balance() == [200, 0, 200])
    }

    @Test func `a fuel status check holds the policy's amount until the pump tells`() async throws {
        let story = try await NetworkStory(funded: 20_000)
        #expect(try story.code(100, 100, trace: 1, [60: "01014", 63: "FUEL-1"]) == "00")
        #expect(try await story.balance() == [20_000, 15_000, 5_000])
        #expect(try story.code(120, 4_200, trace: 2, [60: "06014", 63: "FUEL-1"]) == "00")
        #expect(try await story.balance() == [20_000, 4_200, 15_800])
    }

    @Test func `a teller machine that hands out less gives the rest back`() async throws {
        let story = try await NetworkStory()
        let withdrawal: [Int: String?] = [3: "010000", 18: "6011", 28: "D00000100"]
        #expect(try story.code(100, 5_000, trace: 1, withdrawal) == "00")
        #expect(try await story.balance() == [10_000, 5_100, 4_900])
        let part: [Int: String?] = [90: story.original(1), 95: NetworkStory.newTotal(2_500)]
        #expect(try story.code(420, 5_000, trace: 2, part.merging(withdrawal) { $1 }) == "00")
        #expect(try await story.balance() == [10_000, 2_550, 7_450])
    }

    @Test func `an approved increment that was decided elsewhere adds to its hold`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 2_000, trace: 1, [60: "01011", 63: "NTI-2"]) == "00")
        #expect(try story.code(120, 500, trace: 2, [60: "0101202012" + "06011", 63: "NTI-2"]) == "00")
        #expect(try await story.balance() == [10_000, 2_500, 7_500])
    }
}
