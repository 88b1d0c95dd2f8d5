import AuthorizationCore
import CardCryptography

/// Who holds cards and accounts. Nothing is decided by it but whether there are new ones: what is spent is decided on
/// accounts, whoever's they are.
package struct Cardholder: Hashable, Sendable {
    package enum Status: UInt8, ClosedList {
        case active = 1
        /// Gets no new card and no new account.
        case suspended = 2
        /// The same, for ever.
        case closed = 3

        /// Whether a request may lead from this status to `next`.
        package func allows(_ next: Status) -> Bool {
            switch self {
            case .active: next == .suspended || next == .closed
            case .suspended: next == .active || next == .closed
            case .closed: false
            }
        }
    }

    package var id: CardholderID
    package var tenant: TenantID
    /// The client's own identifier, once in a tenant. No personal data: it outlives an erasure.
    package var reference: String?
    package var name: SealedName?
    package var status: Status
    package var createdAt: Instant
    package var erasedAt: Instant?

    package init(
        id: CardholderID,
        tenant: TenantID,
        reference: String?,
        name: SealedName?,
        status: Status = .active,
        createdAt: Instant,
        erasedAt: Instant? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.reference = reference
        self.name = name
        self.status = status
        self.createdAt = createdAt
        self.erasedAt = erasedAt
    }
}

/// A name as it is stored.
package struct SealedName: Hashable, Sendable {
    package var ciphertext: [UInt8]
    package var keyID: Int16

    package init(ciphertext: [UInt8], keyID: Int16) {
        self.ciphertext = ciphertext
        self.keyID = keyID
    }

    package init(_ name: EmbossedName, of cardholder: CardholderID, _ vault: PANVault) throws {
        (ciphertext, keyID) = try vault.seal(name, associatedData: Self.place(cardholder))
    }

    package func open(of cardholder: CardholderID, _ vault: PANVault) throws -> EmbossedName {
        try vault.openName(ciphertext, keyID: keyID, associatedData: Self.place(cardholder))
    }

    private static func place(_ cardholder: CardholderID) -> [UInt8] {
        Array("cardholder name".utf8) + cardholder.bytes
    }
}
