import Foundation
import ISO8583
import Testing

/// Which payment a message means, against the built binary.
@Suite struct NamedPaymentStoryTests {
    @Test func `a stand-in advice that says no more than its request's number replaces its hold`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_500, trace: 1) == "00")
        #expect(try story.code(120, 1_200, trace: 1, [39: "00"]) == "00")
        #expect(try await story.balance() == [10_000, 1_200, 8_800])
        #expect(try story.code(100, 700, trace: 2) == "00")
        #expect(try story.code(120, 700, trace: 2, [39: "05"]) == "00")
        #expect(try await story.balance() == [10_000, 1_200, 8_800])
        // Before its request.
        #expect(try story.code(120, 300, trace: 3, [39: "00"]) == "00")
        #expect(try story.code(100, 300, trace: 3) == "94")
        #expect(try await story.balance() == [10_000, 1_500, 8_500])
    }

    @Test func `a forced advice of a transaction stops the request that comes late`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(220, 1_500, trace: 1, [63: "NTI-9"]) == "00")
        #expect(try story.code(100, 2_000, trace: 2, [63: "NTI-9"]) == "94")
        #expect(try await story.balance() == [8_500, 0, 8_500])
    }

    @Test func `requests that differ in DE 37 alone are two, each with its repeat and its reversal`() async throws {
        let story = try await NetworkStory()
        let (first, second) = ([37: "000000000001"] as [Int: String?], [37: "000000000002"] as [Int: String?])
        #expect(try story.code(100, 1_000, trace: 1, first) == "00")
        let answer = try story.send(100, 1_000, trace: 1, second)
        #expect(answer.text(39) == "00")
        #expect(try await story.balance() == [10_000, 2_000, 8_000])
        #expect(try story.send(101, 1_000, trace: 1, second).text(38) == answer.text(38))
        #expect(try story.code(100, 900, trace: 1, second) == "94")
        #expect(try await story.balance() == [10_000, 2_000, 8_000])
        let reversal = [90: story.original(1)] as [Int: String?]
        #expect(try story.code(420, 1_000, trace: 2, reversal.merging(second) { $1 }) == "00")
        #expect(try await story.balance() == [10_000, 1_000, 9_000])
        // DE 90 alone leads to the first.
        #expect(try story.code(420, 1_000, trace: 3, reversal.merging([37: nil]) { $1 }) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
        #expect(try story.exceptions().isEmpty)
    }

    @Test func `DE 90 without an acquirer means the reversal's own`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 1_000, trace: 1) == "00")
        let data = story.original(1).prefix(20) + String(repeating: "0", count: 22)
        #expect(try story.code(420, 1_000, trace: 2, [90: String(data)]) == "00")
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    /// Each message, and the reason that its exception is listed with.
    static let kept: [(type: MessageTypeIndicator, changes: [Int: String?], reason: String)] = [
        (420, [:], "original_not_found"), (400, [:], "original_not_found"), (421, [38: "A1B2C3"], "original_not_found"),
        (420, [7: nil], "part_unclear"), (120, [5: "000000001000", 50: "000"], "verdict_unclear"),
        (120, [49: "000"], "verdict_unclear"),
        (120, [3: "990000"], "verdict_unclear"), (220, [4: nil], "verdict_unclear"),
    ]

    @Test(arguments: kept)
    func `an advice or reversal that cannot be applied is acknowledged and kept, once`(
        _ row: (type: MessageTypeIndicator, changes: [Int: String?], reason: String)
    ) async throws {
        let story = try await NetworkStory()
        for _ in 1...2 {
            #expect(try story.code(row.type, 1_000, trace: 1, row.changes) == "00")
        }
        let exceptions = try story.exceptions()
        #expect(exceptions.count == 1 && exceptions.allSatisfy { $0.contains(row.reason) }, "\(exceptions)")
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }

    /// A type of message, an element, and how its bytes are damaged on the way.
    static let damaged: [(type: MessageTypeIndicator, element: Int, value: String, damage: String)] = [
        (420, 90, "010000000706011200000000012345600000000000", "01000000070601120000000001234560000000000X"),
        (220, 28, "D00000100", "X00000100"), (120, 49, "978", "97X"), (120, 4, "000000001000", "00000000100X"),
    ]

    @Test(arguments: damaged)
    func `an advice or reversal that was damaged on its way is acknowledged and kept`(
        _ row: (type: MessageTypeIndicator, element: Int, value: String, damage: String)
    ) async throws {
        let story = try await NetworkStory()
        let wire = try Wire(SharedServer.server)
        let message = story.factory.purchase(1_000, trace: 1, type: row.type).with([row.element: row.value])
        let bytes = try wire.framing.encode(try Codec.encode(message, dialect: wire.dialect), header: .none)
        let text = String(decoding: bytes.dropFirst(2), as: UTF8.self)
        let range = try #require(text.range(of: row.value, options: .backwards))
        wire.write(Array(bytes.prefix(2)) + Array(text.replacingCharacters(in: range, with: row.damage).utf8))
        let answer = try #require(try wire.read())
        #expect(answer.messageType == row.type.response && answer.text(39) == "00" && answer.digits(11) == 1)
        #expect(try story.exceptions().count == 1)
        #expect(try await story.balance() == [10_000, 0, 10_000])
    }
}
