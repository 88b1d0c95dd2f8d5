import AuthorizationCore
import Testing

/// An advice that shares the network's transaction identifier with a payment of 1,000, known as `net:0100:1`.
struct SharedTransactionRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var posts = false
    var adviceOfPosting = false
    var verdict = Advice.Verdict.approved(code: "A1B2C3")
    var reason: AdviceReason
    var original = AuthorizationLink.message("net:nti:TX")
    var held: Int64
    var posted: Int64
}

@Suite struct `Messages of one network transaction` {
    private static func payment(_ number: Int, _ amount: Int64 = 1_000, posts: Bool = false) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: "net:0100:\(number)")
        request.network = "net"
        request.references.transactionID = "TX"
        request.isSingleMessage = posts
        return request
    }

    private static func advice(_ row: SharedTransactionRow) -> Command {
        var request = payment(2, 300, posts: row.adviceOfPosting)
        request.message = MessageIdentity(key: "net:0120:2", fingerprint: [3])
        return .advise(Advice(request: request, verdict: row.verdict, reason: row.reason, original: row.original))
    }

    private static let another = AuthorizationLink.message("net:0100:2", aliases: ["net:nti:TX"])

    static let rows = [
        SharedTransactionRow(
            testDescription: "a stand-in for another message leaves what was posted",
            posts: true,
            reason: .standIn,
            original: another,
            held: 300,
            posted: 1_000
        ),
        SharedTransactionRow(
            testDescription: "a stand-in for another message leaves what is held",
            reason: .standIn,
            original: another,
            held: 1_300,
            posted: 0
        ),
        SharedTransactionRow(
            testDescription: "a stand-in's decline of another message takes nothing back",
            posts: true,
            verdict: .declined,
            reason: .standIn,
            original: another,
            held: 0,
            posted: 1_000
        ),
        SharedTransactionRow(
            testDescription: "an offline approval is a payment of its own",
            adviceOfPosting: true,
            reason: .offlineApproval,
            held: 1_000,
            posted: 300
        ),
        SharedTransactionRow(
            testDescription: "a completion of what was posted is another payment",
            posts: true,
            adviceOfPosting: true,
            reason: .completion,
            held: 0,
            posted: 1_300
        ),
        SharedTransactionRow(
            testDescription: "a completion completes what is held",
            adviceOfPosting: true,
            reason: .completion,
            held: 0,
            posted: 300
        ),
    ]

    @Test(arguments: rows)
    func `only a completion finds its original by it, and only what was held`(_ row: SharedTransactionRow) throws {
        var world = World()
        let first = try world.authorized(Self.payment(1, posts: row.posts))
        #expect(world.perform(Self.advice(row)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == row.held)
        #expect(world.euros.posted == 100_000 - row.posted)
        #expect(world.state.keys["net:nti:TX"]?.authorization == first.id)
    }

    @Test func `an approval takes the name from a decline, so that its completion finds it`() throws {
        var world = World(posted: 999)
        #expect(try world.authorized(Self.payment(1)).status == .declined)
        world.state.balances[World.euros]?.posted = 100_000
        let second = try world.authorized(Self.payment(2))
        #expect(world.state.keys["net:nti:TX"]?.authorization == second.id)
        let row = SharedTransactionRow(
            testDescription: "",
            adviceOfPosting: true,
            reason: .completion,
            held: 0,
            posted: 300
        )
        world.perform(Self.advice(row))
        #expect(world.euros.pendingDebits == 0 && world.euros.posted == 100_000 - 300)
    }

    @Test func `a second completion of what is cleared is kept, and posts nothing`() throws {
        var world = World()
        _ = try world.authorized(Self.payment(1))
        for (key, acknowledgement) in [("1", Acknowledgement.recorded), ("2", .exception(.adviceAfterClearing))] {
            var request = Self.payment(2, 300, posts: true)
            request.message = MessageIdentity(key: "net:0220:\(key)", fingerprint: [3])
            let verdict = Advice.Verdict.approved(code: "")
            let link = AuthorizationLink.message("net:nti:TX")
            let advice = Advice(request: request, verdict: verdict, reason: .completion, original: link)
            #expect(world.perform(.advise(advice)).acknowledgement == acknowledgement)
            #expect(world.euros.posted == 100_000 - 300 && world.euros.pendingDebits == 0)
        }
    }
}
