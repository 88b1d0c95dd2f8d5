import AuthorizationCore
import AuthorizationEngine

/// Tenants and their API keys as HTTP shows and changes them, on a connection of its own with the serving role.
package final class PostgresClientStore: ClientStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval clients", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func tenant(_ id: TenantID) async throws -> TenantView? {
        try await thread.run { try Administration($0).tenant(id) }
    }

    package func apiKeys(of tenant: TenantID, before: APIKeyID?, limit: Int) async throws -> [ListedAPIKey]? {
        try await thread.run { connection in
            let administration = Administration(connection)
            if let before {
                guard try administration.apiKey(before, of: tenant) != nil else { return nil }
            }
            return try administration.apiKeys(of: tenant, before: before, limit: limit)
        }
    }

    package func apiKey(_ id: APIKeyID, of tenant: TenantID) async throws -> ListedAPIKey? {
        try await thread.run { try Administration($0).apiKey(id, of: tenant) }
    }

    package func hasRoom(for write: APIKeyWrite) async throws -> Bool {
        try await thread.run { try Administration($0).hasRoom(for: write) }
    }

    package func write(_ write: APIKeyWrite, _ signed: SignedKeyWrite) async throws -> WriteOutcome {
        try await thread.run { connection in
            do {
                try Administration(connection).write(write, signed)
                return .stored
            } catch let error as PostgresError where error.isTakenKey {
                return .keyTaken
            } catch PostgresError.refused(sqlState: "AV001", _), PostgresError.refused(_, "api_key_secrets_current") {
                return .refused
            }
        }
    }
}
