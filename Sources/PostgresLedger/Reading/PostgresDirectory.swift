import AuthorizationCore
import AuthorizationEngine

/// Finds cards by their PAN's index. Everything that waits is looked up in one statement.
package final class PostgresDirectory: Directory {
    private static let find = Statement(
        "find_cards",
        """
        SELECT d.pan_index, d.card_id, d.account_id, d.tenant_id, d.version
        FROM unnest($1::bytea[]) AS k(pan_index) JOIN pan_directory d ON d.pan_index = k.pan_index
        """
    )

    private let lookups: GatheredLookups<[UInt8], CardRoute>

    package init(url: String, timeout: Duration) {
        let thread = ConnectionThread(name: "aval directory", url: url, timeout: timeout)
        lookups = GatheredLookups(on: thread) { try Self.routes($0, $1) }
    }

    package func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    ) {
        lookups.find(panIndex, completion: completion)
    }

    package func close() { lookups.close() }

    private static func routes(
        _ indexes: Set<[UInt8]>,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [[UInt8]: Result<CardRoute, any Error>] {
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
        return Dictionary(found.map { ($0.index, .success($0.route)) }, uniquingKeysWith: { first, _ in first })
    }
}
