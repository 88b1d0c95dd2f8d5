import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// Replaces a key of the vault while the service runs. What is next is read from the keys' states, so that whatever ends a
/// rotation, the next call goes on where it was. Payments never wait: cards are changed in small chunks under their
/// accounts' locks, which a lane passes over and comes back to.
package final class VaultRotation {
    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    /// What is next for the key of a purpose.
    enum Step: Equatable {
        /// Adds a key, for all to know before anything needs it.
        /// The key that wraps it is its forerunner's, which every process has; a newer one may still be on its way.
        case announce(VaultKeyRecord.Name, wrappedBy: Int16)
        case activate(VaultKeyRecord.Name, insteadOf: VaultKeyRecord.Name)
        case leave(VaultKeyRecord.Name)
        case retire(VaultKeyRecord.Name)
    }

    let connection: PostgresConnection
    var keyring: VaultKeyring
    /// How long each state lasts before the next, for all to know it.
    private let lease: Duration
    private let author: Operator?
    let say: (String) -> Void

    /// - Parameters:
    ///   - lease: that of ``PANVault``, and a margin for clocks and transactions.
    ///   - author: nil while there is no operator.
    ///   - say: called with a line about each step.
    package init(
        _ connection: PostgresConnection,
        _ wrapping: KeyEncryptionKeys,
        lease: Duration = PANVault.lease + .seconds(2),
        author: Operator?,
        say: @escaping (String) -> Void
    ) {
        self.connection = connection
        keyring = VaultKeyring(wrapping)
        self.lease = lease
        self.author = author
        self.say = say
    }

    /// Wraps every key with the newest wrapping key. Processes go on with the keys that they have opened.
    package func rotateWrapping() throws {
        try withLock {
            let current = keyring.wrapping.current
            var calls: [Call] = []
            for record in try keys() where record.wrappedBy != current {
                guard let wrapped = record.wrapped else { continue }
                let place = record.name.description
                let key = try keyring.wrapping.unwrap(wrapped, by: record.wrappedBy, at: place)
                var new = record
                new.wrappedBy = current
                new.wrapped = try keyring.wrapping.wrap(key, by: current, at: place)
                calls.append(VaultStatements.rewrap(new))
            }
            guard !calls.isEmpty else { return say("all keys are wrapped by vault-kek-\(current).key") }
            _ = try connection.run(calls + [record("vault-kek-\(current)", "wraps \(calls.count) keys")])
            say("wrapped \(calls.count) keys by vault-kek-\(current).key")
        }
    }

    /// Finishes the rotation that is under way, else makes one from its beginning to its end.
    package func rotate(_ purpose: VaultPurpose) throws {
        try withLock {
            guard purpose == .data || purpose == .index else {
                throw Problem(description: "the \(purpose.name) key is not rotated")
            }
            // Known before the first step, which the serving role may make, and not the others.
            _ = try connection.run(VaultStatements.mayChange)
            var records = try keys()
            guard var step = Self.nextStep(records.filter { $0.name.purpose == purpose }, isNew: true) else {
                throw Problem(description: "the vault has no keys yet: `aval serve` makes them")
            }
            while true {
                try perform(step, records)
                records = try keys()
                guard let next = Self.nextStep(records.filter { $0.name.purpose == purpose }, isNew: false) else {
                    return
                }
                step = next
            }
        }
    }

    /// - Parameter isNew: whether to begin where nothing is under way.
    static func nextStep(_ keys: [VaultKeyRecord], isNew: Bool) -> Step? {
        guard let active = keys.first(where: { $0.state == .active }) else { return nil }
        for key in keys {
            switch key.state {
            case .announced: return .activate(key.name, insteadOf: active.name)
            case .previous: return .leave(key.name)
            case .leaving: return .retire(key.name)
            case .active, .retired: continue
            }
        }
        let newest = keys.map(\.name.id).max() ?? active.name.id
        return isNew ? .announce(.init(active.name.purpose, newest + 1), wrappedBy: active.wrappedBy) : nil
    }

    private func perform(_ step: Step, _ records: [VaultKeyRecord]) throws {
        switch step {
        case .announce(let name, let wrapping):
            let new = try VaultKeyRecord(try .random(), as: name, .announced, by: wrapping, of: keyring.wrapping)
            try change(name, .announced, [VaultStatements.add([new], onlyFirst: false)])
        case .activate(let name, let old):
            try waitUntilKnown(name)
            if name.purpose == .index { try addIndexes(under: name.id, PANVault(try keyring.keys(records))) }
            // The active one gives way first: there is one at most.
            try change(
                name,
                .active,
                [
                    VaultStatements.change(old, from: .active, to: .previous),
                    VaultStatements.change(name, from: .announced, to: .active),
                ]
            )
        case .leave(let name):
            try waitUntilKnown(name)
            if name.purpose == .data { try sealAllAgain(from: name.id, records) }
            try change(name, .leaving, [VaultStatements.change(name, from: .previous, to: .leaving)])
        case .retire(let name):
            try waitUntilKnown(name)
            if name.purpose == .index { try dropIndexes(under: name.id) }
            // A secret or a name that was sealed before its process knew may have been written behind the first time.
            if name.purpose == .data { try sealAllAgain(from: name.id, records) }
            try checkUnused(name)
            try change(name, .retired, [VaultStatements.change(name, from: .leaving, to: .retired)])
        }
    }

    /// Seals with the active key what an earlier one sealed.
    private func sealAllAgain(from key: Int16, _ records: [VaultKeyRecord]) throws {
        let vault = PANVault(try keyring.keys(records))
        try sealAgain(from: key, vault)
        try sealWebhookSecretsAgain(from: key, vault)
        try sealNamesAgain(from: key, vault)
    }

    private func change(_ name: VaultKeyRecord.Name, _ state: VaultKeyState, _ calls: [Call]) throws {
        _ = try connection.run([VaultStatements.lockAlone] + calls + [record("\(name)", state.name)])
        say("\(name) is \(state.name)")
    }

    private func record(_ object: String, _ details: String) -> Call {
        Administration.record(.rotateVaultKey, object, details, by: author)
    }

    private func keys() throws(PostgresError) -> [VaultKeyRecord] {
        try connection.run(Call(VaultStatements.keys)).map(VaultStatements.read)
    }

    /// Until every process has heard of the key's state, and no card is on its way that was admitted before.
    private func waitUntilKnown(_ name: VaultKeyRecord.Name) throws {
        let call = Call(
            Statement(
                "vault_key_age",
                """
                SELECT (extract(epoch FROM clock_timestamp() - state_since) * 1000)::int8 FROM vault_keys
                WHERE purpose = $1 AND id = $2
                """
            ),
            [Parameter(Int16(name.purpose.rawValue)), Parameter(name.id)]
        )
        let age = try connection.run(call).map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
        let rest = lease - .milliseconds(age)
        if rest > .zero {
            say("waiting \(rest.components.seconds + 1) s until every process knows")
            pause(rest)
        }
        _ = try connection.run(VaultStatements.lockAlone)
    }

    private func withLock(_ body: () throws -> Void) throws {
        let lock = Statement("lock_rotation", "SELECT pg_try_advisory_lock($1)")
        let parameter = [Parameter(AdvisoryLock.vaultRotation.rawValue)]
        guard try connection.run(Call(lock, parameter)).map({ (row) throws(PostgresError) in try row.bool() }) == [true]
        else { throw Problem(description: "another rotation is running") }
        defer {
            _ = try? connection.run(Call(Statement("unlock_rotation", "SELECT pg_advisory_unlock($1)"), parameter))
        }
        try body()
    }
}
