import AuthorizationCore
import CardCryptography
import Synchronization

/// Which of the stored keys the security module has, and by what names. They may change while the service runs.
package final class HeldKeys: Sendable {
    private let keys = Mutex<[StoredKey]>([])

    package init() {}

    /// - Parameter keys: those in use now: active ones, and previous ones within their grace time.
    package func replace(by keys: [StoredKey]) { self.keys.withLock { $0 = keys } }

    /// The names in the module of a key's versions, the active one first. None unless the key is its owner's, and for
    /// that usage.
    ///
    /// - Parameter algorithm: of the versions that are meant; nil for any.
    package func names(
        _ name: KeyName,
        _ usage: KeyUsage,
        of owner: KeyOwner,
        _ algorithm: CipherAlgorithm? = nil
    ) -> [KeyName] {
        keys.withLock { keys in
            keys.filter { $0.name == name && $0.terms.usage == usage && $0.terms.owner == owner }
                .filter { algorithm == nil || $0.algorithm == algorithm }
                .sorted { $0.state.rawValue < $1.state.rawValue }.map(\.moduleName)
        }
    }

    func names(_ name: StoredKeyName?, _ usage: KeyUsage, of profile: CardProfile) -> [KeyName] {
        name.map { names($0, usage, of: profile.program) } ?? []
    }

    func names(_ name: StoredKeyName, _ usage: KeyUsage, of program: ProgramID) -> [KeyName] {
        KeyName(name.text).map { names($0, usage, of: .program(program)) } ?? []
    }
}

extension StoredKey {
    /// A name in the module stays with its key, so each version has its own.
    package var moduleName: KeyName { name.ofVersion(version) }
}
