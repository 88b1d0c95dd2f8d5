import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

@Suite struct `What a chip is answered` {
    private static let authentication: [ChipSeal: [UInt8]] = [
        .decision(.approved): [1, 1], .decision(.declined): [2, 2], .decision(.blocked): [3, 3],
    ]
    private static let approved = Decision(.approved(Approval(authorization: id, code: 1)))
    private static let id = AuthorizationID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1)

    @Test(arguments: DeclineReason.allCases)
    func `is of the decision, and blocks only what was found to be hot`(_ reason: DeclineReason) {
        var answers = ChipAnswers(Self.authentication)
        let sparing = answers
        answers.addBlocking([0x86, 1, 9])
        let declined = Decision(.declined(reason, Self.id))
        #expect(answers.data(for: Self.approved, code: "000") == [0x91, 2, 1, 1])
        let isHot = [.cardBlocked, .cardLost, .cardStolen].contains(reason)
        let blocking: [UInt8] = [0x91, 2, 3, 3, 0x72, 3, 0x86, 1, 9]
        #expect(answers.data(for: declined, code: "116") == (isHot ? blocking : [0x91, 2, 2, 2]))
        #expect(sparing.data(for: declined, code: "116") == [0x91, 2, 2, 2])
        // Where no command can be made, the card status update blocks.
        answers.addBlocking(nil)
        #expect(answers.data(for: declined, code: "116") == (isHot ? [0x91, 2, 3, 3] : [0x91, 2, 2, 2]))
    }

    @Test(arguments: ["00", "10", "85", "51", "55", "75", "41", "N7", "1A"])
    func `fits the code that is sent, where cards compare it`(_ code: String) {
        let codes = ["00", "10", "85", "51", "55", "75", "41", "N7", "1A"]
        let sealed = codes.compactMap { code in ChipSeal(responseCode: code).map { ($0, Array(code.utf8)) } }
        var answers = ChipAnswers(Dictionary(uniqueKeysWithValues: sealed))
        answers.addBlocking([0x86, 1, 9])
        let fitting = [0x91, 2] + Array(code.utf8)
        #expect(answers.data(for: Self.approved, code: code) == fitting)
        #expect(answers.data(for: Decision(.declined(.insufficientFunds, nil)), code: code) == fitting)
        let blocking: [UInt8] = [0x72, 3, 0x86, 1, 9]
        #expect(answers.data(for: Decision(.declined(.cardLost, nil)), code: code) == fitting + blocking)
        // What was not sealed is not told: a card would take it for somebody else's.
        for other in ["05", "000", "", "Ñ"] {
            #expect(answers.data(for: Self.approved, code: other) == [])
        }
    }

    @Test func `is nothing where nobody asks`() {
        let answers = ChipAnswers(Self.authentication)
        for outcome in [Outcome.acknowledged(.recorded, Self.id), .done, .refused(.cardNotFound)] {
            #expect(answers.data(for: Decision(outcome), code: "00") == nil)
        }
    }

    @Test(arguments: [(ScriptRules.Template.before, UInt8(0x71)), (.after, 0x72)])
    func `has what waits for the card, as the decision counts it, and with its identifier`(
        _ row: (template: ScriptRules.Template, tag: UInt8)
    ) {
        let script = PINScript(identifier: 0x0102_0304, sends: 0, counter: nil)
        var answers = ChipAnswers(Self.authentication)
        answers.add([0x86, 1, 9], of: script, in: row.template, counter: 7)
        let told: [UInt8] = [row.tag, 10, 0x9F, 0x18, 4, 1, 2, 3, 4, 0x86, 1, 9]
        let card = CardID(at: .distantPast, shard: Shard(truncating: 1), entropy: 2)
        for counter: UInt16? in [nil, 6, 7] {
            var pin = PINState(reference: 1)
            pin.script = PINScript(identifier: 0x0102_0304, sends: 1, counter: counter)
            let isCounted = counter == 7
            for (outcome, start) in [(Self.approved.outcome, 1), (.declined(.insufficientFunds, nil), 2)]
                as [(Outcome, UInt8)]
            {
                let decision = Decision(outcome, changes: [.pin(card, pin)])
                #expect(answers.data(for: decision, code: "00") == [0x91, 2, start, start] + (isCounted ? told : []))
            }
        }
        #expect(answers.data(for: Self.approved, code: "000") == [0x91, 2, 1, 1])
    }
}
