import AuthorizationCore

package enum APIKeyKind: IdentifierKind { package static let prefix = "key" }

package typealias APIKeyID = Identifier<APIKeyKind>

/// One thing that an API key may be allowed, as commands, problems, the database and the OpenAPI document write it.
package enum APIScope: String, CaseIterable, Hashable, Sendable {
    case readPrograms = "programs:read"
    case readAccounts = "accounts:read"
    case writeAccounts = "accounts:write"
    /// Puts money on accounts.
    case writeFundings = "fundings:write"
    /// Takes money off accounts: withdrawals, and transfers to other accounts.
    case writeTransfers = "transfers:write"
    case readCards = "cards:read"
    case writeCards = "cards:write"
    /// Lets somebody see a card's number.
    case revealCards = "cards:reveal"
    case writePINs = "pins:write"
    case readAuthorizations = "authorizations:read"
    case writeAuthorizations = "authorizations:write"
    /// Lets somebody follow all accounts, whatever else the key may read.
    case readEvents = "events:read"
    case readKeys = "keys:read"
    /// Makes, changes and revokes the tenant's API keys, none of which may do more than the one that does so.
    case writeKeys = "keys:write"
    case readWebhooks = "webhooks:read"
    /// Has the events of all accounts sent somewhere.
    case writeWebhooks = "webhooks:write"
}

/// What an API key may do, from where, and how often.
package struct APIKeyTerms: Hashable, Sendable {
    /// How long earlier secrets may still be taken, in seconds.
    package static let overlaps: ClosedRange<Int64> = 0...90 * 86_400

    /// Nil has all scopes, those that come later too.
    package var scopes: Set<APIScope>?
    /// From where it may be used; nil is from everywhere.
    package var addresses: [AddressRange]?
    /// Nil has the installation's.
    package var rate: RateLimit?

    /// What is changed apart from the rest.
    package enum Part: CaseIterable, Sendable {
        case scopes, addresses, rate
    }

    package init(scopes: Set<APIScope>? = nil, addresses: [AddressRange]? = nil, rate: RateLimit? = nil) {
        self.scopes = scopes
        self.addresses = addresses
        self.rate = rate
    }

    package func allow(_ scope: APIScope) -> Bool { scopes?.contains(scope) ?? true }

    /// An address that is not known is within no list.
    package func allow(_ address: IPAddress?) -> Bool {
        guard let addresses else { return true }
        return address.map { address in addresses.contains { $0.contains(address) } } ?? false
    }

    /// Whether nothing is allowed here that is not allowed there.
    ///
    /// - Parameter usual: the rate of keys without one of their own; nil where those are not limited.
    package func areWithin(_ other: APIKeyTerms, usual: RateLimit?) -> Bool {
        partsBeyond(other, usual: usual).isEmpty
    }

    /// The parts that allow what is not allowed there.
    package func partsBeyond(_ other: APIKeyTerms, usual: RateLimit?) -> [Part] {
        Part.allCases.filter { part in
            switch part {
            case .scopes:
                !Self.isPart(scopes, of: other.scopes) { $0.isSubset(of: $1) }
            case .addresses:
                !Self.isPart(addresses, of: other.addresses) { ranges, others in
                    ranges.allSatisfy { range in others.contains(where: range.isWithin) }
                }
            case .rate:
                !Self.isPart(rate ?? usual, of: other.rate ?? usual) { rate, most in
                    rate.perSecond <= most.perSecond && rate.burst <= most.burst
                }
            }
        }
    }

    /// Nil is all there is.
    private static func isPart<Value>(_ value: Value?, of whole: Value?, _ isPart: (Value, Value) -> Bool) -> Bool {
        guard let whole else { return true }
        return value.map { isPart($0, whole) } ?? false
    }
}

/// A live API key, and the tenant that it belongs to.
package struct TenantKey: Hashable, Sendable {
    package var id: APIKeyID
    package var tenant: TenantID
    package var terms: APIKeyTerms

    package init(id: APIKeyID, tenant: TenantID, terms: APIKeyTerms = APIKeyTerms()) {
        self.id = id
        self.tenant = tenant
        self.terms = terms
    }
}

/// What is kept of a key's secret.
package struct APIKeySecret: Hashable, Sendable {
    /// SHA-256, 32 bytes.
    package var hash: [UInt8]
    /// Its first 12 characters, by which people tell one secret from another.
    package var prefix: String

    package init(hash: [UInt8], prefix: String) {
        self.hash = hash
        self.prefix = prefix
    }
}
