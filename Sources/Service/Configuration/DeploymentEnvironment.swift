import AuthorizationEngine
import CardCryptography
import CardNetwork
import PostgresLedger

/// What Aval may hold by itself.
enum DeploymentEnvironment: String, CaseIterable {
    /// Neither keys that belong in a payment HSM, nor a master key that whoever sees the process's settings has.
    case production
    /// Anything: cards and keys are for tests.
    case development

    /// Whether software may hold keys of a usage here.
    func mayHold(_ usage: KeyUsage) -> Bool {
        switch self {
        case .production: !usage.needsPaymentHSM
        case .development: true
        }
    }

    /// - Throws: `Settings.Problem` for a usage of which software may hold no key here.
    func requireSoftwareKeys(_ usage: KeyUsage) throws {
        guard !mayHold(usage) else { return }
        throw Settings.Problem(description: "\(Self.refusal): software may hold no key of usage \(usage.rawValue)")
    }

    /// What is wrong with the keys that are stored; nil when nothing is.
    func problem(_ stored: [KeyVersion]) -> String? {
        let held = stored.map(\.key).filter {
            $0.custody == .software && $0.state != .destroyed && !mayHold($0.terms.usage)
        }
        guard let first = held.first else { return nil }
        let others = held.count == 1 ? "" : " and \(held.count - 1) more"
        return "\(Self.refusal): software holds \(first.name) version \(first.version) of usage "
            + "\(first.terms.usage.rawValue)\(others). PIN, chip and card verification keys belong in hardware: "
            + "retire and destroy them here"
    }

    /// What is wrong with the networks' keys; nil when nothing is. A network with a PIN key could send one at any time.
    func problem(_ networks: [NetworkProfile]) -> String? {
        guard !mayHold(.pinEncryption) else { return nil }
        let network = networks.first { $0.keys?.working.contains { $0.purpose == .pin } == true }
        return network.map { "\(Self.refusal): software may hold no PIN key, and the network \($0.name) has one" }
    }

    private static let refusal = "\(Setting.environment.variable) is \(Self.production.rawValue)"
}

extension Settings {
    func deployment() throws -> DeploymentEnvironment {
        guard let environment = DeploymentEnvironment(rawValue: try text(.environment)) else {
            preconditionFailure("the setting's choices are the cases")
        }
        return environment
    }

    /// What is wrong with the settings in this environment; nil when nothing is.
    func environmentProblem() throws -> String? {
        switch try deployment() {
        case .development: return nil
        case .production:
            if raw(.masterKey).value != nil {
                return "\(Setting.masterKey.variable) is set: in production the master key is in an HSM "
                    + "(\(Setting.hsmModule.variable)), or in master.key of \(Setting.keysDirectory.variable)"
            }
            guard try text(.directReveal) == "on" else { return nil }
            return "\(Setting.directReveal.variable) is on: in production card numbers are told to cardholders alone "
                + "(\(Setting.vaultPort.variable))"
        }
    }
}
