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
    case readWebhooks = "webhooks:read"
    /// Has the events of all accounts sent somewhere.
    case writeWebhooks = "webhooks:write"
}

/// What an API key may do, from where, and how often.
package struct APIKeyTerms: Hashable, Sendable {
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
