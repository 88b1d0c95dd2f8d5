import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

@Suite struct `What a chip is answered` {
    private static let authentication: [ChipDecision: [UInt8]] = [
        .approved: [1, 1], .declined: [2, 2], .blocked: [3, 3],
    ]
    private static let id = AuthorizationID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1)

    @Test(arguments: DeclineReason.allCases)
    func `is of the decision, and blocks only what was found to be hot`(_ reason: DeclineReason) {
        let answers = ChipAnswers(Self.authentication, blockingScript: [0x86, 1, 9])
        #expect(answers.data(for: .approved(Approval(authorization: Self.id, code: 1))) == [0x91, 2, 1, 1])
        let isHot = [.cardBlocked, .cardLost, .cardStolen].contains(reason)
        let blocking: [UInt8] = [0x91, 2, 3, 3, 0x72, 3, 0x86, 1, 9]
        #expect(answers.data(for: .declined(reason, Self.id)) == (isHot ? blocking : [0x91, 2, 2, 2]))
        let sparing = ChipAnswers(Self.authentication, blockingScript: nil)
        #expect(sparing.data(for: .declined(reason, Self.id)) == [0x91, 2, 2, 2])
    }

    @Test func `is nothing where nobody asks`() {
        let answers = ChipAnswers(Self.authentication, blockingScript: nil)
        for outcome in [Outcome.acknowledged(.recorded, Self.id), .done, .refused(.cardNotFound)] {
            #expect(answers.data(for: outcome) == nil)
        }
    }
}
