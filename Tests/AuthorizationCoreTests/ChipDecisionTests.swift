import AuthorizationCore
import Testing

@Suite struct `A chip's counter` {
    private static let key = ChipCounterKey(card: World.card, sequenceNumber: 0)

    private static func world(_ used: ChipCounter? = ChipCounter(highest: 10)) -> World {
        var world = World()
        world.state.chipCounters[key] = used
        return world
    }

    private static func request(
        _ counter: UInt16,
        in world: inout World,
        amount: Int64 = 100,
        key: RequestKey = "100:1",
        _ change: (inout VerificationFacts) -> Void = { _ in }
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: key)
        request.entryMode = .contactChip
        world.verify(&request) { policy, facts in
            policy = VerificationPolicy()
            policy.keys.chip = ChipVerification(.visa, cryptograms: .known("imk-ac"))
            facts.chip = .proven(counter: counter)
            change(&facts)
        }
        return request
    }

    @Test(
        arguments: [
            (11, CheckResult.Verdict.passed, 11), (9, .passed, 10), (10, .failed(.counterReplayed), 10),
        ] as [(UInt16, CheckResult.Verdict, UInt16)]
    )
    func `counts once`(_ row: (counter: UInt16, verdict: CheckResult.Verdict, highest: UInt16)) {
        var world = Self.world()
        let request = Self.request(row.counter, in: &world)
        let decision = world.perform(.authorize(request))
        #expect(decision.verdict(of: .counter) == row.verdict && decision.isApproved == (row.verdict == .passed))
        let check = decision.checks.first { $0.check == .counter }
        #expect(check?.observed == Int64(row.counter) && check?.limit == 10)
        #expect(world.state.chipCounters[Self.key]?.highest == row.highest)
        let again = Self.request(row.counter, in: &world, key: "100:2")
        #expect(world.decision(on: .authorize(again)).declineReason == .counterReplayed)
    }

    @Test func `of a new chip is taken as it is`() {
        var world = Self.world(nil)
        let request = Self.request(300, in: &world)
        #expect(world.perform(.authorize(request)).isApproved)
        #expect(world.state.chipCounters == [Self.key: ChipCounter(highest: 300)])
    }

    @Test func `is used by declines too`() {
        var world = Self.world()
        let dear = Self.request(11, in: &world, amount: 50_001)
        #expect(world.perform(.authorize(dear)).declineReason == .transactionLimitExceeded)
        #expect(world.state.chipCounters[Self.key]?.highest == 11)
        world.state.cards[World.card]?.status = .lost
        let lost = Self.request(12, in: &world, key: "100:2")
        #expect(world.perform(.authorize(lost)).declineReason == .cardLost)
        #expect(world.state.chipCounters[Self.key]?.highest == 12)
    }

    @Test func `stays unused where the request is to come again with the PIN`() {
        var world = Self.world()
        let first = Self.request(11, in: &world)
        world.program.verification?.keys.pin = PINVerification(.ibm3624, key: .known("pvk"))
        world.program.verification?.rules = [ProofRule(.pin, .required)]
        #expect(world.perform(.authorize(first)).declineReason == .pinMissing)
        #expect(world.state.chipCounters[Self.key]?.highest == 10)
    }

    @Test func `is used where a wrong code came with it, which needs another one the next time`() {
        var world = Self.world()
        let first = Self.request(11, in: &world) { $0.cardCode = .noMatch }
        world.program.verification?.keys.pin = PINVerification(.ibm3624, key: .known("pvk"))
        world.program.verification?.keys.cardVerification = .known("cvk")
        world.program.verification?.rules = [ProofRule(.pin, .required)]
        #expect(world.perform(.authorize(first)).declineReason == .pinMissing)
        #expect(world.state.chipCounters[Self.key]?.highest == 11)
    }

    @Test func `too far ahead declines once, and the card goes on from there`() {
        var world = Self.world()
        var request = Self.request(111, in: &world)
        world.program.verification?.keys.chip?.counters = CounterWindow(behind: 0, ahead: 100)
        #expect(world.perform(.authorize(request)).declineReason == .counterReplayed)
        #expect(world.state.chipCounters[Self.key]?.highest == 111)
        request.verification?.chip?.counter = 112
        request.message?.key = "100:2"
        #expect(world.decision(on: .authorize(request)).isApproved)
    }

    @Test(arguments: [ProofVerification.Result.noMatch, .notVerified])
    func `is not used by who has not proven it`(_ result: ProofVerification.Result) {
        var world = Self.world()
        let request = Self.request(500, in: &world) { $0.chip?.result = result }
        let decision = world.perform(.authorize(request))
        #expect(decision.declineReason == (result == .noMatch ? .cryptogramIncorrect : .notVerifiable))
        #expect(decision.verdict(of: .counter) == .notApplicable)
        #expect(world.state.chipCounters[Self.key] == ChipCounter(highest: 10))
    }

    @Test func `of a token is counted apart, when the network has verified it`() {
        var world = Self.world()
        for (cryptogram, highest) in [(.noMatch, nil), (.match, 3)] as [(ProofVerification.Result, UInt16?)] {
            var request = Self.request(3, in: &world, key: "100:\(cryptogram)") { $0.chip?.result = .notVerified }
            var token = TokenFacts()
            token.index = [UInt8](repeating: 7, count: 32)
            token.cryptogram = cryptogram
            request.credential = CredentialFacts()
            request.credential?.token = token
            world.perform(.authorize(request))
            let key = ChipCounterKey(card: World.card, token: token.index, sequenceNumber: 0)
            #expect(world.state.chipCounters[key]?.highest == highest)
        }
        #expect(world.state.chipCounters[Self.key] == ChipCounter(highest: 10))
    }

    @Test func `of a token is used once, also where the program has no key for chips`() {
        var world = Self.world()
        for (key, reason) in [("100:1", nil), ("100:2", .counterReplayed)] as [(RequestKey, DeclineReason?)] {
            var request = Self.request(3, in: &world, key: key) { $0.chip?.result = .notVerified }
            world.program.verification?.keys.chip = nil
            request.use(token: 1)
            request.credential?.token?.cryptogram = .match
            #expect(world.perform(.authorize(request)).declineReason == reason)
        }
    }

    @Test func `of each sequence number is counted apart`() {
        var world = Self.world()
        let request = Self.request(10, in: &world) { $0.chip?.sequenceNumber = 1 }
        #expect(world.perform(.authorize(request)).isApproved)
        let second = ChipCounterKey(card: World.card, sequenceNumber: 1)
        #expect(world.state.chipCounters == [Self.key: ChipCounter(highest: 10), second: ChipCounter(highest: 10)])
    }

    @Test func `is used by advices, which it never keeps from being recorded`() {
        var world = Self.world()
        for counter in [12, 12] as [UInt16] {
            let request = Self.request(counter, in: &world, key: "120:\(world.seed)")
            let advice = Advice(
                request: request,
                verdict: .approved(code: "1"),
                reason: .offlineApproval,
                original: nil
            )
            #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
            #expect(world.state.chipCounters[Self.key]?.highest == 12)
            world.seed += 1
        }
    }

    @Test func `is not looked at where cryptograms count for nothing, as when a merchant asks again`() {
        var world = Self.world()
        var first = AuthorizationRequest.of(100, key: "100:2")
        first.network = "test"
        first.references.transactionID = "TX"
        world.perform(.authorize(first))
        var request = Self.request(10, in: &world)
        request.entryMode = .credentialOnFile
        request.purpose = .resubmission
        request.references.transactionID = "TX"
        let decision = world.decision(on: .authorize(request))
        #expect(decision.isApproved && decision.verdict(of: .counter) == nil)
    }

    @Test func `and what else is known of a chip is journaled`() throws {
        var facts = CryptogramFacts.proven(counter: .max)
        facts.problem = .ofToken
        facts.sequenceNumber = 99
        facts.cardResults = 255
        facts.differences = Set(ChipElement.allCases)
        facts.declinedDifferences = [.currency]
        #expect(try CryptogramFacts(journalBytes: facts.journalBytes) == facts)
        #expect(try CryptogramFacts(journalBytes: CryptogramFacts(.noMatch).journalBytes) == CryptogramFacts(.noMatch))
        var wrong = [facts, facts]
        wrong[0].sequenceNumber = 100
        wrong[1].differences = [.amount]
        for facts in wrong {
            #expect(throws: JournalError.self) { try CryptogramFacts(journalBytes: facts.journalBytes) }
        }
    }
}
