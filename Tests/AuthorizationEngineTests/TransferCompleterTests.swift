import AuthorizationCore
import AuthorizationEngine
import Logging
import Testing

/// Second halves that no lane takes.
@Suite struct TransferCompleterTests {
    private struct Stuck: TransferStore {
        let transfers: [TransferInTransit]

        func inTransit(after last: TransferID?, limit: Int) async throws -> [TransferInTransit] {
            Array(transfers.filter { $0.id > last ?? TransferID(high: 0, low: 0) }.prefix(limit))
        }
    }

    @Test func `what cannot be completed is counted, and holds few others up`() async throws {
        let euro = try #require(Currency(alphabetic: "EUR"))
        let transfers = (UInt64(1)...16).map { number in
            let account = AccountID(high: 0, low: number)
            return TransferInTransit(
                id: TransferID(high: 0, low: number),
                from: account,
                to: account,
                Money(1, euro),
                reference: ""
            )
        }
        let engine = AuthorizationEngine(inboxes: [LaneInbox()])
        let completer = TransferCompleter(
            engine: engine,
            store: Stuck(transfers: transfers),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            limit: .seconds(3)
        )
        async let round: Void = completer.completeAll()
        // One after the other they would come four seconds apart.
        let end = ContinuousClock.now + .seconds(40)
        while engine.waitingCount < transfers.count, .now < end { try await Task.sleep(for: .milliseconds(10)) }
        #expect(engine.waitingCount == transfers.count)
        await round
        #expect(completer.text.hasSuffix("\naval_transfer_failures_total 16\n"))
    }
}
