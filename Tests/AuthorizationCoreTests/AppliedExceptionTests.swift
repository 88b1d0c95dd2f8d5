import AuthorizationCore
import Testing

@Suite struct `Applied exceptions` {
    private static let exception = EventID(at: World.dayStart, shard: World.shard, entropy: 77)

    @Test func `a reversal that comes later finds what was applied`() throws {
        var world = World()
        let advice = Advices.advice(700, posts: true, verdict: .unclear)
        #expect(world.perform(.advise(advice)).acknowledgement == .exception(.verdictUnclear))
        world.perform(.applyException(ApplyException(exception: Self.exception, message: .advice(advice))))
        #expect(world.euros.posted == 99_300)
        let reversal = Reversal(target: .message("120:1"), message: MessageIdentity(key: "420:1", fingerprint: [4]))
        #expect(world.perform(.reverse(reversal)).acknowledgement == .applied)
        #expect(world.euros.posted == 100_000)
    }

    @Test func `an approval that an operator applies uses its card`() {
        var world = World()
        world.state.cards[World.card]?.details.terms.useLimit = 1
        let advice = Advices.advice(700, posts: true, verdict: .unclear)
        world.perform(.applyException(ApplyException(exception: Self.exception, message: .advice(advice))))
        #expect(world.state.cards[World.card]?.details.uses == 1)
        #expect(world.decision(on: .authorize(.of(100))).declineReason == .cardUsedUp)
    }

    @Test func `a key that is another message's stays its own`() throws {
        var world = World()
        _ = try world.authorized(.of(400, key: "120:1"))
        let known = world.state.keys["120:1"]
        var advice = Advices.advice(700, of: nil)
        advice.request.message?.fingerprint = [9]
        let decision = world.perform(
            .applyException(ApplyException(exception: Self.exception, message: .advice(advice)))
        )
        #expect(decision.acknowledgement == .recorded && world.euros.pendingDebits == 1_100)
        #expect(world.state.keys["120:1"] == known)
    }

    /// As it comes when the card's number was damaged.
    private static func damaged() -> Advice {
        var advice = Advices.advice(700, posts: true)
        advice.request.card = nil
        advice.request.message?.fingerprint = [9]
        return advice
    }

    @Test func `what came without its card is not applied once its repeat was taken`() {
        var world = World()
        #expect(world.perform(.advise(Advices.advice(700, posts: true))).acknowledgement == .recorded)
        let apply = ApplyException(exception: Self.exception, message: .advice(Self.damaged()), card: World.card)
        #expect(world.perform(.applyException(apply)).outcome == .refused(.transitionNotAllowed))
        #expect(world.euros.posted == 99_300)
    }

    @Test func `the repeat of what came without its card and was applied is kept for an operator`() {
        var world = World()
        let apply = ApplyException(exception: Self.exception, message: .advice(Self.damaged()), card: World.card)
        #expect(world.perform(.applyException(apply)).acknowledgement == .recorded)
        let repeated = world.perform(.advise(Advices.advice(700, posts: true)))
        #expect(repeated.acknowledgement == .exception(.keyReusedWithOtherContent))
        let intact = ExceptionMessage.advice(Advices.advice(700, posts: true))
        let again = ApplyException(exception: Self.exception, message: intact, card: World.card)
        #expect(world.perform(.applyException(again)).outcome == .refused(.transitionNotAllowed))
        #expect(world.euros.posted == 99_300)
    }

    @Test func `a part of an increment is taken back once`() throws {
        var world = World()
        var first = Advices.original()
        first.purpose = .preAuthorization
        let id = try world.authorized(first).id
        var increment = AuthorizationRequest.of(500, key: "100:2")
        increment.purpose = .increment
        increment.increment = Increment(of: .authorization(id), mode: .delta)
        #expect(world.perform(.authorize(increment)).isApproved)
        let reversal = Reversal(target: .message("100:2"))
        let apply = ApplyException(exception: Self.exception, message: .reversal(reversal))
        #expect(world.perform(.applyException(apply)).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 1_000)
        #expect(world.decision(on: .applyException(apply)).outcome == .refused(.transitionNotAllowed))
        var more = apply
        more.amount = Money(200, .euro)
        #expect(world.perform(.applyException(more)).acknowledgement == .applied)
        #expect(world.euros.pendingDebits == 800)
    }
}
