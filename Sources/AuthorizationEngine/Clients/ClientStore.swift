import AuthorizationCore

/// An API key as its tenant and operators see it.
package struct ListedAPIKey: Sendable {
    package var key: TenantKey
    package var tenantName: String
    package var label: String
    package var createdAt: Instant
    package var revokedAt: Instant?
    /// To the minute.
    package var lastUsedAt: Instant?
    /// Of the newest secret; nil of one from before prefixes were kept.
    package var secretPrefix: String?
    /// While an earlier secret is still taken.
    package var overlapsUntil: Instant?
    /// Whether no other live key of the tenant has the scope `keys:write`, and this one does.
    package var isLastToWriteKeys: Bool
    /// All that a change can touch, as text: tells whether the key is still as it was read.
    package var record: String

    package init(
        key: TenantKey,
        tenantName: String,
        label: String,
        createdAt: Instant,
        revokedAt: Instant? = nil,
        lastUsedAt: Instant? = nil,
        secretPrefix: String? = nil,
        overlapsUntil: Instant? = nil,
        isLastToWriteKeys: Bool,
        record: String
    ) {
        self.key = key
        self.tenantName = tenantName
        self.label = label
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
        self.secretPrefix = secretPrefix
        self.overlapsUntil = overlapsUntil
        self.isLastToWriteKeys = isLastToWriteKeys
        self.record = record
    }
}

extension ListedAPIKey {
    /// Live keys of a tenant: more than its programs and machines need, and a list that is read in one page.
    package static let mostLive = 100
    /// Secrets of a key that are taken at the same time: the newest, and those whose overlap is not over.
    package static let mostLiveSecrets = 10
}

/// What is done to an API key.
package enum APIKeyWrite: Sendable {
    case add(TenantKey, label: String, APIKeySecret)
    /// Puts these parts in the place of those that the key has; the rest stays.
    case change(APIKeyID, Set<APIKeyTerms.Part>, of: APIKeyTerms)
    /// Another secret. Earlier ones are taken for so many seconds, and no longer than they would have been.
    case rotate(APIKeyID, APIKeySecret, overlapSeconds: Int64)
    /// - Parameter evenLast: also when nobody with a key of the tenant can make another one then.
    case revoke(APIKeyID, evenLast: Bool)
}

/// Who writes, and what is kept of it.
package struct SignedKeyWrite: Sendable {
    /// Nil while there is no operator.
    package var author: CommandActor?
    /// What an author that is an API key may do, as it was found: the write is refused when that key is revoked by then,
    /// or may do something else.
    package var authorTerms: APIKeyTerms
    /// The key's record as it was read: the write is refused when it is another by then. Nil for any.
    package var seen: String?
    /// Nil without an Idempotency-Key.
    package var request: ClientRequest?
    /// What a repeat gets: without the secret.
    package var answer: [UInt8]

    package init(
        author: CommandActor?,
        authorTerms: APIKeyTerms = APIKeyTerms(),
        seen: String? = nil,
        request: ClientRequest? = nil,
        answer: [UInt8] = []
    ) {
        self.author = author
        self.authorTerms = authorTerms
        self.seen = seen
        self.request = request
        self.answer = answer
    }
}

/// A tenant with its programs, by their names.
package struct TenantView: Sendable {
    package struct NamedProgram: Sendable {
        package var id: ProgramID
        package var name: String
        /// The one in force.
        package var version: Int32

        package init(id: ProgramID, name: String, version: Int32) {
            self.id = id
            self.name = name
            self.version = version
        }
    }

    package var id: TenantID
    package var name: String
    package var createdAt: Instant
    package var programs: [NamedProgram]

    package init(id: TenantID, name: String, createdAt: Instant, programs: [NamedProgram]) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.programs = programs
    }
}

/// Tenants and their API keys as HTTP shows and changes them, away from the lanes.
package protocol ClientStore: Sendable {
    func tenant(_ id: TenantID) async throws -> TenantView?
    /// The newest first; nil when there is no such key of the tenant to go on from.
    func apiKeys(of tenant: TenantID, before: APIKeyID?, limit: Int) async throws -> [ListedAPIKey]?
    func apiKey(_ id: APIKeyID, of tenant: TenantID) async throws -> ListedAPIKey?
    /// Whether the write would leave no more live keys or secrets than there may be.
    func hasRoom(for write: APIKeyWrite) async throws -> Bool
    /// All of it in one transaction. Refused when there is no room for it.
    func write(_ write: APIKeyWrite, _ signed: SignedKeyWrite) async throws -> WriteOutcome
}
