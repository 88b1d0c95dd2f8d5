import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork

/// What a network can use of its stored keys, and what is wrong with the others. Each key stands for itself: what is
/// wrong with one does not keep another from use, and no key is used that is not stored any more.
struct KeyReading {
    private(set) var keys = WorkingKeys.Keys()
    /// In words; without any key.
    private(set) var problems: [String] = []
    private let network: String
    private let vault: KeyVault

    /// - Parameter stored: the versions in use now of the keys that the network's file names.
    init(_ profile: NetworkProfile, _ stored: [StoredKey], vault: KeyVault) {
        network = profile.name
        self.vault = vault
        guard let names = profile.keys else { return }
        for working in names.working {
            // The network sends what is missing, where it can.
            let found = named(working.name, stored, isRequired: names.change == nil)
            take(found, working, MessageSeal(profile.dialect)?.usage ?? .macAlgorithm3)
        }
        if let protection = names.change?.protection { takeProtection(protection, stored) }
    }

    private mutating func take(_ found: [StoredKey], _ working: NetworkKeys.Working, _ macUsage: KeyUsage) {
        let usage: KeyUsage =
            switch working.purpose {
            case .mac: macUsage
            case .pin: .pinEncryption
            }
        let terms = KeyTerms(usage: usage, direction: working.direction, owner: .network(network))
        guard found.allSatisfy({ $0.terms == terms }) else {
            let meant = "network \(network) with usage \(usage.rawValue) and direction \(working.direction.name)"
            return problems.append("key \(working.name) is not of \(meant)")
        }
        guard working.purpose == .mac else { return }
        if working.direction != .outgoing {
            for key in found {
                guard let opened = opened(key, for: .verify) else { continue }
                keys.incoming.append(WorkingKeys.Held(opened, until: key.previousUntil))
            }
        }
        if working.direction != .incoming { takeOutgoing(found) }
    }

    private mutating func takeOutgoing(_ found: [StoredKey]) {
        keys.outgoing = active(found, for: .compute)
        // An operator still brings the other side what was made here.
        guard found.contains(where: { $0.state == .active && $0.isMadeHere }) else { return }
        for key in found where key.state == .previous {
            // Without it a newer one is used at once.
            if let opened = try? key.key(for: .compute, in: vault) {
                keys.outgoingBefore.append(WorkingKeys.Held(opened, until: key.previousUntil))
            }
            // The network has had what it sent or gave us: it needs none from before.
            if !key.isMadeHere { break }
        }
    }

    private mutating func takeProtection(_ name: KeyName, _ stored: [StoredKey]) {
        let found = named(name, stored, isRequired: true)
        guard found.allSatisfy({ $0.terms.usage == .keyEncryption || $0.terms.usage == .keyBlockProtection }) else {
            return problems.append("key \(name) has to have usage K0 or K1 to protect others")
        }
        for key in found {
            // One that is being replaced may be so because it cannot be used.
            let found = key.state == .active ? opened(key, for: .decrypt) : try? key.key(for: .decrypt, in: vault)
            guard let opened = found else { continue }
            keys.protection.append(WorkingKeys.Held(opened, until: key.previousUntil))
        }
    }

    private mutating func named(_ name: KeyName, _ stored: [StoredKey], isRequired: Bool) -> [StoredKey] {
        let found = stored.filter { $0.name == name }
        if isRequired, !found.contains(where: { $0.state == .active }) {
            problems.append("network \(network): key \(name) has no active version: see `aval keys list`")
        }
        return found
    }

    private mutating func active(_ found: [StoredKey], for purpose: KeyMode.Purpose) -> Key? {
        found.first { $0.state == .active }.flatMap { opened($0, for: purpose) }
    }

    private mutating func opened(_ key: StoredKey, for purpose: KeyMode.Purpose) -> Key? {
        do {
            return try key.key(for: purpose, in: vault)
        } catch {
            problems.append("key \(key.name) of network \(network) cannot be opened: \(error.rawValue)")
            return nil
        }
    }
}
