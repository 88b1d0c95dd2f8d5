import AuthorizationCore
import CardCryptography
import ISO8583
import Testing

@testable import AuthorizationEngine
@testable import CardNetwork

@Suite struct `Presented proofs` {
    private static func proofs(_ elements: [Int: String]) throws -> PresentedProofs? {
        let message = Fixture.purchase(elements.mapValues { $0 })
        let pan = try #require(PAN(ascii: Array(Fixture.number.utf8)))
        return Fixture.reader.proofs(of: message, pan)
    }

    private static func text(_ bytes: SecretBytes?) -> String? {
        bytes?.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a message that presents nothing has none`() throws {
        #expect(try Self.proofs([:]) == nil)
        #expect(try Self.proofs([60: "1101" + "1"]) == nil)
    }

    @Test func `track 2 gives service code and the issuer's data`() throws {
        let track = try #require(try Self.proofs([35: Fixture.number + "=29112011234585600"])?.track)
        #expect(track.serviceCodeNumber == 201)
        #expect(Self.text(track.discretionary) == "1234585600")
    }

    @Test func `track 1 gives the same where there is no track 2, and number and expiry too`() throws {
        let text = "B\(Fixture.number)^ASENSIO/ANA^30012011234585600"
        let track = try #require(try Self.proofs([45: text])?.track)
        #expect(track.serviceCodeNumber == 201 && Self.text(track.discretionary) == "1234585600")
        #expect(track.isOfTrack1)
        let read = Fixture.reader.read(Fixture.purchase([2: nil, 14: nil, 45: text]), now: Fixture.now)
        #expect(read.lastFour == 1_111 && read.request?.expiry == ExpiryMonth(year: 2030, month: 1))
        let both = [35: Fixture.number + "=29111010000000000", 45: text]
        #expect(try Self.proofs(both)?.track?.serviceCodeNumber == 101)
        #expect(try Self.proofs(both)?.track?.isOfTrack1 == false)
        #expect(try Self.proofs([45: "B\(Fixture.number)"]) == nil)
    }

    @Test(arguments: ["=", "=2911", "==201123", "=2911=", "=29112A1123"])
    func `a track without service code presents no value`(_ rest: String) throws {
        #expect(try Self.proofs([35: Fixture.number + rest]) == nil)
    }

    @Test(arguments: ["123", " 123", "123 ", "  123 "])
    func `a code has blanks before it or behind`(_ value: String) throws {
        let proofs = try Self.proofs([60: "340\(value.utf8.count)" + value])
        #expect(Self.text(proofs?.cardCode) == "123")
    }

    @Test func `the network's locations give code and CAVV`() throws {
        let proofs = try #require(try Self.proofs([60: "3404" + "987 " + "3708" + "QUJDREVG"]))
        #expect(Self.text(proofs.cardCode) == "987")
        #expect(Self.text(proofs.authentication) == "QUJDREVG")
        #expect(Self.text(try Self.proofs([60: "3703" + "AB "])?.authentication) == "AB ")
        #expect(proofs.track == nil && proofs.pin == nil && proofs.chip == nil)
    }
}

@Suite struct `Answers on a verified code` {
    private static func answer(_ codes: AnswerCodes?, _ elements: [Int: String]) throws -> Message {
        let outcome = Outcome.declined(.cardCodeIncorrect, Fixture.authorization)
        let decided = Answer(
            event: EventID(high: 1, low: 1),
            decidedAt: Fixture.now,
            decision: Decision(outcome),
            codes: codes,
            isRepeated: true
        )
        let request = Fixture.purchase(elements.mapValues { $0 })
        return try #require(Fixture.profile.answer(to: request, with: .decided(decided)))
    }

    @Test(arguments: [
        (ProofVerification.Result.match, "3601M"), (.noMatch, "3601N"), (.notVerified, "3601P"),
    ])
    func `tell the result, and keep it for a repeat`(_ result: ProofVerification.Result, _ said: String) throws {
        var facts = VerificationFacts(profileVersion: 0)
        facts.cardCode = result
        let checked = CheckResult(.cardCode, .failed(.cardCodeIncorrect))
        let decision = Decision(.declined(.cardCodeIncorrect, Fixture.authorization), checks: [checked])
        let request = Fixture.purchase([60: "3403" + "987"])
        let codes = Fixture.profile.codes(of: decision, facts, for: request)
        #expect(codes?.response == "N7" && codes?.cardCode == said)
        #expect(try Self.answer(codes, [60: "3403" + "987"]).text(60) == said)
    }

    @Test(arguments: [
        (ProofVerification.Result.match, "3801M"), (.noMatch, "3801N"), (.notVerified, "3801P"),
    ])
    func `tell what came of a value of 3-D Secure likewise`(
        _ result: ProofVerification.Result,
        _ said: String
    ) throws {
        var facts = VerificationFacts(profileVersion: 0)
        facts.authentication = result
        let checked = CheckResult(.authentication, .passed)
        let decision = Decision(.declined(.insufficientFunds, Fixture.authorization), checks: [checked])
        let asked = [60: "3704" + "ABCD"]
        let codes = Fixture.profile.codes(of: decision, facts, for: Fixture.purchase(asked.mapValues { $0 }))
        #expect(codes?.authentication == said && codes?.cardCode == nil)
        #expect(try Self.answer(codes, asked).text(60) == said)
        #expect(try Self.answer(codes, [60: "3704" + "ABCD" + "3801" + "M"]).contains(60) == false)
    }

    private static let checked = [CheckResult(.cardCode, .passed), CheckResult(.authentication, .passed)]

    /// Decisions that do not tell, whatever was found.
    static let silent: [(name: String, reason: DeclineReason?, checks: [CheckResult])] = [
        ("beyond the card's limit", .tooManyFailures, checked + [failed(.failureCount, .tooManyFailures)]),
        ("of a frozen card", .cardFrozen, checked + [failed(.failureCount, .tooManyFailures)]),
        ("of another network", .networkNotAllowed, checked + [failed(.failureCount, .tooManyFailures)]),
        (
            "beyond the merchant's limit", .tooManyFailuresAtMerchant,
            checked + [failed(.merchantFailures, .tooManyFailuresAtMerchant)]
        ),
        ("with a chip's counter again", .counterReplayed, checked + [failed(.counter, .counterReplayed)]),
        ("without a check", nil, []),
        (
            "where nothing is demanded", nil,
            [CheckResult(.cardCode, .notApplicable), CheckResult(.authentication, .notApplicable)]
        ),
    ]

    private static func failed(_ check: Check, _ reason: DeclineReason) -> CheckResult {
        CheckResult(check, .failed(reason))
    }

    @Test(arguments: silent.indices)
    func `hide the result from whoever tries codes out`(_ index: Int) throws {
        let row = Self.silent[index]
        let approval = Outcome.approved(Approval(authorization: Fixture.authorization, code: 1))
        let outcome = row.reason.map { .declined($0, Fixture.authorization) } ?? approval
        let asked = [60: "3403" + "987" + "3704" + "ABCD"]
        for result in ProofVerification.Result.allCases {
            var facts = VerificationFacts(profileVersion: 0)
            facts.cardCode = result
            facts.authentication = result
            let request = Fixture.purchase(asked.mapValues { $0 })
            let codes = Fixture.profile.codes(of: Decision(outcome, checks: row.checks), facts, for: request)
            #expect(codes == Fixture.profile.codes(of: outcome, for: request), "\(row.name)")
            #expect(try Self.answer(codes, asked).text(60) == "3601P" + "3801P")
        }
    }

    @Test func `tell it of a frozen card, where wrong ones still count`() {
        var facts = VerificationFacts(profileVersion: 0)
        facts.cardCode = .match
        let checks = Self.checked + [CheckResult(.failureCount, .passed), CheckResult(.merchantFailures, .passed)]
        let decision = Decision(.declined(.cardFrozen, Fixture.authorization), checks: checks)
        let codes = Fixture.profile.codes(of: decision, facts, for: Fixture.purchase([60: "3403" + "987"]))
        #expect(codes?.cardCode == "3601M")
    }

    @Test func `say nothing where nobody asks`() throws {
        var codes = AnswerCodes(response: "N7")
        codes.cardCode = "3601M"
        #expect(try !Self.answer(codes, [:]).contains(60))
        #expect(try !Self.answer(codes, [60: "3403" + "987" + "3601" + "M"]).contains(60))
        #expect(try Self.answer(AnswerCodes(response: "N7"), [60: "3403" + "987"]).text(60) == "3601P")
    }
}
