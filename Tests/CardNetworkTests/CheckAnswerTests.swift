import AuthorizationCore
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Answers to checks` {
    private static func answer(
        _ text: String,
        _ outcome: Outcome = .approved(Approval(authorization: Fixture.authorization, code: 1)),
        entry: String = "051",
        type: MessageTypeIndicator = 100,
        profile: NetworkProfile = Fixture.profile
    ) -> Message? {
        let request = Fixture.purchase([22: entry, 60: text], type: type)
        return profile.answer(to: request, with: Fixture.reply(outcome))
    }

    /// What DE 60 of a request has, and what DE 60 of its answer.
    static let rows: [(asked: String, told: String?)] = [
        ("03011", nil), ("310528013", "3301S"), ("3202" + "12", "3301S"), ("3403123", "3601P"),
        ("310528013" + "3403123", "3301S" + "3601P"), ("35010", nil), ("35012", nil), ("35011", "3601P"),
        // The network has found it out by itself.
        ("310528013" + "3301Y", nil), ("3403123" + "3601M", nil), ("310528013" + "3403123" + "3601M", "3301S"),
        ("3708QUJDREVG", "3801P"), ("3708QUJDREVG" + "3801M", nil), ("3403123" + "3708QUJDREVG", "3601P" + "3801P"),
    ]

    @Test(arguments: rows)
    func `say that no address is compared and no CVV2 verified`(_ row: (asked: String, told: String?)) {
        #expect(Self.answer(row.asked)?.text(60) == row.told)
        #expect(Self.answer(row.asked, type: 101)?.text(60) == row.told)
        #expect(Self.answer(row.asked, .declined(.cardStolen, nil))?.text(60) == row.told)
    }

    @Test func `are not given to advices and reversals`() {
        let reversal = Fixture.reversal([60: "3403123"])
        let reply = Fixture.reply(.acknowledged(.applied, Fixture.authorization))
        #expect(Fixture.profile.answer(to: reversal, with: reply)?.contains(60) == false)
        #expect(Self.answer("3403123", .acknowledged(.recorded, nil), type: 120)?.contains(60) == false)
    }

    /// Offsets in DE 44, behind the advice to the merchant or without one; nil for the end.
    static let places: [(address: Int?, cardCode: Int?, advised: String, plain: String)] = [
        (2, 3, "03SP", "  SP"), (nil, nil, "03SP", "SP"), (4, nil, "03  SP", "    SP"),
    ]

    @Test(arguments: places)
    func `stand where the network's tables put them`(
        _ row: (address: Int?, cardCode: Int?, advised: String, plain: String)
    ) {
        var profile = Fixture.profile
        profile.checkAnswers.address = AnswerTable(element: 44, offset: row.address, codes: [.notSupported: "S"])
        profile.checkAnswers.cardCode = AnswerTable(element: 44, offset: row.cardCode, codes: [.notVerified: "P"])
        let outcome = Outcome.declined(.cardStolen, nil)
        let asked = "310528013" + "3403123"
        #expect(Self.answer(asked, outcome, entry: "811", profile: profile)?.text(44) == row.advised)
        #expect(Self.answer(asked, outcome, profile: profile)?.text(44) == row.plain)
    }

    @Test func `are none where the network has no code for them`() {
        var profile = Fixture.profile
        profile.checkAnswers.address?.codes = [.match: "Y"]
        profile.checkAnswers.cardCode = nil
        #expect(Self.answer("310528013" + "3403123", profile: profile)?.contains(60) == false)
    }
}
