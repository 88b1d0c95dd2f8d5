import AuthorizationCore
import AuthorizationEngine
import TestSupport
import Testing

extension LostConnectionTests {
    @Test func `while the database is away the patient are decided later and the others told in time`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let approved = lane(world)
        let first = approved.submit(try world.payment(0), on: world.cards[0].account)
        guard case .decided(let answer) = try await approved.reply(to: first),
            case .approved(let approval) = answer.decision.outcome
        else { throw BrokenLane.NotAnswered() }
        world.proxy.stop()
        let reversal = Command.reverse(Reversal(target: .authorization(approval.authorization)))
        let patient = approved.submit(try world.payment(1), on: world.cards[1].account)
        let reversed = approved.submit(reversal, on: world.cards[0].account, within: .milliseconds(100))
        let hasty = approved.submit(try world.payment(1), on: world.cards[1].account, within: .milliseconds(300))
        try await after(.seconds(1)) { Result { try world.proxy.start() } }.get()
        try await approved.close()
        _ = try world.check(approved, [first, patient], "patient")
        let replies = approved.replies(to: reversed)
        guard replies.count == 1, case .decided(let answer) = replies[0],
            case .acknowledged = answer.decision.outcome
        else {
            Issue.record("\(replies)")
            return
        }
        #expect(try world.batches(of: reversed).count == 1)
        let late = approved.replies(to: hasty)
        guard late.count == 1, case .late = late[0] else {
            Issue.record("\(late)")
            return
        }
        #expect(try world.batches(of: hasty).isEmpty)
        try world.checkLedger()
    }

    @Test func `while the database stays away requests are refused and nothing is left of them`() async throws {
        let world = try await World.make()
        defer { world.end() }
        let lane = BrokenLane(world.proxy.url)
        world.proxy.stop()
        let ids = try world.submitBatch(to: lane)
        lane.start()
        try await lane.close()
        try world.proxy.start()
        for id in ids {
            let replies = lane.replies(to: id)
            guard replies.count == 1, case .refused = replies[0] else {
                Issue.record("\(replies)")
                continue
            }
            #expect(try world.batches(of: id).isEmpty)
        }
        try world.checkLedger()
    }
}
