import AuthorizationEngine
import CardCryptography
import PKCS11

/// Gives the security modules the stored keys that cards are verified with.
struct ModuleKeys {
    let modules: SecurityModules
    let held = HeldKeys()
    let software = SoftwareHSM([:])
    private let token: PKCS11HSM?
    private let environment: DeploymentEnvironment

    /// - Parameter token: has the keys of cards that are not in software; nil where there is no token.
    init(_ environment: DeploymentEnvironment, token: PKCS11HSM? = nil) {
        self.environment = environment
        self.token = token
        modules = SecurityModules(software, cards: token)
    }

    /// - Parameters:
    ///   - tell: is told why there is no session with the token.
    ///   - isBack: is called when there is one again.
    init(
        _ settings: Settings,
        tell: @escaping @Sendable (String) -> Void,
        isBack: @escaping @Sendable () -> Void = {}
    ) throws {
        try self.init(settings.deployment(), token: settings.cardModule(tell: tell, isBack: isBack))
    }

    func close() async { await token?.close() }

    func holds(_ key: StoredKey) -> Bool {
        software.names.contains(key.moduleName) || token?.names.contains(key.moduleName) == true
    }

    /// - Parameter stored: all that are in use now; the modules forget the others.
    /// - Returns: what is wrong with keys: what they alone can verify is then not verified.
    func replace(by stored: [StoredKey], from vault: KeyVault) async -> [String] {
        var problems: [String] = []
        var usable: Set<KeyName> = []
        let known = software.names.union(token?.names ?? [])
        for key in stored {
            if let problem = modules.holds(key.moduleName) ? nil : await hold(key, from: vault) {
                problems.append("key \(key.name) version \(key.version) \(problem)")
            } else {
                usable.insert(key.moduleName)
            }
        }
        // Also those that are not usable, maybe for a moment alone: what is of such a version must not be called wrong.
        held.replace(by: stored, missing: Set(stored.map(\.moduleName)).subtracting(usable))
        let gone = known.subtracting(usable)
        software.forget(gone)
        await token?.forget(gone)
        return problems
    }

    /// - Returns: what is wrong with it; nil when nothing is.
    private func hold(_ key: StoredKey, from vault: KeyVault) async -> String? {
        let usage = key.terms.usage
        do throws(PaymentCryptographyError) {
            switch key.custody {
            case .software:
                guard environment.mayHold(usage) else { return "of usage \(usage.rawValue) needs a payment HSM" }
                try software.hold(try key.opened(with: vault), as: key.moduleName)
                if usage == .ibm3624 { try software.setTable(.usual, of: key.moduleName) }
            case .token:
                guard let token else { return "is in a token, and \(Setting.hsmModule.variable) names none" }
                try await token.hold(try key.cardKey(in: vault), as: key.moduleName, checkValue: key.checkValue)
            }
            return nil
        } catch {
            return "cannot be opened: \(error.rawValue)"
        }
    }
}
