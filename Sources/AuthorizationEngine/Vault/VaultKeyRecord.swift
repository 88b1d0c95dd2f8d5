import AuthorizationCore
import CardCryptography

/// What a key of the vault is for.
package enum VaultPurpose: UInt8, ClosedList {
    /// Encrypts card numbers.
    case data = 1
    /// Makes the indexes that cards are found by.
    case index = 2
    /// Makes what stands for numbers in what is compared with later requests.
    case content = 3
    /// Makes the codes of reveal tokens.
    case token = 4
    /// Encrypts what PINs are verified with.
    case pin = 5
}

/// Where a key stands in its life. Every process has heard of a state once it is older than ``PANVault/lease``.
package enum VaultKeyState: UInt8, ClosedList {
    /// Known to all before anything needs it. New cards have an index under it too.
    case announced = 1
    /// Seals new cards; cards are looked up by it.
    case active = 2
    /// Still opens, and some may yet look up by it: new cards have an index under it too.
    case previous = 3
    /// Of an index key: nobody looks up by it any more.
    case leaving = 4
    /// Erased.
    case retired = 5
}

/// A key of the vault as it is stored.
package struct VaultKeyRecord: Hashable, Sendable {
    package struct Name: Hashable, Sendable, CustomStringConvertible {
        package var purpose: VaultPurpose
        package var id: Int16

        package init(_ purpose: VaultPurpose, _ id: Int16) {
            self.purpose = purpose
            self.id = id
        }

        /// Also the place that the wrapped key is bound to.
        package var description: String { "vault \(purpose.name) key \(id)" }
    }

    package var name: Name
    package var state: VaultKeyState
    /// The key that wraps it.
    package var wrappedBy: Int16
    /// Nil once it is retired.
    package var wrapped: [UInt8]?
    package var createdAt: Instant
    package var stateSince: Instant

    package init(
        _ name: Name,
        _ state: VaultKeyState,
        wrappedBy: Int16,
        wrapped: [UInt8]?,
        createdAt: Instant = .wallClock,
        stateSince: Instant = .wallClock
    ) {
        self.name = name
        self.state = state
        self.wrappedBy = wrappedBy
        self.wrapped = wrapped
        self.createdAt = createdAt
        self.stateSince = stateSince
    }

    /// A key that is wrapped and stored for the first time.
    ///
    /// - Parameter id: of the key that wraps it, among `wrapping`.
    package init(
        _ key: SecretKey,
        as name: Name,
        _ state: VaultKeyState,
        by id: Int16,
        of wrapping: KeyEncryptionKeys
    ) throws(CryptographyError) {
        let wrapped = try wrapping.wrap(key, by: id, at: name.description)
        self.init(name, state, wrappedBy: id, wrapped: wrapped)
    }
}
