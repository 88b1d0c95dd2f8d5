import AuthorizationCore
import AuthorizationEngine
import HTTPTypes
import Hummingbird
import Synchronization

/// Who asks, and for which tenant.
struct Principal: Sendable {
    var tenant: TenantID
    var actor: CommandActor
    /// Nil of an operator.
    var terms: APIKeyTerms?
    /// Nil of a client.
    var role: OperatorRole?

    /// - Throws: `Problem` 403 when a client's key does not have the scope that the operation needs, or an operator
    ///   not the role.
    func check(_ operation: APIOperation) throws {
        switch operation.access {
        case .open: return
        case .clients(let scope): try terms?.check(scope)
        case .clientsAndOperators(let scope, let least):
            try terms?.check(scope)
            if let role, operation.method == .post { try Self.check(role, atLeast: least) }
        case .operators(let least):
            guard let role else { throw Problem(.operatorRequired, "Send it with an operator's key.") }
            try Self.check(role, atLeast: least)
        }
    }

    private static func check(_ role: OperatorRole, atLeast least: OperatorRole) throws {
        guard role < least else { return }
        throw Problem(.roleInsufficient, "This needs an operator with the role \(least.name).")
    }
}

/// Finds out who sent a request. An API key that was found is believed for a few seconds, so that a busy client costs
/// no query per request and a revoked key stops soon. What changes API keys is looked up each time, so that a key that
/// was revoked or rotated makes no other one; and so is each request of an operator, of whom there are few.
final class Authenticator: Sendable {
    private struct Entry {
        var key: TenantKey
        var expiresAt: ContinuousClock.Instant
    }

    /// How long a revoked API key may go on working.
    static let lifetime = Duration.seconds(5)
    static let largestCount = 1_024
    static let tenantHeader = "Aval-Tenant"

    private let reader: any LedgerReader
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    init(reader: any LedgerReader) { self.reader = reader }

    /// - Parameter address: where the request comes from; nil when that is not known.
    /// - Throws: `Problem` 401 without a live key, 403 when the key may not be used from there or the operator may not
    ///   do this; the reader's error when it cannot be looked up.
    func principal(
        _ headers: HTTPFields,
        _ operation: APIOperation,
        from address: IPAddress?
    ) async throws -> Principal {
        guard let key = headers[.authorization].flatMap(Self.key) else {
            throw Problem(.unauthenticated, "Send `Authorization: Bearer …` with your key.")
        }
        switch key.holder {
        case .client:
            let found = try await tenantKey(key.hash, isBelieved: !operation.changesAPIKeys)
            guard found.terms.allow(address) else {
                throw Problem(.addressNotAllowed, "Send it from an address that the key's list has.")
            }
            return Principal(tenant: found.tenant, actor: .apiKey(found.id), terms: found.terms)
        case .operator:
            guard let person = try await reader.findOperator(keyHash: key.hash) else { throw Self.unknownKey }
            guard operation.method == .get || person.role.mayChange else {
                throw Problem(.roleInsufficient, "Operators with the role reader may only send GET.")
            }
            let actor = CommandActor.operator(person.id, person.name)
            return Principal(tenant: try await tenant(headers), actor: actor, role: person.role)
        }
    }

    private func tenantKey(_ hash: [UInt8], isBelieved: Bool) async throws -> TenantKey {
        let now = ContinuousClock.now
        if isBelieved, let entry = entries.withLock({ $0[hash] }), entry.expiresAt > now { return entry.key }
        guard let found = try await reader.tenantKey(hash: hash) else { throw Self.unknownKey }
        remember(found, hash, now)
        return found
    }

    /// The tenant that an operator acts for.
    private func tenant(_ headers: HTTPFields) async throws -> TenantID {
        let values = HTTPField.Name(Self.tenantHeader).map { headers[values: $0] } ?? []
        guard let value = values.first, values.count == 1, let id = TenantID(value) else {
            throw Problem(
                .tenantRequired,
                "An operator names the tenant with each request.",
                errors: [FieldError(place: .header(Self.tenantHeader), detail: "Expected one tenant's id, `ten_…`.")]
            )
        }
        guard try await reader.hasTenant(id) else {
            throw Problem(
                .tenantNotFound,
                "Check the tenant's id; `aval api-key list` shows those that have keys.",
                errors: [FieldError(place: .header(Self.tenantHeader), detail: "There is no such tenant.")]
            )
        }
        return id
    }

    private static var unknownKey: Problem { Problem(.unauthenticated, "The key is not known, or was revoked.") }

    private func remember(_ key: TenantKey, _ hash: [UInt8], _ now: ContinuousClock.Instant) {
        entries.withLock { entries in
            if entries.count >= Self.largestCount {
                entries = entries.filter { $0.value.expiresAt > now }
            }
            if entries.count >= Self.largestCount { entries.removeAll() }
            entries[hash] = Entry(key: key, expiresAt: now + Self.lifetime)
        }
    }

    /// The scheme's name is matched without regard to case (RFC 9110, section 11.1).
    private static func key(in authorization: String) -> AccessKey? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return AccessKey(text: String(parts[1]))
    }
}

extension APIOperation {
    fileprivate var changesAPIKeys: Bool {
        switch access {
        case .clients(let scope), .clientsAndOperators(let scope, _): scope == .writeKeys
        case .open, .operators: false
        }
    }
}

extension APIKeyTerms {
    /// - Throws: `Problem` 403 without the scope.
    func check(_ scope: APIScope) throws {
        guard allow(scope) else {
            throw Problem(.scopeMissing, "This needs a key with the scope `\(scope.rawValue)`.")
        }
    }
}

extension OperatorRole {
    fileprivate var mayChange: Bool {
        switch self {
        case .reader: false
        case .operator, .administrator: true
        }
    }
}
