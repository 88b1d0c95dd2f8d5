import AuthorizationCore
import Logging
import Synchronization

/// Sees to it that the second half follows each first half of a transfer, whatever happened between: at the start and
/// every few seconds. Doing one twice does nothing.
package final class TransferCompleter: Sendable {
    /// Transfers listed at once.
    private static let pageLength = 256
    /// Second halves under way at once: the lanes have payments to carry.
    private static let commandsAtOnce = 16

    private let engine: AuthorizationEngine
    private let store: any TransferStore
    private let logger: Logger
    private let limit: Duration
    private let failures = Mutex(0)

    /// - Parameter limit: for which a lane has a second half. Nobody waits for it.
    package init(
        engine: AuthorizationEngine,
        store: any TransferStore,
        logger: Logger,
        limit: Duration = .seconds(10)
    ) {
        self.engine = engine
        self.store = store
        self.logger = logger
        self.limit = limit
    }

    /// One round. What fails is left for the next.
    package func completeAll() async {
        var last: TransferID?
        do {
            while !Task.isCancelled {
                let transfers = try await store.inTransit(after: last, limit: Self.pageLength)
                await complete(transfers)
                guard transfers.count == Self.pageLength else { return }
                last = transfers.last?.id
            }
        } catch {
            logger.warning("transfers in transit could not be looked for", metadata: ["problem": "\(error)"])
        }
    }

    private func complete(_ transfers: [TransferInTransit]) async {
        var left: [TransferID] = []
        for start in stride(from: 0, to: transfers.count, by: Self.commandsAtOnce) {
            left += await withTaskGroup(of: TransferID?.self) { group in
                for transfer in transfers[start...].prefix(Self.commandsAtOnce) {
                    group.addTask { await self.engine.complete(transfer, within: self.limit) ? nil : transfer.id }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
        }
        guard let first = left.min() else { return }
        failures.withLock { $0 += left.count }
        logger.warning(
            "transfers could not be completed, and are tried again",
            metadata: ["count": "\(left.count)", "first": "\(first)"]
        )
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        """
        # HELP aval_transfer_failures_total Second halves of transfers that are left for the next round.
        # TYPE aval_transfer_failures_total counter
        aval_transfer_failures_total \(failures.withLock { $0 })

        """
    }
}

extension AuthorizationEngine {
    /// The second half of a transfer.
    ///
    /// - Returns: whether the money has arrived.
    package func complete(_ transfer: TransferInTransit, within limit: Duration) async -> Bool {
        let reply = await perform(
            transfer.secondHalf,
            on: transfer.receiver,
            tenant: nil,
            actor: nil,
            client: nil,
            within: limit
        )
        guard case .decided(let answer) = reply else { return false }
        switch answer.decision.outcome {
        case .done, .refused(.transferNotInTransit): return true
        case .approved, .declined, .acknowledged, .refused: return false
        }
    }
}
