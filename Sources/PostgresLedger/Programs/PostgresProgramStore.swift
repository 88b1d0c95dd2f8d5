import AuthorizationCore
import AuthorizationEngine

/// Programs and records as operators see them over HTTP, on a connection of its own with the serving role.
package final class PostgresProgramStore: ProgramStore {
    private static let pause = Duration.milliseconds(20)

    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval programs", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func program(_ id: ProgramID, of tenant: TenantID) async throws -> KeptProgram? {
        try await thread.run { connection in
            try Administration(connection).keptProgram(id).flatMap { $0.program.tenant == tenant ? $0 : nil }
        }
    }

    package func isTaken(bin: String, except program: ProgramID) async throws -> Bool {
        try await thread.run { try Administration($0).isTaken(bin: bin, except: program) }
    }

    package func answer(to key: ClientKey) async throws -> (fingerprint: [UInt8], answer: [UInt8])? {
        let statement = Statement(
            "operator_request",
            "SELECT fingerprint, answer FROM operator_requests WHERE tenant_id = $1 AND key = $2"
        )
        return try await thread.run { connection in
            try connection.run(Call(statement, [Parameter(key.tenant), Parameter(key.text)]))
                .map { (row) throws(PostgresError) in (fingerprint: try row.bytes(), answer: try row.bytes()) }.first
        }
    }

    package func isDecided(_ key: ClientKey) async throws -> Bool {
        let statement = Statement(
            "is_decided",
            "SELECT FROM client_keys WHERE tenant_id = $1 AND key = $2 AND event_id IS NOT NULL"
        )
        return try await thread.run { connection in
            try connection.run(Call(statement, [Parameter(key.tenant), Parameter(key.text)])).count > 0
        }
    }

    package func write(_ write: ProgramWrite, _ signed: SignedWrite) async throws -> WriteOutcome {
        try await thread.run { connection in
            do {
                do {
                    try Administration(connection).write(write, signed)
                } catch PostgresError.refused("40001", _), PostgresError.refused("40P01", _) {
                    // Others were in the way, and are done now.
                    try Administration(connection).write(write, signed)
                }
                return .stored
            } catch let error as PostgresError where error.isTakenKey {
                return .keyTaken
            } catch PostgresError.refused(sqlState: "AV001", _), PostgresError.refused(_, "program_versions_pkey") {
                return .refused
            }
        }
    }

    package func waitUntilInForce(within limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        let fence = try await thread.run { try Administration($0).fence() }
        while try await !thread.run({ try Administration($0).hasPassed(fence) }) {
            guard .now < deadline else { return false }
            try await Task.sleep(for: Self.pause)
        }
        return true
    }

    package func records(of tenant: TenantID, before: ActionID?, limit: Int) async throws -> [AuditRecord]? {
        try await thread.run { connection in
            if let before {
                let known = Call(Self.known, [Parameter(tenant), Parameter(before)])
                guard try connection.run(known).count > 0 else { return nil }
            }
            var last = Column(.uuid)
            last.append(before)
            let call = Call(Self.records, [Parameter(tenant), Parameter(last), Parameter(Int64(limit))])
            return try connection.run(call).map(AuditRecordColumns.read)
        }
    }

    private static let known = Statement(
        "known_action",
        "SELECT FROM operator_actions WHERE tenant_id = $1 AND id = $2"
    )

    private static let records = Statement(
        "actions_of_tenant",
        """
        SELECT \(AuditRecordColumns.list) FROM \(AuditRecordColumns.source)
        WHERE a.tenant_id = $1 AND (($2::uuid[])[1] IS NULL OR (a.at, a.id)
            < (SELECT b.at, b.id FROM operator_actions b WHERE b.id = ($2::uuid[])[1]))
        ORDER BY a.at DESC, a.id DESC LIMIT $3
        """
    )
}
