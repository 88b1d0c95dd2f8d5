import AuthorizationEngine
import CardCryptography

/// Gives the security module in this process the stored keys that cards are verified with.
struct ModuleKeys {
    let module = SoftwareHSM([:])
    let held = HeldKeys()
    private let environment: DeploymentEnvironment

    init(_ environment: DeploymentEnvironment) { self.environment = environment }

    /// - Parameter stored: all that are in use now; the module forgets the others.
    /// - Returns: what is wrong with keys, which are then not used.
    func replace(by stored: [StoredKey], from vault: KeyVault) -> [String] {
        var problems: [String] = []
        let known = module.names
        let usable = stored.filter { key in
            guard !known.contains(key.moduleName) else { return true }
            guard environment.mayHold(key.terms.usage) else {
                problems.append(
                    "key \(key.name) version \(key.version) of usage \(key.terms.usage.rawValue) needs a payment HSM"
                )
                return false
            }
            do throws(PaymentCryptographyError) {
                try module.hold(try key.opened(with: vault), as: key.moduleName)
                if key.terms.usage == .ibm3624 { try module.setTable(.usual, of: key.moduleName) }
                return true
            } catch {
                problems.append("key \(key.name) version \(key.version) cannot be opened: \(error.rawValue)")
                return false
            }
        }
        held.replace(by: usable)
        module.forget(known.subtracting(usable.map(\.moduleName)))
        return problems
    }
}
