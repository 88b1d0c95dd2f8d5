import AuthorizationCore
import Testing

@Suite struct `Contactless payments since the last PIN` {
    private static let key = ContactlessKey(card: World.card, currency: .euro)

    /// A program that takes contactless payments without a PIN up to 50.00 together, or three of them.
    private static func world(amount: Int64? = 5_000, count: Int64? = 3) -> World {
        var world = World()
        var policy = VerificationPolicy()
        policy.keys.pin = PINVerification(.ibm3624, key: .known("pvk"))
        policy.keys.chip = ChipVerification(.visa, cryptograms: .known("imk-ac"))
        policy.rules = [ProofRule(.cryptogram, .checked)]
        policy.limits = [UnprovedLimit(currency: .euro)]
        policy.limits[0].cumulativeAmount = amount
        policy.limits[0].cumulativeCount = count
        world.program.verification = policy
        world.state.pins[World.card] = PINState(reference: 1)
        return world
    }

    private static func request(
        _ amount: Int64,
        _ mode: EntryMode = .contactlessChip,
        _ change: (inout VerificationFacts) -> Void = { _ in }
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount)
        request.network = "test"
        request.entryMode = mode
        var facts = VerificationFacts(profileVersion: 0)
        change(&facts)
        request.verification = facts
        return request
    }

    private static func counter(_ world: World) -> [Int64] {
        let counter = world.state.contactlessCounters[key] ?? ContactlessCounter()
        return [counter.amount, counter.count, counter.round]
    }

    static let limits: [(amounts: [Int64], limit: (amount: Int64?, count: Int64?), isLastApproved: Bool)] = [
        ([5_000], (5_000, nil), true), ([5_001], (5_000, nil), false), ([2_000, 3_000], (5_000, nil), true),
        ([2_000, 3_001], (5_000, nil), false), ([1, 1, 1], (nil, 3), true), ([1, 1, 1, 1], (nil, 3), false),
        ([1], (nil, 0), false), ([1], (0, nil), false), ([9_000, 9_000], (nil, nil), true),
    ]

    @Test(arguments: limits.indices)
    func `are taken up to the limits, and the next one is to come again with the PIN`(_ index: Int) throws {
        let row = Self.limits[index]
        var world = Self.world(amount: row.limit.amount, count: row.limit.count)
        for amount in row.amounts.dropLast() {
            #expect(world.perform(.authorize(Self.request(amount))).isApproved)
        }
        let last = try #require(row.amounts.last)
        let decision = world.perform(.authorize(Self.request(last, .contactlessMagneticStripe)))
        #expect(decision.declineReason == (row.isLastApproved ? nil : .pinNeededContactless))
        let isCounted = row.limit.amount != nil || row.limit.count != nil
        let counted = row.isLastApproved ? row.amounts : row.amounts.dropLast()
        #expect(Self.counter(world).prefix(2) == (isCounted ? [counted.reduce(0, +), Int64(counted.count)] : [0, 0]))
    }

    @Test func `are recorded with what they come to, and with the limit`() {
        var world = Self.world()
        world.perform(.authorize(Self.request(2_000)))
        let checks = world.decision(on: .authorize(Self.request(4_000))).checks
        func check(_ check: Check) -> CheckResult? { checks.first { $0.check == check } }
        let amount = CheckResult(.contactlessAmount, .failed(.pinNeededContactless), observed: 6_000, limit: 5_000)
        #expect(check(.contactlessAmount) == amount)
        #expect(check(.contactlessCount) == CheckResult(.contactlessCount, .passed, observed: 2, limit: 3))
    }

    @Test(arguments: EntryMode.allCases.filter { $0 != .contactlessChip && $0 != .contactlessMagneticStripe })
    func `are no others`(_ mode: EntryMode) {
        var world = Self.world(amount: 0, count: 0)
        #expect(world.perform(.authorize(Self.request(100, mode))).declineReason != .pinNeededContactless)
        #expect(world.state.contactlessCounters.isEmpty)
    }

    /// What a request shows, and whether the count begins anew.
    static let proofs: [(name: String, mode: EntryMode, facts: @Sendable (inout VerificationFacts) -> Void, Bool)] = [
        ("a right PIN", .contactlessChip, { $0.pin = .match(reference: 1) }, true),
        ("a right PIN at contacts", .contactChip, { $0.pin = .match(reference: 1) }, true),
        ("a wrong PIN", .contactlessChip, { $0.pin = .noMatch(reference: 1) }, false),
        ("a PIN of before", .contactlessChip, { $0.pin = .match(reference: 2) }, false),
        ("a PIN that nobody verified", .contactlessChip, { $0.pin = .notVerified(.unavailable) }, false),
        ("the chip's word", .contactChip, { $0.chip = .withPIN(0b01) }, true),
        ("the chip's word that it was wrong", .contactChip, { $0.chip = .withPIN(0b11) }, false),
        ("a chip that compared none", .contactChip, { $0.chip = .withPIN(0) }, false),
        ("the word of a wrong cryptogram", .contactChip, { $0.chip = .withPIN(0b01, .noMatch) }, false),
        ("the word of a used cryptogram", .contactChip, { $0.chip = .withPIN(0b01, counter: 9) }, false),
    ]

    @Test(arguments: proofs.indices)
    func `are counted anew after`(_ index: Int) {
        let row = Self.proofs[index]
        var world = Self.world(amount: 2_000)
        world.state.chipCounters[ChipCounterKey(card: World.card, sequenceNumber: 0)] = ChipCounter(highest: 9)
        world.perform(.authorize(Self.request(2_000)))
        #expect(Self.counter(world) == [2_000, 1, 0])
        world.perform(.authorize(Self.request(2_000, row.mode, row.facts)))
        #expect(Self.counter(world) == (row.3 ? [0, 0, 1] : [2_000, 1, 0]), "\(row.name)")
        #expect(world.perform(.authorize(Self.request(2_000))).isApproved == row.3)
    }

    @Test func `are counted anew after a right PIN of a payment that was declined`() {
        var world = Self.world()
        world.perform(.authorize(Self.request(2_000)))
        let dear = Self.request(50_001, .contactChip) { $0.pin = .match(reference: 1) }
        #expect(world.perform(.authorize(dear)).declineReason == .transactionLimitExceeded)
        #expect(Self.counter(world) == [0, 0, 1])
    }

    @Test func `with a PIN are not counted, however large`() {
        var world = Self.world()
        let proved = Self.request(40_000) { $0.pin = .match(reference: 1) }
        #expect(world.perform(.authorize(proved)).isApproved)
        #expect(world.state.contactlessCounters.isEmpty)
    }

    @Test func `that are declined are not counted`() {
        var world = Self.world(amount: nil)
        #expect(world.perform(.authorize(Self.request(50_001))).declineReason == .transactionLimitExceeded)
        #expect(Self.counter(world) == [0, 0, 0])
    }

    @Test func `of a token count with the card's, those of other cards and currencies apart`() {
        var world = Self.world()
        var ofToken = Self.request(2_000)
        ofToken.use(token: 1)
        for request in [ofToken, Self.request(1_000)] { #expect(world.perform(.authorize(request)).isApproved) }
        #expect(Self.counter(world) == [3_000, 2, 0])
        let other = CardID(at: World.dayStart, shard: World.shard, entropy: 77)
        world.state.contactlessCounters[ContactlessKey(card: other, currency: .euro)] = ContactlessCounter(amount: 7)
        world.state.contactlessCounters[ContactlessKey(card: World.card, currency: .yen)] = ContactlessCounter(count: 7)
        world.perform(.authorize(Self.request(1, .contactChip) { $0.pin = .match(reference: 1) }))
        let rounds = world.state.contactlessCounters.mapValues(\.round)
        #expect(
            rounds == [
                Self.key: 1, ContactlessKey(card: other, currency: .euro): 0,
                ContactlessKey(card: World.card, currency: .yen): 1,
            ]
        )
    }
}

// MARK: - What is given back, and what was decided elsewhere

extension `Contactless payments since the last PIN` {
    @Test(arguments: [true, false])
    func `give back what they were counted with once nothing of them stands`(_ isPosted: Bool) throws {
        var world = Self.world()
        var request = Self.request(2_000)
        request.isSingleMessage = isPosted
        let first = try world.authorized(request)
        world.perform(.authorize(Self.request(1_000)))
        world.perform(.reverse(Reversal(target: .authorization(first.id), newTotal: 500)))
        #expect(Self.counter(world) == [3_000, 2, 0])
        world.moment.dayStart = world.moment.dayStart + 24 * Instant.hour
        for _ in 0..<2 { world.perform(.reverse(Reversal(target: .authorization(first.id)))) }
        #expect(Self.counter(world) == [1_000, 1, 0])
    }

    @Test func `of before a PIN give nothing back after it`() throws {
        var world = Self.world()
        let first = try world.authorized(Self.request(2_000))
        world.perform(.authorize(Self.request(1, .contactChip) { $0.pin = .match(reference: 1) }))
        world.perform(.authorize(Self.request(1_000)))
        world.perform(.reverse(Reversal(target: .authorization(first.id))))
        #expect(Self.counter(world) == [1_000, 1, 1])
    }

    @Test func `that are cleared in part give nothing back`() throws {
        var world = Self.world()
        let first = try world.authorized(Self.request(2_000))
        world.perform(.clear(Clearing(authorization: first.id, amount: Money(1, .euro), isFinal: false)))
        world.perform(.reverse(Reversal(target: .authorization(first.id))))
        #expect(Self.counter(world) == [2_000, 1, 0])
    }

    @Test func `are counted also when they were approved elsewhere, beyond any limit`() {
        var world = Self.world()
        var request = Self.request(6_000) { $0.chip = .withPIN(0) }
        request.message = MessageIdentity(key: "120:1", fingerprint: [1])
        let verdict = Advice.Verdict.approved(code: "1")
        let advice = Advice(request: request, verdict: verdict, reason: .offlineApproval, original: nil)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(Self.counter(world) == [6_000, 1, 0])
        // A PIN of long ago says nothing of what was paid since.
        var proved = Self.request(100, .contactChip) { $0.chip = .withPIN(0b01, counter: 11) }
        proved.message = MessageIdentity(key: "120:2", fingerprint: [1])
        let late = Advice(request: proved, verdict: verdict, reason: .offlineApproval, original: nil)
        #expect(world.perform(.advise(late)).acknowledgement == .recorded)
        #expect(Self.counter(world) == [6_000, 1, 0])
    }

    /// Approved in our stead, in the place of the message 100:1.
    private static func standIn(_ request: AuthorizationRequest) -> Command {
        let original = AuthorizationLink.message("100:1")
        return .advise(Advice(request: request, verdict: .approved(code: "1"), reason: .standIn, original: original))
    }

    @Test func `are counted when an advice approves what was declined`() {
        var world = Self.world(amount: 1_000)
        var request = Self.request(2_000)
        request.message = MessageIdentity(key: "100:1", fingerprint: [1])
        #expect(world.perform(.authorize(request)).declineReason == .pinNeededContactless)
        request.message = MessageIdentity(key: "120:1", fingerprint: [1])
        #expect(world.perform(Self.standIn(request)).acknowledgement == .recorded)
        #expect(Self.counter(world) == [2_000, 1, 0])
        world.perform(
            .reverse(Reversal(target: .message("100:1"), message: MessageIdentity(key: "400:1", fingerprint: [2])))
        )
        #expect(Self.counter(world) == [0, 0, 0])
    }

    /// The amounts that advices tell one after the other, and what is counted after each.
    @Test(
        arguments: [
            ([3_000], [3_000]), ([2_000, 2_500], [2_000, 2_500]), ([1_500, 1_900, 2_100], [2_000, 2_000, 2_100]),
            ([3_000, 2_500, 3_200], [3_000, 3_000, 3_200]),
        ] as [([Int64], [Int64])],
        [false, true]
    )
    func `are counted with what advices add to them`(_ row: (told: [Int64], counted: [Int64]), _ isPosted: Bool) {
        var world = Self.world()
        func request(_ amount: Int64, _ key: RequestKey) -> AuthorizationRequest {
            var request = Self.request(amount)
            request.message = MessageIdentity(key: key, fingerprint: [1])
            request.isSingleMessage = isPosted
            return request
        }
        world.perform(.authorize(request(2_000, "100:1")))
        for (number, (told, counted)) in zip(row.told, row.counted).enumerated() {
            let advice = Self.standIn(request(told, "120:\(number)"))
            #expect(world.perform(advice).acknowledgement == .recorded)
            #expect(Self.counter(world) == [counted, 1, 0])
        }
    }

    @Test func `that have expired are not counted again when an advice holds them anew`() throws {
        var world = Self.world()
        var request = Self.request(2_000)
        request.message = MessageIdentity(key: "100:1", fingerprint: [1])
        let id = try world.authorized(request).id
        world.state.authorizations[id]?.status = .expired
        world.state.authorizations[id]?.remaining = 0
        world.state.authorizations[id]?.held = 0
        request.message?.key = "120:1"
        #expect(world.perform(Self.standIn(request)).acknowledgement == .recorded)
        #expect(Self.counter(world) == [2_000, 1, 0])
    }

    @Test func `are journaled, each authorization with its share`() throws {
        var world = Self.world()
        var ofToken = Self.request(2_000)
        ofToken.use(token: 1)
        world.program.currencies[0].tokenDailyLimit = 10_000
        for request in [ofToken, Self.request(1_000)] {
            let decision = world.perform(.authorize(request))
            #expect(try Decision(journalBytes: decision.journalBytes) == decision)
            let bytes = decision.changes.map { $0.journalBytes.first }
            #expect(bytes.contains(15) && bytes.contains(16))
        }
        let state = try AccountState(journalBytes: world.state.journalBytes)
        #expect(state == world.state && state.contactlessCounters.count == 1)
        let below = ContactlessCounter(amount: -1)
        #expect(throws: JournalError.self) { try ContactlessCounter(journalBytes: below.journalBytes) }
    }

    @Test func `beyond what can be counted are declined`() {
        var world = Self.world(amount: .max)
        world.state.contactlessCounters[Self.key] = ContactlessCounter(amount: .max)
        #expect(world.perform(.authorize(Self.request(1))).declineReason == .pinNeededContactless)
    }
}

extension CryptogramFacts {
    /// - Parameter results: bit 1 for an offline PIN, bit 2 for a wrong one.
    fileprivate static func withPIN(
        _ results: UInt8,
        _ result: ProofVerification.Result = .match,
        counter: UInt16 = 10
    ) -> CryptogramFacts {
        var facts = CryptogramFacts.proven(CryptogramFacts(result), counter: counter)
        facts.cardResults = results
        return facts
    }
}
