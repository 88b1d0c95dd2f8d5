import AuthorizationCore
import AuthorizationEngine

/// Transfers on their way, on a connection of its own.
package final class PostgresTransferStore: TransferStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval transfers", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func inTransit(after last: TransferID?, limit: Int) async throws -> [TransferInTransit] {
        try await thread.run { connection in
            let parameters = [Parameter(last ?? TransferID(high: 0, low: 0)), Parameter(Int64(limit))]
            return try connection.run(Call(AccountTransferRows.waiting, parameters)).map(AccountTransferRows.read)
        }
    }
}
