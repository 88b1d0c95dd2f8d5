import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Finds cards by their PAN's index. Everything that waits is looked up in one statement.
package final class PostgresDirectory: Directory {
    private typealias Completion = @Sendable (Result<CardRoute?, any Error>) -> Void

    private struct Lookup: Sendable {
        var panIndex: [UInt8]
        var completion: Completion
    }

    private struct State {
        var waiting: [Lookup] = []
        var isScheduled = false
    }

    private static let find = Statement(
        "find_cards",
        """
        SELECT d.pan_index, d.card_id, d.account_id, d.tenant_id, d.version
        FROM unnest($1::bytea[]) AS k(pan_index) JOIN pan_directory d ON d.pan_index = k.pan_index
        """
    )

    private let thread: ConnectionThread
    private let state = Mutex(State())

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval directory", url: url, timeout: timeout)
    }

    package func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    ) {
        let mustSchedule = state.withLock { state in
            state.waiting.append(Lookup(panIndex: panIndex, completion: completion))
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { thread.submit { [self] connection in findWaiting(connection) } }
    }

    package func close() { thread.close() }

    private func findWaiting(_ connection: Result<PostgresConnection, PostgresError>) {
        let lookups = state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            state.isScheduled = false
            return state.waiting
        }
        let routes = Result { try Self.routes(Set(lookups.map(\.panIndex)), try connection.get()) }
        for lookup in lookups {
            lookup.completion(routes.map { $0[lookup.panIndex] })
        }
    }

    private static func routes(
        _ indexes: Set<[UInt8]>,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [[UInt8]: CardRoute] {
        var column = Column(.bytea)
        for index in indexes { column.append(index) }
        let found = try connection.run(Call(find, [Parameter(column)])).map { (row) throws(PostgresError) in
            (
                index: try row.bytes(),
                route: CardRoute(
                    card: try row.identifier(),
                    account: try row.identifier(),
                    tenant: try row.identifier(),
                    version: try row.int64()
                )
            )
        }
        return Dictionary(found.map { ($0.index, $0.route) }, uniquingKeysWith: { first, _ in first })
    }
}
