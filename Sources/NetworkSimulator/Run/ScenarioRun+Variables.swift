extension ScenarioRun {
    /// The scenario's variables, each with its value.
    static func values(
        _ declared: [String: String?],
        _ given: [String: String]
    ) throws(Problem) -> [String: String] {
        let unknown = given.keys.filter { declared[$0] == nil }.sorted()
        guard unknown.isEmpty else {
            throw Problem(description: "the scenario has no variable \(unknown.joined(separator: ", "))")
        }
        let values = declared.compactMapValues { $0 }.merging(given) { $1 }
        let missing = declared.keys.filter { values[$0] == nil }.sorted()
        guard missing.isEmpty else {
            throw Problem(description: "these variables must be given: \(missing.joined(separator: ", "))")
        }
        return values
    }

    /// What makes and checks codes, with all keys that the scenario has at some time.
    static func seals(
        _ scenario: Scenario,
        _ variables: [String: String]
    ) throws(Problem) -> [MACKeyNames: MACSeal] {
        var seals: [MACKeyNames: MACSeal] = [:]
        for names in scenario.allMACKeys {
            let (sending, receiving) = (variables[names.sending] ?? "", variables[names.receiving] ?? "")
            guard let seal = MACSeal(scenario.dialect, sending: sending, receiving: receiving) else {
                let which = Set([names.sending, names.receiving]).sorted().joined(separator: " or ")
                throw Problem(description: "\(which) is no key, in hexadecimal, of the dialect's MAC")
            }
            seals[names] = seal
        }
        return seals
    }

    /// The variables, and the text of each key block.
    static func withKeyBlocks(
        _ scenario: Scenario,
        _ variables: [String: String],
        seed: UInt64
    ) throws(Problem) -> [String: String] {
        var values = variables
        var generator = SplitMix64(seed: seed)
        for (name, recipe) in scenario.keyBlocks.sorted(by: { $0.key < $1.key }) {
            guard let text = recipe.text(variables, &generator) else {
                throw Problem(
                    description:
                        "\(name): \(recipe.key) and \(recipe.protection) are not both keys, in hexadecimal, of its "
                        + "algorithms"
                )
            }
            values[name] = text
        }
        return values
    }
}
