import AuthorizationCore
import Testing

@Suite struct `Wrong proofs` {
    private static let key = FailureKey(card: World.card)

    /// A program that takes three in an hour.
    private static func world() -> World {
        var world = World()
        var policy = VerificationPolicy.withAllKeys
        policy.rules = Proof.allCases.filter { $0 != .expiry }.map { ProofRule($0, .checked) }
        policy.failures = FailureLimit(count: 3, window: 3_600)
        world.program.verification = policy
        return world
    }

    private static func request(_ change: (inout VerificationFacts) -> Void = { _ in }) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(100)
        request.network = "test"
        request.entryMode = .ecommerce
        var facts = VerificationFacts(profileVersion: 0)
        change(&facts)
        request.verification = facts
        return request
    }

    private static let wrong = request { $0.cardCode = .noMatch }
    private static let right = request { $0.cardCode = .match }

    private static func count(_ world: World, _ key: FailureKey = key) -> Int {
        world.state.failureCounters[key]?.times.count ?? 0
    }

    static let kinds: [(String, @Sendable (inout AuthorizationRequest) -> Void, isCounted: Bool)] = [
        ("CVV", { $0.verification?.cardValue = CardValueFacts(.stripe, .noMatch) }, true),
        ("CVV2", { $0.verification?.cardCode = .noMatch }, true),
        ("CAVV", { $0.verification?.authentication = .noMatch }, true),
        ("ARQC", { $0.verification?.chip = CryptogramFacts(.noMatch) }, true),
        ("expiry", { $0.expiry = .of(2031, 1) }, true),
        (
            "CVV2 and expiry, once",
            {
                $0.verification?.cardCode = .noMatch; $0.expiry = .of(2031, 1)
            }, true
        ),
        ("PIN, which has tries", { $0.verification?.pin = .noMatch(reference: 1) }, false),
        ("CVV2 that nobody verified", { $0.verification?.cardCode = .notVerified }, false),
        ("nothing presented", { _ in }, false),
        ("right CVV2", { $0.verification?.cardCode = .match }, false),
        ("more than there is", { $0.transaction.minorUnits = 40_000_000 }, false),
        (
            "of a client",
            {
                $0.verification?.cardCode = .noMatch; $0.network = ""
            }, false
        ),
    ]

    @Test func `do not take the card itself from its holder`() {
        var world = Self.world()
        for _ in 0..<3 { world.perform(.authorize(Self.wrong)) }
        #expect(world.decision(on: .authorize(Self.right)).declineReason == .tooManyFailures)
        var chip = Self.request { $0.chip = CryptogramFacts(.match) }
        chip.entryMode = .contactChip
        #expect(world.decision(on: .authorize(chip)).isApproved)
        chip.verification?.chip = CryptogramFacts(.notVerified)
        #expect(world.decision(on: .authorize(chip)).declineReason == .tooManyFailures)
    }

    /// Where a chip was read, and where its cryptogram is not looked at.
    @Test(arguments: [EntryMode.contactChip, .ecommerce])
    func `are declined with a cryptogram that comes again`(_ mode: EntryMode) {
        var world = Self.world()
        for _ in 0..<3 { world.perform(.authorize(Self.wrong)) }
        var ignored = ProofRule(.cryptogram, .ignored)
        ignored.entryMode = .ecommerce
        world.program.verification?.rules.append(ignored)
        var guess = Self.request {
            $0.chip = .proven(counter: 7)
            $0.cardCode = .noMatch
        }
        guess.entryMode = mode
        #expect(world.perform(.authorize(guess)).declineReason == .cardCodeIncorrect)
        for result in [ProofVerification.Result.noMatch, .match] {
            guess.verification?.cardCode = result
            #expect(world.decision(on: .authorize(guess)).declineReason == .tooManyFailures)
        }
    }

    @Test func `decline a wrong expiry as they do a right one, so that nobody finds it out`() {
        var world = Self.world()
        for _ in 0..<3 { world.perform(.authorize(Self.wrong)) }
        var request = Self.right
        request.expiry = .of(2031, 1)
        #expect(world.decision(on: .authorize(request)).declineReason == .tooManyFailures)
    }

    @Test func `that no time can be reckoned with are no counter`() {
        #expect(FailureCounter(times: [Instant(microseconds: .min)]) == nil)
        #expect(FailureCounter(times: [Instant(microseconds: .max)]) == nil)
    }

    @Test(arguments: kinds.indices)
    func `are counted, and nothing else is`(_ index: Int) {
        var world = Self.world()
        world.state.pins[World.card] = PINState(reference: 1)
        var request = Self.request()
        Self.kinds[index].1(&request)
        world.perform(.authorize(request))
        #expect(Self.count(world) == (Self.kinds[index].isCounted ? 1 : 0), "\(Self.kinds[index].0)")
    }

    @Test func `decline even a right one from the limit on, until the first of them is old enough`() {
        var world = Self.world()
        let start = world.moment.now
        for minute in [0, 10, 20] as [Int64] {
            world.moment.now = start + minute * 60_000_000
            #expect(world.perform(.authorize(Self.right)).isApproved)
            #expect(world.perform(.authorize(Self.wrong)).declineReason == .cardCodeIncorrect)
        }
        let declined = world.decision(on: .authorize(Self.right))
        #expect(declined.declineReason == .tooManyFailures)
        let check = declined.checks.first { $0.check == .failureCount }
        #expect(check == CheckResult(.failureCount, .failed(.tooManyFailures), observed: 3, limit: 3))
        // Right or wrong, the answer is the same, and no more is counted.
        #expect(world.perform(.authorize(Self.wrong)).declineReason == .tooManyFailures)
        #expect(Self.count(world) == 3)
        world.moment.now = start + (3_600_000_000 - 1)
        #expect(world.decision(on: .authorize(Self.right)).declineReason == .tooManyFailures)
        world.moment.now = start + 3_600_000_000
        #expect(world.perform(.authorize(Self.right)).isApproved)
        // The window slides: two of them still count.
        #expect(world.perform(.authorize(Self.wrong)).declineReason == .cardCodeIncorrect)
        #expect(Self.count(world) == 3)
        #expect(world.decision(on: .authorize(Self.right)).declineReason == .tooManyFailures)
    }

    /// What requests of a merchant with too many failures are about.
    static let triedOut: [(String, @Sendable (inout World, inout AuthorizationRequest) -> Void)] = [
        ("a right number", { _, _ in }), ("an unknown number", { _, request in request.card = nil }),
        ("a number of another account", { world, _ in world.state.cards = [:] }),
        ("a lost card", { world, _ in world.state.cards[World.card]?.status = .lost }),
        ("a wrong expiry", { _, request in request.expiry = .of(2031, 1) }),
        ("a wrong CVV2", { _, request in request.verification?.cardCode = .noMatch }),
        ("an empty account", { world, _ in world.state.balances[World.euros]?.posted = 0 }),
    ]

    @Test(arguments: triedOut.indices)
    func `at its merchant have every number declined for one reason`(_ index: Int) {
        var world = Self.world()
        var request = Self.right
        Self.triedOut[index].1(&world, &request)
        request.verification?.merchantFailures = MerchantFailures(count: 7, limit: 5)
        let decision = world.decision(on: .authorize(request))
        #expect(decision.declineReason == .tooManyFailuresAtMerchant)
        let first = CheckResult(.merchantFailures, .failed(.tooManyFailuresAtMerchant), observed: 7, limit: 5)
        #expect(decision.checks.first == first && decision.transfers.isEmpty)
    }

    @Test func `at its merchant do not stop a chip's right cryptogram, which nobody guesses`() {
        var chip = Self.request { $0.chip = CryptogramFacts(.match) }
        chip.entryMode = .contactChip
        chip.verification?.merchantFailures = MerchantFailures(count: 7, limit: 5)
        let decision = Self.world().decision(on: .authorize(chip))
        #expect(decision.isApproved && decision.verdict(of: .merchantFailures) == .passed)
        for result in [ProofVerification.Result.noMatch, .notVerified] {
            chip.verification?.chip = CryptogramFacts(result)
            let declined = Self.world().decision(on: .authorize(chip))
            #expect(declined.declineReason == .tooManyFailuresAtMerchant)
        }
    }

    /// Requests of a merchant with too many failures, and whether they try no number out.
    static let others: [(String, @Sendable (inout World, inout AuthorizationRequest) -> Void, passes: Bool)] = [
        ("a refund", { _, request in request.kind = .refund }, true),
        ("a token with a right cryptogram", { _, request in use(.match, &request) }, true),
        ("a token with a wrong cryptogram", { _, request in use(.noMatch, &request) }, false),
        ("a token with a cryptogram that nobody verified", { _, request in use(nil, &request) }, false),
        ("a chip's new cryptogram", { world, request in use(counter: 8, after: 7, &world, &request) }, true),
        ("a chip's cryptogram again", { world, request in use(counter: 7, after: 7, &world, &request) }, false),
        (
            "a token's new cryptogram",
            { world, request in
                use(.match, &request)
                use(counter: 8, after: 7, &world, &request)
            }, true
        ),
        (
            "a token's cryptogram again",
            { world, request in
                use(.match, &request)
                use(counter: 7, after: 7, &world, &request)
            }, false
        ),
        ("an increment", { world, request in increase(&world, &request) { _ in } }, true),
        ("an increment of another merchant's", { increase(&$0, &$1) { $0.acceptor = nil } }, false),
        ("an increment of what is cleared", { increase(&$0, &$1) { $0.status = .cleared } }, false),
        (
            "a merchant's own payment",
            { world, request in
                follow(&world, &request, from: 100)
            }, true
        ),
        ("one that follows from nothing", { _, request in request.initiator = .merchant }, false),
        ("one that follows from a decline", { follow(&$0, &$1, from: 1_000_000) }, false),
        (
            "a cardholder's of a known transaction",
            { world, request in
                follow(&world, &request, from: 100)
                request.initiator = .cardholder
            }, false
        ),
    ]

    private static func use(_ cryptogram: ProofVerification.Result?, _ request: inout AuthorizationRequest) {
        request.use(token: 1)
        request.credential?.token?.cryptogram = cryptogram
    }

    private static func use(
        counter: UInt16,
        after used: UInt16,
        _ world: inout World,
        _ request: inout AuthorizationRequest
    ) {
        let token = request.credential?.token?.index
        request.verification?.chip = .proven(CryptogramFacts(token == nil ? .match : .notVerified), counter: counter)
        let key = ChipCounterKey(card: World.card, token: token, sequenceNumber: 0)
        world.state.chipCounters[key] = ChipCounter(highest: used)
    }

    private static func increase(
        _ world: inout World,
        _ request: inout AuthorizationRequest,
        of spoil: (inout Authorization) -> Void
    ) {
        var hold = Self.right
        hold.message = AuthorizationRequest.of(100, key: "100:1").message
        hold.purpose = .preAuthorization
        request.message = AuthorizationRequest.of(100, key: "100:2").message
        guard let id = world.perform(.authorize(hold)).authorization, var original = world.state.authorizations[id]
        else { return }
        spoil(&original)
        world.state.authorizations[id] = original
        request.purpose = .increment
        request.increment = Increment(of: .authorization(id), mode: .delta)
    }

    private static func follow(_ world: inout World, _ request: inout AuthorizationRequest, from amount: Int64) {
        var first = AuthorizationRequest.of(amount, key: "100:1")
        first.network = request.network
        request.message = AuthorizationRequest.of(100, key: "100:2").message
        first.references.transactionID = "NTI-1"
        world.perform(.authorize(first))
        request.references.transactionID = "NTI-1"
        request.initiator = .merchant
    }

    @Test(arguments: others.indices)
    func `at its merchant stop what may try numbers out, and nothing else`(_ index: Int) {
        let row = Self.others[index]
        var world = Self.world()
        var request = Self.right
        row.1(&world, &request)
        request.verification?.merchantFailures = MerchantFailures(count: 7, limit: 5)
        let decision = world.decision(on: .authorize(request))
        #expect(decision.isApproved == row.passes, "\(row.0): \(decision.declineReason as Any)")
        #expect((decision.verdict(of: .merchantFailures) == .passed) == row.passes)
    }

    @Test func `of a token and of the card's own number are counted apart`() {
        var world = Self.world()
        var ofToken = Self.request()
        ofToken.use(token: 1)
        ofToken.credential?.token?.cryptogram = .noMatch
        for _ in 0..<3 { #expect(world.perform(.authorize(ofToken)).declineReason == .cryptogramIncorrect) }
        #expect(world.decision(on: .authorize(ofToken)).declineReason == .tooManyFailures)
        #expect(Self.count(world, FailureKey(card: World.card, token: World.index(ofToken: 1))) == 3)
        #expect(world.perform(.authorize(Self.right)).isApproved && Self.count(world) == 0)
    }

    @Test func `are not counted by programs that do not say so, nor by advices`() {
        var world = Self.world()
        var request = Self.wrong
        request.message = MessageIdentity(key: "120:1", fingerprint: [1])
        let verdict = Advice.Verdict.approved(code: "1")
        let advice = Advice(request: request, verdict: verdict, reason: .standIn, original: nil)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.state.failureCounters.isEmpty)
        world.program.verification?.failures = nil
        let decision = world.perform(.authorize(Self.wrong))
        #expect(decision.verdict(of: .failureCount) == nil && world.state.failureCounters.isEmpty)
    }

    @Test func `leave at most twenty times, and are journaled`() throws {
        var world = Self.world()
        world.program.verification?.failures = FailureLimit(count: 20, window: FailureLimit.longestWindow)
        for _ in 0..<25 {
            let decision = world.perform(.authorize(Self.wrong))
            #expect(try Decision(journalBytes: decision.journalBytes) == decision)
            world.moment.now = world.moment.now + 1
        }
        #expect(Self.count(world) == FailureCounter.capacity)
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
        let bytes = try #require(world.state.failureCounters[Self.key]).journalBytes
        #expect(bytes.count <= 201)
        #expect(FailureCounter(times: [World.dayStart + 1, World.dayStart]) == nil)
        #expect(FailureCounter(times: Array(repeating: World.dayStart, count: 21)) == nil)
    }

    @Test(arguments: [(0, 1), (21, 1), (1, 0), (1, FailureLimit.longestWindow + 1)] as [(UInt8, Int64)])
    func `have no such limit`(_ row: (count: UInt8, window: Int64)) {
        let limit = FailureLimit(count: row.count, window: row.window)
        #expect(throws: JournalError.self) { try FailureLimit(journalBytes: limit.journalBytes) }
    }
}
