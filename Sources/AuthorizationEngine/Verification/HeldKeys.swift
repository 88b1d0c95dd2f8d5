import AuthorizationCore
import CardCryptography
import Synchronization

/// Which of the stored keys are in use, and by what names the security module knows them. They may change while the
/// service runs.
package final class HeldKeys: Sendable {
    private let keys = Mutex<[StoredKey]>([])

    package init() {}

    /// - Parameter keys: those in use now: active ones, and previous ones before their end. Also those that the module
    ///   could not be given: what another version calls wrong may be right by them.
    package func replace(by keys: [StoredKey]) { self.keys.withLock { $0 = keys } }

    /// The names in the module of a key's versions, the active one first. None unless the key is its owner's, and for
    /// that usage.
    ///
    /// - Parameters:
    ///   - algorithm: of the versions that are meant; nil for any.
    ///   - checkValue: how theirs begins.
    package func names(
        _ name: KeyName,
        _ usage: KeyUsage,
        of owner: KeyOwner,
        _ algorithm: CipherAlgorithm? = nil,
        checkValue: [UInt8] = []
    ) -> [KeyName] {
        versions(name, usage, of: owner)
            .filter { algorithm == nil || $0.algorithm == algorithm }
            .filter { $0.checkValue.starts(with: checkValue) }
            .map(\.moduleName)
    }

    private func versions(_ name: KeyName, _ usage: KeyUsage, of owner: KeyOwner) -> [StoredKey] {
        keys.withLock { keys in
            keys.filter { $0.name == name && $0.terms.usage == usage && $0.terms.owner == owner }
                .sorted { ($0.state.rawValue, $1.version) < ($1.state.rawValue, $0.version) }
        }
    }

    /// The version that something new is made with.
    package func active(_ name: StoredKeyName, _ usage: KeyUsage, of program: ProgramID) -> StoredKey? {
        guard let name = KeyName(name.text) else { return nil }
        return versions(name, usage, of: .program(program)).first { $0.state == .active }
    }

    func names(_ name: StoredKeyName?, _ usage: KeyUsage, of profile: CardProfile) -> [KeyName] {
        name.map { names($0, usage, of: profile.program) } ?? []
    }

    /// - Parameter version: the only one that is meant; nil for any.
    func names(
        _ name: StoredKeyName,
        _ usage: KeyUsage,
        of program: ProgramID,
        version: Int32? = nil
    ) -> [KeyName] {
        guard let name = KeyName(name.text) else { return [] }
        return versions(name, usage, of: .program(program)).filter { version == nil || $0.version == version }
            .map(\.moduleName)
    }
}

extension StoredKey {
    /// A name in the module stays with its key, so each version has its own.
    package var moduleName: KeyName { name.ofVersion(version) }
}
