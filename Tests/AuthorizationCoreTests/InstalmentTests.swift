import AuthorizationCore
import Testing

@Suite struct `Payments in instalments` {
    private static func request(
        _ amount: Int64,
        _ funding: Instalments.Funding = .merchant,
        count: Int64 = 10
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "100:1")
        request.instalments = Instalments(funding: funding, count: count)
        return request
    }

    private static func completion(_ amount: Int64, _ number: Int) -> Command {
        var request = AuthorizationRequest.of(amount, key: "220:\(number)")
        request.isSingleMessage = true
        let verdict = Advice.Verdict.approved(code: "A1")
        return .advise(Advice(request: request, verdict: verdict, reason: .completion, original: .message("100:1")))
    }

    private static func clearing(_ amount: Int64, of id: AuthorizationID, isFinal: Bool) -> Command {
        .clear(Clearing(authorization: id, amount: Money(amount, .euro), isFinal: isFinal))
    }

    /// What the parts of 10,000 amount to each, and whether they are said to be final.
    @Test(arguments: [Int64(1_000), 999, 1_001], [nil, false, true])
    func `that the merchant funds are cleared one by one, and the hold stays for the rest until the last`(
        _ part: Int64,
        _ isFinal: Bool?
    ) throws {
        var world = World()
        let original = try world.authorized(Self.request(10_000))
        for number in 1...10 {
            #expect(world.euros.pendingDebits == max(0, 10_000 - part * Int64(number - 1)))
            world.nextDay()
            let command = isFinal.map { Self.clearing(part, of: original.id, isFinal: $0) }
            let decision = world.perform(command ?? Self.completion(part, number))
            #expect(decision.acknowledgement == (isFinal == nil ? .recorded : .applied))
            #expect(world.euros.posted == 100_000 - part * Int64(number))
        }
        #expect(world.euros.pendingDebits == 0)
        let cleared = try #require(world.state.authorizations[original.id])
        #expect(cleared.status == .cleared && cleared.instalments?.isDone == true)
        #expect(world.perform(Self.completion(part, 11)).acknowledgement == .exception(.adviceAfterClearing))
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
    }

    @Test func `that the issuer funds are cleared as a whole`() throws {
        var world = World()
        let original = try world.authorized(Self.request(10_000, .issuer))
        #expect(original.instalments == nil)
        world.perform(Self.completion(9_000, 1))
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 91_000)
    }

    @Test func `that are cleared at once are cleared: nothing more is posted`() throws {
        var world = World()
        let original = try world.authorized(Self.request(300, count: 3))
        world.perform(Self.completion(300, 1))
        #expect(world.euros.posted == 99_700 && world.state.authorizations[original.id]?.status == .cleared)
        #expect(world.perform(Self.completion(300, 2)).acknowledgement == .exception(.adviceAfterClearing))
        #expect(world.euros.posted == 99_700)
    }

    @Test func `that are taken back after some were cleared give back the rest; what is told late is an exception`()
        throws
    {
        var world = World()
        let original = try world.authorized(Self.request(10_000))
        for number in 1...3 { world.perform(Self.completion(1_000, number)) }
        let reversal = Reversal(target: .authorization(original.id))
        #expect(world.perform(.reverse(reversal)).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 97_000)
        #expect(world.counter.amount == 3_000 && world.counter.count == 1)
        #expect(world.perform(Self.completion(1_000, 4)).acknowledgement == .exception(.adviceAfterClearing))
        #expect(world.euros.posted == 97_000)
    }

    @Test func `of a refund or a single message are none to wait for`() throws {
        var world = World()
        var refund = Self.request(1_000)
        refund.kind = .refund
        #expect(try world.authorized(refund).instalments == nil)
        var single = Self.request(1_000)
        single.message?.key = "200:1"
        single.isSingleMessage = true
        #expect(try world.authorized(single).instalments == nil)
    }

    @Test func `are not approved in part`() {
        let world = World(posted: 500)
        var request = Self.request(1_000)
        request.allowsPartialApproval = true
        #expect(world.decision(on: .authorize(request)).declineReason == .insufficientFunds)
    }

    @Test func `wait also for those that a stand-in approved after we declined`() throws {
        var world = World(posted: 0)
        _ = try world.authorized(Self.request(10_000))
        var request = Self.request(10_000)
        request.message?.key = "120:1"
        let verdict = Advice.Verdict.approved(code: "A1")
        world.perform(
            .advise(Advice(request: request, verdict: verdict, reason: .standIn, original: .message("100:1")))
        )
        world.perform(Self.completion(1_000, 1))
        #expect(world.euros.pendingDebits == 9_000)
    }

    @Test(
        arguments: [(Int64(2), nil, true), (99, 1, true), (1, nil, false), (100, nil, false), (2, 0, false)]
            as [(Int64, Int64?, Bool)]
    )
    func `are 2 to 99, of amounts above 0`(_ count: Int64, _ amount: Int64?, _ isMade: Bool) {
        #expect((Instalments(funding: .merchant, count: count, amount: amount) != nil) == isMade)
    }
}
