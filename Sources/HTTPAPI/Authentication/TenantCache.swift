import AuthorizationCore
import AuthorizationEngine
import Hummingbird
import Synchronization

/// Finds the tenant of a request's API key. A key that was found is believed for a few seconds, so that a busy client
/// costs no query per request and a revoked key stops soon.
final class TenantCache: Sendable {
    private struct Entry {
        var tenant: TenantID
        var expiresAt: ContinuousClock.Instant
    }

    static let lifetime = Duration.seconds(5)
    static let largestCount = 1_024

    private let reader: any LedgerReader
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    init(reader: any LedgerReader) { self.reader = reader }

    /// - Throws: `Problem` 401 without a key or with an unknown one; the reader's error when it cannot be looked up.
    func tenant(authorization: String?) async throws -> TenantID {
        guard let authorization, let key = Self.key(in: authorization) else {
            throw Problem(.unauthenticated, "Send `Authorization: Bearer aval_sk_…` with your API key.")
        }
        let hash = key.hash
        let now = ContinuousClock.now
        if let entry = entries.withLock({ $0[hash] }), entry.expiresAt > now { return entry.tenant }
        guard let tenant = try await reader.tenant(keyHash: hash) else {
            throw Problem(.unauthenticated, "The API key is not known, or was revoked.")
        }
        remember(tenant, hash, now)
        return tenant
    }

    private func remember(_ tenant: TenantID, _ hash: [UInt8], _ now: ContinuousClock.Instant) {
        entries.withLock { entries in
            if entries.count >= Self.largestCount {
                entries = entries.filter { $0.value.expiresAt > now }
            }
            if entries.count >= Self.largestCount { entries.removeAll() }
            entries[hash] = Entry(tenant: tenant, expiresAt: now + Self.lifetime)
        }
    }

    /// The scheme's name is matched without regard to case (RFC 9110, section 11.1).
    private static func key(in authorization: String) -> APIKey? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return APIKey(text: String(parts[1]))
    }
}
