import AuthorizationCore
import YAMLFiles

extension Section {
    /// What it means that element 55 and the message around it tell differently.
    ///
    ///     chip_differences: {currency: declined, country: ignored}
    func chipDifferences() -> [ChipElement: ChipDifferenceRule] {
        allow(ChipElement.allCases.map(\.name))
        var rules: [ChipElement: ChipDifferenceRule] = [:]
        for element in ChipElement.allCases where has(element.name) {
            rules[element] = listed(element.name)
        }
        return rules
    }
}
