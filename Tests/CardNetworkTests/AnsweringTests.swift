import AuthorizationCore
import AuthorizationEngine
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Answers` {
    private static let profile = Fixture.profile

    private static func code(_ reply: Reply, to request: Message) -> String? {
        profile.answer(to: request, with: reply)?.text(39)
    }

    @Test(arguments: [(UInt32(0), "000000"), (7, "000007"), (999_999, "999999")])
    func `an approval is 00 with its code in six digits`(_ number: UInt32, _ text: String) throws {
        let approval = Approval(authorization: Fixture.authorization, code: number)
        let request = Fixture.purchase([:], type: 101)
        let answer = try #require(Self.profile.answer(to: request, with: Fixture.reply(.approved(approval))))
        #expect(answer.messageType.number == 110)
        #expect(answer.text(38) == text)
        #expect(answer.text(39) == "00")
    }

    /// Every element that a request of the dialect can carry, and those that its answer gives back.
    @Test func `echoes are those of the note, and nothing secret comes back`() throws {
        var request = Fixture.purchase([:])
        for element in 2...128 where !request.contains(element) && Self.profile.dialect.spec(of: element) != nil {
            request.set(element, text: "1")
        }
        let approval = Approval(authorization: Fixture.authorization, code: 1)
        let answer = try #require(Self.profile.answer(to: request, with: Fixture.reply(.approved(approval))))
        let echoed: ElementSet = [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 32, 33, 37, 41, 42, 49, 50, 51]
        #expect(answer.elements == echoed.union([38, 39]))
        for element in echoed { #expect(answer.text(element) == request.text(element)) }
        for secret in [14, 35, 36, 45, 48, 52, 55] { #expect(!answer.contains(secret)) }
    }

    @Test func `an answer to a reversal repeats DE 90, one to management DE 70`() throws {
        let reversal = Fixture.reversal([:], type: 421)
        let acknowledged = Fixture.reply(.acknowledged(.applied, Fixture.authorization))
        let answer = try #require(Self.profile.answer(to: reversal, with: acknowledged))
        #expect(answer.messageType.number == 430)
        #expect(answer.text(90) == reversal.text(90))
        let echo = Fixture.message(800, [7: "0601120000", 11: "000001", 70: "301"])
        #expect(Self.profile.answer(to: echo, code: .approved)?.text(70) == "301")
    }

    @Test(arguments: [400, 401, 420, 421, 120, 121, 220, 221] as [MessageTypeIndicator])
    func `a reversal or advice is acknowledged or not answered, never refused`(_ type: MessageTypeIndicator) {
        let message = Fixture.reversal([:], type: type)
        let amounts = ApprovedAmounts(transaction: Money(1, .euro), billing: Money(1, .euro))
        var acknowledgements: [Acknowledgement] = [
            .applied, .nothingLeft, .waitsForOriginal, .recorded, .recordedIncrement(amounts),
        ]
        acknowledgements += ExceptionReason.allCases.map { .exception($0) }
        for acknowledgement in acknowledgements {
            #expect(Self.code(Fixture.reply(.acknowledged(acknowledgement, nil)), to: message) == "00")
        }
        let unanswered: [Reply] = [
            .notFound, .misrouted, .late, .refused, .failed, .keyConflict,
            Fixture.reply(Outcome.refused(.accountNotOpen)),
        ]
        for reply in unanswered { #expect(Self.code(reply, to: message) == nil) }
        #expect(Self.profile.refusal(of: message) == nil)
    }

    @Test func `an unknown original is reported where the dialect says so`() {
        var profile = Self.profile
        profile.dialect.reportsUnknownOriginal = true
        for acknowledgement in [Acknowledgement.waitsForOriginal, .exception(.originalNotFound)] {
            let reply = Fixture.reply(.acknowledged(acknowledgement, nil))
            #expect(profile.answer(to: Fixture.reversal([:]), with: reply)?.text(39) == "25")
            #expect(profile.answer(to: Fixture.reversal([:], type: 420), with: reply)?.text(39) == "00")
        }
    }

    @Test func `what is not decided has its own code, or silence`() {
        let request = Fixture.purchase([:])
        #expect(Self.code(.keyConflict, to: request) == "94")
        #expect(Self.code(.late, to: request) == nil)
        #expect(Self.code(.refused, to: request) == "91")
        for reply in [Reply.notFound, .misrouted, .failed, Fixture.reply(.done)] {
            #expect(Self.code(reply, to: request) == "96")
        }
        var silent = Self.profile
        silent.dialect.refusal = .silence
        #expect(silent.answer(to: request, with: .refused) == nil)
    }

    @Test func `an unknown message is answered with what names it, an answer never`() {
        let unknown = Fixture.purchase([:], type: 500)
        let answer = Self.profile.answer(to: unknown, code: .notSupported)
        #expect(answer?.messageType.number == 510)
        #expect(answer?.elements == [7, 11, 32, 37, 39, 41])
        #expect(Self.profile.answer(to: Fixture.purchase([:], type: 110), code: .notSupported) == nil)
    }
}
