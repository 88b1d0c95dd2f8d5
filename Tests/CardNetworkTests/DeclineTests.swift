import AuthorizationCore
import AuthorizationEngine
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Declines` {
    private static let editions: [(Edition, generic: String, approved: String)] = [
        (.iso1987, "05", "00"), (.iso1993, "100", "000"),
    ]

    @Test(arguments: DeclineReason.allCases, AcceptanceChannel.allCases)
    func `every reason has a code of its own kind everywhere, and none is "do not honour"`(
        _ reason: DeclineReason,
        _ channel: AcceptanceChannel
    ) throws {
        for (edition, generic, approved) in Self.editions {
            let table = ResponseTable.standard(edition)
            let decline = try #require(table.declines[reason]).at(channel)
            #expect(decline.code.utf8.count == approved.utf8.count)
            #expect(decline.code != generic && !table.approvals.contains(decline.code))
        }
    }

    @Test(arguments: [
        (DeclineReason.tooManyFailuresAtMerchant, "59", Retry.later),
        (.unknownIssuer, "15", .never), (.cardNotFound, "14", .never),
        (.reversedBeforeArrival, "12", .never),
        (.advisedBeforeArrival, "94", .never), (.cardLost, "41", .never), (.cardStolen, "43", .never),
        (.cardInactive, "78", .later), (.cardFrozen, "62", .later), (.cardBlocked, "62", .never),
        (.cardClosed, "46", .never), (.tokenSuspended, "62", .later), (.tokenDeleted, "62", .never),
        (.tokenOfOtherCard, "14", .never), (.cardUsedUp, "65", .never), (.expiryMismatch, "54", .never),
        (.cardExpired, "54", .never),
        (.accountFrozen, "62", .later), (.accountClosed, "46", .never), (.kindNotAllowed, "57", .never),
        (.originalNotFound, "25", .never), (.originalDiffers, "12", .never), (.currencyNotConvertible, "57", .never),
        (.chargesOutOfRange, "57", .never),
        (.entryModeNotAllowed, "58", .withChangedData), (.proofNotAllowed, "58", .withChangedData),
        (.linkMissing, "12", .withChangedData), (.tooManyFailures, "59", .later), (.pinTriesExceeded, "75", .later),
        (.pinMissing, "55", .withChangedData), (.pinIncorrect, "55", .withChangedData),
        (.pinNotVerified, "86", .later), (.cardValueMissing, "82", .withChangedData),
        (.cardValueIncorrect, "82", .never), (.cardCodeMissing, "N7", .withChangedData),
        (.cardCodeIncorrect, "N7", .withChangedData), (.cryptogramMissing, "82", .withChangedData),
        (.cryptogramIncorrect, "82", .never), (.counterReplayed, "82", .never), (.chipDataDiffers, "82", .never),
        (.authenticationMissing, "1A", .withChangedData), (.authenticationIncorrect, "82", .withChangedData),
        (.notVerifiable, "88", .later), (.pinNeededContactless, "1A", .withChangedData),
        (.fallbackLimitExceeded, "61", .withChangedData),
        (.transactionLimitExceeded, "61", .withChangedData), (.cashbackLimitExceeded, "61", .withChangedData),
        (.dailyLimitExceeded, "61", .later), (.insufficientFunds, "51", .later),
    ])
    func `the codes and retry classes of 1987 at a point of sale`(
        _ reason: DeclineReason,
        _ code: String,
        _ retry: Retry
    ) {
        let decline = Fixture.profile.responses.decline(reason, at: .pointOfSale)
        #expect(decline.code == code && decline.retry == retry)
    }

    private static let withoutChip: Set<DeclineReason> = [
        .tooManyFailuresAtMerchant, .unknownIssuer, .cardNotFound, .tooManyFailures, .cryptogramMissing,
        .cryptogramIncorrect,
    ]

    @Test func `a request that is not decided is answered without a word for its chip`() {
        let request = Fixture.purchase([55: "9F2701" + "80"])
        for reply in [Reply.refused, .failed, .keyConflict, .notFound] {
            #expect(Fixture.profile.answer(to: request, with: reply)?.contains(55) == false)
        }
    }

    @Test func `a chip's terminal is handed any code of two characters that its answer may have`() {
        let codes = ResponseTable.standard(.iso1987).codesForChips
        #expect(["00", "10", "85", "41", "43", "51", "54", "55", "61", "75", "88", "1A"].allSatisfy(codes.contains))
        // Those of refusals go without an answer for the chip.
        #expect(!["59", "91", "96", "30"].contains(where: codes.contains))
        for reason in DeclineReason.allCases where !Self.withoutChip.contains(reason) {
            for channel in AcceptanceChannel.allCases {
                let code = ResponseTable.standard(.iso1987).decline(reason, at: channel).code
                #expect(codes.contains(code), "\(reason)")
            }
        }
        #expect(codes == codes.sorted() && Set(codes).count == codes.count && codes.count < 32)
        #expect(ResponseTable.standard(.iso1993).codesForChips.isEmpty)
    }

    @Test(arguments: [DeclineReason.expiryMismatch, .cardExpired])
    func `a date that was typed can be mended, one that was read cannot`(_ reason: DeclineReason) {
        let table = Fixture.profile.responses
        #expect(table.decline(reason, at: .remote).retry == .withChangedData)
        #expect(table.decline(reason, at: .tellerMachine).retry == .never)
    }

    @Test(arguments: Edition.allCases, ResponseCode.allCases)
    func `every code has its text`(_ edition: Edition, _ code: ResponseCode) {
        #expect(ResponseTable.standard(edition).text(of: code).utf8.count == (edition == .iso1987 ? 2 : 3))
    }

    static let channels: [(mode: String, category: String, AcceptanceChannel, advice: String?)] = [
        ("051", "5411", .pointOfSale, nil), ("071", "6011", .tellerMachine, nil), ("811", "5411", .remote, "01"),
        ("101", "5411", .remote, "01"), ("011", "5411", .remote, "01"), ("", "5411", .pointOfSale, nil),
    ]

    @Test(arguments: channels)
    func `DE 22 and DE 18 give the channel, and DE 44 advises where a merchant can follow it`(
        _ row: (mode: String, category: String, channel: AcceptanceChannel, advice: String?)
    ) throws {
        let request = Fixture.purchase([18: row.category, 22: row.mode])
        #expect(Fixture.profile.channel(of: request) == row.channel)
        let reply = Fixture.reply(.declined(.cardExpired, Fixture.authorization))
        let answer = try #require(Fixture.profile.answer(to: request, with: reply))
        #expect(answer.text(39) == "54")
        #expect(answer.text(44) == row.advice)
        #expect(!answer.contains(38))
    }

    static let machines: [(code: String, category: String, AcceptanceChannel, ProofDemand)] = [
        ("310000", "6010", .tellerMachine, .required), ("310000", "6011", .pointOfSale, .checked),
        ("010000", "6010", .tellerMachine, .required), ("170000", "5411", .tellerMachine, .required),
        ("000000", "6010", .tellerMachine, .required), ("000000", "5411", .pointOfSale, .checked),
    ]

    @Test(arguments: machines)
    func `the network's teller machines want the PIN, whatever is asked there`(
        _ row: (code: String, category: String, channel: AcceptanceChannel, pin: ProofDemand)
    ) throws {
        var profile = Fixture.profile
        profile.tellerMachineCategories = [6_010]
        profile.kinds[17] = .atmWithdrawal
        let message = Fixture.purchase([3: row.code, 18: row.category])
        let request = try #require(RequestReader(profile: profile).read(message, now: Fixture.now).request)
        #expect(profile.channel(of: message) == row.channel && request.channel == row.channel)
        var policy = VerificationPolicy()
        policy.keys.pin = StoredKeyName("pvk").map { PINVerification(.ibm3624, key: $0) }
        #expect(policy.demand(.pin, in: request.situation(with: [])) == row.pin)
    }

    @Test func `an answer says what was kept, whatever the table says now`() throws {
        let outcome = Outcome.declined(.insufficientFunds, Fixture.authorization)
        var kept = Answer(
            event: EventID(high: 1, low: 1),
            decidedAt: Fixture.now,
            decision: Decision(outcome),
            codes: AnswerCodes(response: "61", advice: "03"),
            isRepeated: true
        )
        let request = Fixture.purchase([22: "811"])
        let answer = try #require(Fixture.profile.answer(to: request, with: .decided(kept)))
        #expect(answer.text(39) == "61" && answer.text(44) == "03")
        kept.codes = nil
        let asNow = try #require(Fixture.profile.answer(to: request, with: .decided(kept)))
        #expect(asNow.text(39) == "51" && asNow.text(44) == "02")
        #expect(Fixture.profile.codes(of: outcome, for: request) == AnswerCodes(response: "51", advice: "02"))
    }

    @Test func `a reason that a network's table lacks is a malfunction, not an approval`() {
        var table = Fixture.profile.responses
        table.declines[.cardLost] = nil
        #expect(table.decline(.cardLost, at: .pointOfSale).code == "96")
    }
}
