import AuthorizationCore
import Logging

/// Sees to it that the second half follows each first half of a transfer, whatever happened between: at the start and
/// every few seconds. Doing one twice does nothing.
package struct TransferCompleter: Sendable {
    /// Transfers listed at once.
    private static let pageLength = 256
    /// For which a lane has the second half: nobody waits for it.
    private static let limit = Duration.seconds(10)

    private let engine: AuthorizationEngine
    private let store: any TransferStore
    private let logger: Logger

    package init(engine: AuthorizationEngine, store: any TransferStore, logger: Logger) {
        self.engine = engine
        self.store = store
        self.logger = logger
    }

    /// One round. What fails is left for the next.
    package func completeAll() async {
        var last: TransferID?
        do {
            while true {
                let transfers = try await store.inTransit(after: last, limit: Self.pageLength)
                for transfer in transfers { _ = await engine.complete(transfer, within: Self.limit) }
                guard transfers.count == Self.pageLength else { return }
                last = transfers.last?.id
            }
        } catch {
            logger.warning("transfers in transit could not be looked for", metadata: ["problem": "\(error)"])
        }
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
