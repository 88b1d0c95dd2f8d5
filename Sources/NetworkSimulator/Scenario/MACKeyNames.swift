import ISO8583
import YAMLFiles

/// The variables with the keys of message authentication codes, in hexadecimal.
package struct MACKeyNames: Sendable, Hashable {
    /// Of what the network sends.
    package var sending: String
    /// Of what the issuer sends.
    package var receiving: String
}

extension MACKeyNames {
    /// `mac_key`: one variable for both directions, or `send` and `receive`.
    ///
    /// - Parameter earlier: what holds where only one of them is given.
    init?(_ parent: Section, variables: Set<String>, _ dialect: Dialect, earlier: MACKeyNames?) {
        if dialect.mac == nil { parent.problem("mac_key", "\(dialect.name) has no message authentication code") }
        if parent.isScalar("mac_key") {
            guard let name = parent.variable("mac_key", among: variables) else { return nil }
            self.init(sending: name, receiving: name)
            return
        }
        guard let section = parent.section("mac_key") else { return nil }
        section.allow(["send", "receive"])
        func name(_ key: String, _ earlier: String?) -> String? {
            if let earlier, !section.has(key) { return earlier }
            return section.variable(key, among: variables)
        }
        let sending = name("send", earlier?.sending)
        let receiving = name("receive", earlier?.receiving)
        guard let sending, let receiving else { return nil }
        self.init(sending: sending, receiving: receiving)
    }
}

extension Section {
    /// The name of one of the variables.
    func variable(_ key: String, among variables: Set<String>) -> String? {
        guard let name = text(key, expected: "the name of a variable") else { return nil }
        guard variables.contains(name) else {
            problem(key, "no variable is called \(name.prefix(40))")
            return nil
        }
        return name
    }
}
