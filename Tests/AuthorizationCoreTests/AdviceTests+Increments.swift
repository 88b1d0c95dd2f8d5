import AuthorizationCore
import Testing

// Advices of increments, by the names under which they are known.
extension `Advices` {
    private static func increment(_ key: RequestKey, _ transaction: String = "") -> AuthorizationRequest {
        var request = AuthorizationRequest.of(200, key: key)
        request.references = references(transaction)
        request.purpose = .increment
        request.increment = Increment(of: .message("100:1"), mode: .delta)
        return request
    }

    private static func references(_ transaction: String) -> NetworkReferences {
        NetworkReferences(transactionID: transaction, acquirer: "1", retrievalReference: transaction)
    }

    private static func adviceOfIncrement(_ original: AuthorizationLink?, _ transaction: String = "") -> Command {
        let verdict = Advice.Verdict.approved(code: "A1B2C3")
        let request = increment("120:1", transaction)
        return .advise(Advice(request: request, verdict: verdict, reason: .standIn, original: original))
    }

    /// The message that it names, what became of that before, and what a reversal names.
    static let advisedIncrements: [(original: RequestKey?, isDeclined: Bool, reversed: RequestKey)] = [
        (nil, false, "120:1"), ("100:2", false, "100:2"), ("100:2", true, "100:2"),
    ]

    @Test(arguments: advisedIncrements)
    func `an increment that was approved elsewhere adds to what is held, and is given back alone, and once`(
        _ row: (original: RequestKey?, isDeclined: Bool, reversed: RequestKey)
    ) throws {
        var world = World()
        var first = Self.original()
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        if row.isDeclined {
            world.state.balances[World.euros]?.posted = 1_000
            #expect(world.perform(.authorize(Self.increment("100:2"))).declineReason == .insufficientFunds)
        }
        let advised = world.perform(Self.adviceOfIncrement(row.original.map { .message($0) }, "TX"))
        let amounts = ApprovedAmounts(transaction: Money(200, .euro), billing: Money(200, .euro))
        #expect(advised.acknowledgement == (row.original == nil ? .recordedIncrement(amounts) : .applied))
        #expect(world.euros.pendingDebits == 1_200)
        if row.original != nil, !row.isDeclined {
            let late = world.decision(on: .authorize(Self.increment("100:2")))
            #expect(late.declineReason == .advisedBeforeArrival)
        }
        var copy = world
        for (number, name) in [row.reversed, "120:1", ":nti:TX", ":rrn:1:TX:A1B2C3"].enumerated() {
            let message = MessageIdentity(key: "420:\(number)", fingerprint: [2])
            copy.perform(.reverse(Reversal(target: .message(name), message: message)))
            #expect(copy.euros.pendingDebits == 1_000)
        }
        let message = MessageIdentity(key: "420:9", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message(row.reversed), message: message, newTotal: 50)))
        #expect(world.euros.pendingDebits == 1_050)
    }

    @Test func `one of an increment that we declined, with nothing pending, is a hold that its reversal finds`() throws
    {
        var world = World()
        #expect(world.perform(.authorize(Self.increment("100:2"))).declineReason == .originalNotFound)
        world.perform(Self.adviceOfIncrement(.message("100:2")))
        #expect(world.euros.pendingDebits == 200)
        let message = MessageIdentity(key: "420:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("100:2"), message: message)))
        #expect(world.euros.pendingDebits == 0)
    }

    @Test func `a stand-in's decline of an increment takes back what that added`() throws {
        var world = World()
        var first = Self.original()
        first.purpose = .preAuthorization
        _ = try world.authorized(first)
        var increment = AuthorizationRequest.of(200, key: "100:2")
        increment.purpose = .increment
        increment.increment = Increment(of: .message("100:1"), mode: .delta)
        world.perform(.authorize(increment))
        let decline = Self.advice(200, verdict: .declined, reason: .standIn, of: .message("100:2"))
        #expect(world.perform(.advise(decline)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 1_000)
    }
}
