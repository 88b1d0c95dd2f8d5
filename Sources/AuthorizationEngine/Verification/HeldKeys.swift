import AuthorizationCore
import CardCryptography
import Synchronization

/// Which of the stored keys are in use, and by what names the security module knows them. They may change while the
/// service runs.
package final class HeldKeys: Sendable {
    private struct State {
        var keys: [StoredKey] = []
        var missing: Set<KeyName> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameters:
    ///   - keys: those in use now: active ones, and previous ones before their end. Also those that the module could not
    ///     be given: what another version calls wrong may be right by them.
    ///   - missing: the names in the module of those that it could not be given.
    package func replace(by keys: [StoredKey], missing: Set<KeyName> = []) {
        state.withLock { $0 = State(keys: keys, missing: missing) }
    }

    /// A key's versions. Nil when none is in use: unless the key is its owner's and for that usage, and where there is
    /// none of those that are meant.
    ///
    /// - Parameters:
    ///   - algorithm: of the versions that are meant; nil for any.
    ///   - checkValue: how theirs begins.
    package func versions(
        _ name: KeyName,
        _ usage: KeyUsage,
        of owner: KeyOwner,
        _ algorithm: CipherAlgorithm? = nil,
        checkValue: [UInt8] = []
    ) -> KeyVersions? {
        let (known, missing) = inUse(name, usage, of: owner)
        let meant = known.filter { algorithm == nil || $0.algorithm == algorithm }
            .filter { $0.checkValue.starts(with: checkValue) }
        guard !meant.isEmpty else { return nil }
        let keys = meant.map(HeldKey.init).filter { !missing.contains($0.name) }
        return KeyVersions(keys: keys, lacksSome: keys.count < meant.count)
    }

    private func inUse(
        _ name: KeyName,
        _ usage: KeyUsage,
        of owner: KeyOwner
    ) -> (keys: [StoredKey], missing: Set<KeyName>) {
        state.withLock { state in
            let keys = state.keys.filter { $0.name == name && $0.terms.usage == usage && $0.terms.owner == owner }
            return (
                keys.sorted { ($0.state.rawValue, $1.version) < ($1.state.rawValue, $0.version) }, state.missing
            )
        }
    }

    private func inUse(_ name: StoredKeyName, _ usage: KeyUsage, of program: ProgramID) -> [StoredKey] {
        KeyName(name.text).map { inUse($0, usage, of: .program(program)).keys } ?? []
    }

    /// The version that something new is made with.
    package func active(_ name: StoredKeyName, _ usage: KeyUsage, of program: ProgramID) -> StoredKey? {
        inUse(name, usage, of: program).first { $0.state == .active }
    }

    /// What the values of a new instance are made with.
    func active(for program: Program) -> [StoredKeyVersion] {
        (program.verification?.keys.ofInstances ?? []).compactMap { name, usage in
            active(name, usage, of: program.id).map { StoredKeyVersion(name, $0.version) }
        }
    }

    /// The version that an instance's values are made with; of an instance that knows none, the active one.
    ///
    /// - Parameter areRead: whether keys were read after the instance: what is not among them is not in use any more.
    ///   Else another process may have read a version first that is newer than those that are known here.
    /// - Throws: ``KeyVersionGone``, or `unknownKey` when there is no active one, or nobody knows here whether the
    ///   instance's is in use.
    package func version(
        _ name: StoredKeyName,
        _ usage: KeyUsage,
        of program: ProgramID,
        for instance: CardInstance?,
        areRead: Bool
    ) throws -> StoredKey {
        guard let version = instance?.version(of: name) else {
            guard let active = active(name, usage, of: program) else { throw PaymentCryptographyError.unknownKey }
            return active
        }
        let known = inUse(name, usage, of: program)
        if let own = known.first(where: { $0.version == version }) { return own }
        guard areRead || known.contains(where: { $0.version > version }) else {
            throw PaymentCryptographyError.unknownKey
        }
        throw KeyVersionGone(version: StoredKeyVersion(name, version))
    }

    /// The versions that a value may be of.
    ///
    /// - Parameter instances: those that may have it; none for what is not made for an instance.
    func versions(
        _ name: StoredKeyName?,
        _ usage: KeyUsage,
        of program: ProgramID,
        _ instances: [CardInstance]
    ) -> KeyVersions {
        guard let name else { return KeyVersions() }
        return versions(name, usage, of: program, only: instances.map { $0.version(of: name) })
    }

    /// - Parameter only: those that are meant; any that is in use where none is, or one is not known.
    func versions(
        _ name: StoredKeyName,
        _ usage: KeyUsage,
        of program: ProgramID,
        only: [Int32?]
    ) -> KeyVersions {
        guard let name = KeyName(name.text) else { return KeyVersions() }
        let (known, missing) = inUse(name, usage, of: .program(program))
        let meant = Set(only.compactMap { $0 })
        let isAny = only.isEmpty || only.contains(nil)
        let tried = known.filter { isAny || meant.contains($0.version) }
        let keys = tried.map(HeldKey.init).filter { !missing.contains($0.name) }
        let isWhole = keys.count == tried.count && meant.isSubset(of: tried.map(\.version))
        return KeyVersions(keys: keys, lacksSome: keys.isEmpty || !isWhole)
    }
}

/// The versions of a key that something may be of.
package struct KeyVersions: Hashable, Sendable {
    /// The active one first.
    package var keys: [HeldKey] = []
    /// Whether it may be of a version that is not in use any more, or that the module could not be given: it is not
    /// wrong because the others say so.
    package var lacksSome = true
}

/// A version of a key that the security module has.
package struct HeldKey: Hashable, Sendable {
    /// In the module.
    package var name: KeyName
    package var version: Int32

    package init(_ stored: StoredKey) {
        name = stored.moduleName
        version = stored.version
    }
}

/// What is to be made of a version of a key that is not in use any more.
package struct KeyVersionGone: Error, CustomStringConvertible {
    package var version: StoredKeyVersion

    package var description: String { "key \(version.name.text) version \(version.version) is not in use" }
}

extension StoredKey {
    /// A name in the module stays with its key, so each version has its own.
    package var moduleName: KeyName { name.ofVersion(version) }
}
