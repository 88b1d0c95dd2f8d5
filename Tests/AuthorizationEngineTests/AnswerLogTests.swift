import AuthorizationCore
import Testing

@testable import AuthorizationEngine

/// Which batches a lane may call answered.
@Suite struct AnswerLogTests {
    private static func time(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    @Test func `the first batch has none before it`() {
        let log = AnswerLog()
        let batch = log.open(at: Self.time(5))
        #expect(
            batch.record
                == BatchRecord(batch: 1, began: Self.time(5), answeredBatch: 0, unansweredSince: Self.time(5))
        )
        #expect(!log.isEmpty)
    }

    @Test func `a batch whose answers are out counts once all before it are`() {
        let log = AnswerLog()
        var batches = (1...4).map { Optional(log.open(at: Self.time($0))) }
        batches[1] = nil
        batches[2] = nil
        #expect(batches[3]?.record.answeredBatch == 0)
        #expect(batches[3]?.record.unansweredSince == Self.time(1))
        batches[0] = nil
        #expect(batches[3]?.record.answeredBatch == 3)
        #expect(batches[3]?.record.unansweredSince == Self.time(4))
        batches[3] = nil
        #expect(log.isEmpty)
        #expect(log.open(at: Self.time(9)).record.batch == 5)
    }

    @Test func `a batch is open as long as one of its answers is on its way`() {
        let log = AnswerLog()
        var batch: OpenBatch? = log.open(at: Self.time(1))
        var deliveries = (0..<3).map { _ in Optional(Self.delivery(batch)) }
        batch = nil
        for index in deliveries.indices {
            #expect(!log.isEmpty)
            deliveries[index]?.complete()
            deliveries[index] = nil
        }
        #expect(log.isEmpty)
    }

    @Test func `a batch with a lost answer is open until that is recorded`() throws {
        let log = AnswerLog()
        let inbox = LaneInbox()
        do { _ = Self.delivery(log.open(at: Self.time(1)), inbox) }
        #expect(!log.isEmpty)
        #expect(try Self.recordReport(inbox) == DeliveryRecord(authorization: Self.authorization, hasArrived: false))
        #expect(log.isEmpty)
    }

    /// Does what a lane does with a report, and lets go of it.
    private static func recordReport(_ inbox: LaneInbox) throws -> DeliveryRecord {
        guard let item = inbox.take(10)?.first, case .recordDelivery(let record) = item.command else {
            throw LostReport()
        }
        item.answer(.notFound)
        return record
    }

    @Test func `what a lane cannot record is reported again`() throws {
        let log = AnswerLog()
        let inbox = LaneInbox()
        let reports = DeliveryReports(inbox: inbox)
        do { _ = Self.delivery(log.open(at: Self.time(1)), reports) }
        let first = try #require(inbox.take(10)?.first)
        first.answer(.refused)
        #expect(inbox.waitingCount == 0 && !log.isEmpty)
        reports.sendUnrecorded()
        #expect(inbox.take(10)?.count == 1)
    }

    @Test func `a batch that is left open is never answered, and does not keep the log from going on`() {
        let log = AnswerLog()
        var batches = (1...4).map { Optional(log.open(at: Self.time($0))) }
        batches[1]?.leaveOpen()
        for index in 0..<3 { batches[index] = nil }
        #expect(batches[3]?.record.answeredBatch == 1)
        #expect(batches[3]?.record.unansweredSince == Self.time(2))
        batches[3] = nil
        #expect(!log.isEmpty)
    }

    @Test func `reports of lost answers leave room for requests`() {
        let inbox = LaneInbox()
        let reports = DeliveryReports(inbox: inbox)
        let log = AnswerLog()
        for _ in 0..<(3 * Limits.backgroundQueueLength) {
            Self.delivery(log.open(at: Self.time(1)), reports).lose()
        }
        #expect(inbox.waitingCount == Limits.backgroundQueueLength)
        #expect(inbox.submit(.of(.purchase(1), account: Bench.account(1), deadline: .now + .seconds(3_600))))
        var recorded = 0
        for _ in 0..<4 {
            while inbox.waitingCount > 0, let items = inbox.take(256) {
                for item in items {
                    if case .recordDelivery = item.command { recorded += 1 }
                    item.answer(.notFound)
                }
            }
            reports.sendUnrecorded()
        }
        #expect(recorded == 3 * Limits.backgroundQueueLength)
        #expect(log.isEmpty)
    }

    @Test func `a first answer that arrived needs no record, a repeated one settles the doubt`() throws {
        let inbox = LaneInbox()
        Self.delivery(AnswerLog().open(at: Self.time(1)), inbox).complete()
        #expect(inbox.waitingCount == 0)
        Self.delivery(nil, inbox, isRepeated: true).complete()
        guard case .recordDelivery(let record)? = inbox.take(10)?.first?.command else { throw LostReport() }
        #expect(record.hasArrived)
    }

    private struct LostReport: Error {}

    private static let authorization = AuthorizationID(at: Bench.now, shard: Bench.shard, entropy: 77)

    private static func delivery(
        _ batch: OpenBatch?,
        _ inbox: LaneInbox = LaneInbox(),
        isRepeated: Bool = false
    ) -> Delivery {
        delivery(batch, DeliveryReports(inbox: inbox), isRepeated: isRepeated)
    }

    private static func delivery(
        _ batch: OpenBatch?,
        _ reports: DeliveryReports,
        isRepeated: Bool = false
    ) -> Delivery {
        let report = DeliveryReport(account: Bench.account(0), authorization: authorization, batch: batch)
        return Delivery(report, isRepeated: isRepeated, to: reports)
    }
}
