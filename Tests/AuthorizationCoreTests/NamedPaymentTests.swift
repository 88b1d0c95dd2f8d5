import AuthorizationCore
import TestSeed
import Testing

/// Which payment a message means, where its network names it in more than one way, or in none that leads to it.
@Suite struct `What a message is about` {
    private static func request(_ amount: Int64, _ key: RequestKey, transaction: String = "TX") -> AuthorizationRequest
    {
        var request = AuthorizationRequest.of(amount, key: key)
        request.network = "net"
        request.references.transactionID = transaction
        request.references.acquirer = "1234"
        request.references.retrievalReference = "REF"
        return request
    }

    private static func advice(
        _ amount: Int64,
        _ original: AuthorizationLink?,
        _ verdict: Advice.Verdict = .approved(code: "A1B2C3"),
        reason: AdviceReason = .standIn,
        key: RequestKey = "net:0120:9",
        posts: Bool = false
    ) -> Command {
        var request = request(amount, key)
        request.isSingleMessage = posts
        return .advise(Advice(request: request, verdict: verdict, reason: reason, original: original))
    }

    private static func reversal(_ target: AuthorizationLink, _ number: Int = 1) -> Command {
        .reverse(Reversal(target: target, message: MessageIdentity(key: "net:0420:\(number)", fingerprint: [2])))
    }

    private static func code(_ decision: Decision) -> String {
        if case .approved(let approval) = decision.outcome { approval.codeText } else { "" }
    }

    // MARK: Late originals

    @Test(arguments: [AdviceReason.completion, .standIn, .other])
    func `a forced advice that is known by its transaction alone stops its late original, and only that`(
        _ reason: AdviceReason
    ) {
        for link in [AuthorizationLink.message("net:nti:TX"), .message("net:0100:9", aliases: ["net:nti:TX"])] {
            var world = World()
            #expect(world.perform(Self.advice(1_000, link, reason: reason)).acknowledgement == .recorded)
            let late = world.perform(.authorize(Self.request(1_000, "net:0100:1")))
            #expect(late.declineReason == .advisedBeforeArrival)
            #expect(world.euros.pendingDebits == 1_000)
            #expect(world.perform(.authorize(Self.request(200, "net:0100:2"))).isApproved)
        }
    }

    @Test func `an acceptor that did not ask sends no late original`() {
        var world = World()
        let link = AuthorizationLink.message("net:0100:9", aliases: ["net:nti:TX"])
        world.perform(Self.advice(1_000, link, reason: .offlineApproval))
        #expect(world.perform(.authorize(Self.request(200, "net:0100:1"))).isApproved)
    }

    @Test func `a second forced advice of the transaction leaves the first one's late original stopped`() {
        var world = World()
        let link = AuthorizationLink.message("net:nti:TX")
        world.perform(Self.advice(1_000, link, reason: .other))
        world.perform(Self.advice(500, link, reason: .other, key: "net:0120:8"))
        let late = world.perform(.authorize(Self.request(1_000, "net:0100:1")))
        #expect(late.declineReason == .advisedBeforeArrival && world.euros.pendingDebits == 1_500)
    }

    @Test func `a declined advice leaves a transaction waited for that a reversal named`() {
        var world = World()
        world.perform(Self.reversal(.references(["net:nti:TX"], awaited: "net:nti:TX")))
        world.perform(Self.advice(1_000, nil, .declined, reason: .offlineApproval))
        #expect(world.perform(.authorize(Self.request(1_000, "net:0100:1"))).declineReason == .reversedBeforeArrival)
    }

    // MARK: Merchants' own payments

    /// A payment that names the earlier one it follows from.
    private static func own(
        _ amount: Int64,
        _ key: RequestKey = "net:0100:5",
        _ purpose: Purpose = .final
    ) -> AuthorizationRequest {
        var request = request(amount, key)
        request.purpose = purpose
        if purpose == .final { request.initiator = .merchant }
        return request
    }

    /// Whatever becomes of the merchant's payment, the first one's late message is stopped.
    @Test(arguments: [Purpose.final, .noShow, .delayedCharge, .resubmission], [300, 200_000] as [Int64])
    func `a merchant's own payment follows from one that was approved in our stead, and is not that one`(
        _ purpose: Purpose,
        _ amount: Int64
    ) {
        var world = World()
        world.program.currencies[0].transactionLimit = 500_000
        world.program.currencies[0].dailyLimit = 500_000
        world.perform(Self.advice(1_000, .message("net:0100:1", aliases: ["net:nti:TX"])))
        let decision = world.perform(.authorize(Self.own(amount, "net:0100:5", purpose)))
        #expect(decision.declineReason == (amount == 300 ? nil : .insufficientFunds))
        #expect(world.euros.pendingDebits == (amount == 300 ? 1_300 : 1_000))
        for key in ["net:0100:1", "net:0100:2"] {
            let late = world.decision(on: .authorize(Self.request(1_000, key)))
            #expect(late.declineReason == .advisedBeforeArrival)
        }
    }

    @Test func `a merchant's own payment that was itself approved in our stead is not held twice`() {
        var world = World()
        let link = AuthorizationLink.message("net:0100:5", aliases: ["net:nti:TX"])
        let request = Self.own(300, "net:0120:9")
        world.perform(
            .advise(Advice(request: request, verdict: .approved(code: "A1"), reason: .standIn, original: link))
        )
        #expect(world.perform(.authorize(Self.own(300))).declineReason == .advisedBeforeArrival)
        #expect(world.euros.pendingDebits == 300)
    }

    /// The advice has a name of its own, and names the transaction alone.
    @Test func `a merchant's own payment of the amount of one that its transaction was advised for is that one`() {
        var world = World()
        let advised = Self.own(300, "net:0120:9")
        let link = AuthorizationLink.message("net:nti:TX")
        world.perform(
            .advise(Advice(request: advised, verdict: .approved(code: "A1"), reason: .standIn, original: link))
        )
        #expect(world.decision(on: .authorize(Self.own(300))).declineReason == .advisedBeforeArrival)
        #expect(world.decision(on: .authorize(Self.own(400, "net:0100:6"))).isApproved)
        world.moment.now = world.moment.now + .seconds(86_401)
        #expect(world.decision(on: .authorize(Self.own(300))).isApproved)
    }

    @Test func `a merchant's own payment whose reversal came first by its transaction alone holds nothing`() {
        var world = World()
        world.perform(Self.reversal(.references(["net:nti:TX"], awaited: "net:nti:TX")))
        #expect(world.perform(.authorize(Self.own(300))).declineReason == .reversedBeforeArrival)
        #expect(world.perform(.authorize(Self.own(400, "net:0100:6"))).isApproved)
    }

    // MARK: Reversals by reference

    @Test func `a reversal by references finds, waits under the transaction, or is kept`() {
        var world = World()
        var request = Self.request(1_000, "net:0100:1")
        request.purpose = .preAuthorization
        let approval = "net:rrn:1234:REF:\(Self.code(world.perform(.authorize(request))))"
        for (keys, awaited, acknowledgement) in [
            ([approval], nil, Acknowledgement.applied),
            (["net:rrn:1234:REF:X", "net:nti:TX"], "net:nti:TX", .applied),
            (["net:rrn:1234:REF:X"], nil, .exception(.originalNotFound)), ([], nil, .exception(.originalNotFound)),
            (["net:rrn:1234:REF:X", "net:nti:TY"], "net:nti:TY", .waitsForOriginal),
        ] as [([RequestKey], RequestKey?, Acknowledgement)] {
            var copy = world
            let decision = copy.perform(Self.reversal(.references(keys, awaited: awaited)))
            #expect(decision.acknowledgement == acknowledgement, "\(keys)")
            #expect(copy.euros.pendingDebits == (acknowledgement == .applied ? 0 : 1_000))
            guard acknowledgement == .waitsForOriginal else { continue }
            let late = copy.perform(.authorize(Self.request(1_000, "net:0100:2", transaction: "TY")))
            #expect(late.declineReason == .reversedBeforeArrival)
        }
    }

    // MARK: References and approval codes

    @Test(arguments: [false, true])
    func `where nothing else names it, a completion finds its hold by reference and approval code`(
        _ isNamedByApproval: Bool
    ) {
        var world = World()
        var request = Self.request(1_000, "net:0100:1", transaction: "")
        request.isNamedByApproval = isNamedByApproval
        let key = "net:rrn:1234:REF:\(Self.code(world.perform(.authorize(request))))"
        let link = AuthorizationLink.message("net:0200:9", aliases: [key])
        let completion = Self.advice(800, link, reason: .completion, key: "net:0220:9", posts: true)
        #expect(world.perform(completion).acknowledgement == .recorded)
        #expect(world.euros.posted == 100_000 - 800 && world.euros.pendingDebits == (isNamedByApproval ? 0 : 1_000))
        // What is posted at once has nothing to follow.
        request.isSingleMessage = true
        request.message?.key = "net:0200:2"
        let single = world.perform(.authorize(request))
        #expect(world.state.keys["net:rrn:1234:REF:\(Self.code(single))"] == nil)
    }

    @Test func `the name by approval code is known before the decision, and its first message keeps it`() throws {
        print("AVAL_SEED=\(TestSeed.value)")
        var source = SplitMix64(seed: TestSeed.value)
        for _ in 0..<100 {
            var world = World()
            world.seed = source.next()
            var request = Self.request(1_000, "net:0100:1")
            request.purpose = .estimated
            let key = try #require(request.approvalKey(seed: world.seed))
            let taken = KeyRecord(fingerprint: [7], authorization: nil, answer: .done)
            var collided = world
            collided.state.keys[key] = taken
            #expect(key == "net:rrn:1234:REF:\(Self.code(world.perform(.authorize(request))))")
            #expect(world.state.keys[key]?.fingerprint == [1])
            #expect(collided.perform(.authorize(request)).isApproved)
            #expect(collided.state.keys[key] == taken)
        }
    }

    // MARK: Declines and increments

    @Test func `a decline that was reversed keeps the approval that was given in our stead`() {
        var world = World(posted: 0)
        #expect(world.perform(.authorize(Self.request(1_000, "net:0100:1"))).declineReason == .insufficientFunds)
        #expect(world.perform(Self.reversal(.message("net:0100:1"))).acknowledgement == .nothingLeft)
        let late = world.perform(Self.advice(1_000, .message("net:0100:1")))
        #expect(late.acknowledgement == .exception(.adviceAfterReversal))
        #expect(world.euros.pendingDebits == 0)
        // Of a part that remains, it says nothing.
        var part = World(posted: 0)
        part.perform(.authorize(Self.request(1_000, "net:0100:1")))
        let message = MessageIdentity(key: "net:0420:1", fingerprint: [2])
        part.perform(.reverse(Reversal(target: .message("net:0100:1"), message: message, newTotal: 400)))
        #expect(part.perform(Self.advice(1_000, .message("net:0100:1"))).acknowledgement == .recorded)
    }

    private static func increment(_ amount: Int64, _ key: RequestKey, _ mode: Increment.Mode) -> AuthorizationRequest {
        var increment = request(amount, key)
        increment.purpose = .increment
        increment.increment = Increment(of: .message("net:0100:1"), mode: mode)
        return increment
    }

    private static func adviceOfIncrement(_ amount: Int64, _ mode: Increment.Mode = .delta) -> Command {
        let request = increment(amount, "net:0120:9", mode)
        let verdict = Advice.Verdict.approved(code: "A1B2C3")
        return .advise(Advice(request: request, verdict: verdict, reason: .other, original: .message("net:0100:2")))
    }

    private static func preAuthorized() -> World {
        var world = World()
        var first = request(1_000, "net:0100:1")
        first.purpose = .preAuthorization
        world.perform(.authorize(first))
        return world
    }

    static let confirmations: [(mode: Increment.Mode, advised: Int64, isKnown: Bool)] = [
        (.delta, 200, true), (.delta, 300, false), (.delta, 100, false), (.cumulative, 1_200, true),
        (.cumulative, 1_300, false),
    ]

    @Test(arguments: confirmations)
    func `an advised increment that is on the books is kept when it tells another amount`(
        _ row: (mode: Increment.Mode, advised: Int64, isKnown: Bool)
    ) {
        var world = Self.preAuthorized()
        let asked = row.mode == .delta ? Int64(200) : 1_200
        #expect(world.perform(.authorize(Self.increment(asked, "net:0100:2", row.mode))).isApproved)
        let decision = world.perform(Self.adviceOfIncrement(row.advised, row.mode))
        #expect(decision.acknowledgement == (row.isKnown ? .nothingLeft : .exception(.originalDiffers)))
        #expect(world.euros.pendingDebits == 1_200)
    }

    @Test func `an advised increment that says no reason stops its late request, and is reversed under its own name`() {
        var world = Self.preAuthorized()
        world.perform(Self.adviceOfIncrement(200))
        #expect(world.euros.pendingDebits == 1_200)
        let late = world.decision(on: .authorize(Self.increment(200, "net:0100:2", .delta)))
        #expect(late.declineReason == .advisedBeforeArrival)
        var copy = world
        let unsure = copy.perform(Self.reversal(.message("net:0100:2")))
        #expect(unsure.acknowledgement == .exception(.originalIsReversal))
        #expect(world.perform(Self.reversal(.message("net:0120:9"))).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 1_000)
    }

    @Test func `a stand-in's decline of an increment keeps the wish for what was cleared`() throws {
        var world = Self.preAuthorized()
        let id = try #require(world.state.keys["net:0100:1"]?.authorization)
        world.perform(.authorize(Self.increment(200, "net:0100:2", .delta)))
        world.perform(.clear(Clearing(authorization: id, amount: Money(1_150, .euro), isFinal: false)))
        let decline = world.perform(Self.advice(200, .message("net:0100:2"), .declined))
        #expect(decline.acknowledgement == .exception(.adviceAfterClearing))
        #expect(world.euros.pendingDebits == 0)
    }
}
