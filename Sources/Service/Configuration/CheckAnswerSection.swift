import AuthorizationCore
import CardNetwork
import ISO8583
import YAMLFiles

extension Section {
    /// Where answers tell what came of a check.
    ///
    ///     cvv2_answer: {element: 44, position: 5, codes: {not_verified: P}}
    func checkAnswer<Meaning: ClosedList>(_ dialect: Dialect) -> AnswerTable<Meaning>? {
        allow(["element", "position", "codes"])
        guard let element = number("element", 2...ISO8583.Limits.elementNumber) else { return nil }
        guard let maximum = dialect.spec(of: element).map({ Int($0.maximum) }), element != 39,
            !(2...13).contains(element)
        else {
            problem("element", "\(element) is not in the dialect, or says something else")
            return nil
        }
        let offset = has("position") ? number("position", 1...maximum).map { $0 - 1 } : nil
        guard let section = section("codes") else {
            problem("codes", "is missing")
            return nil
        }
        section.allow(Meaning.allCases.map(\.name))
        var codes: [Meaning: String] = [:]
        for meaning in Meaning.allCases where section.has(meaning.name) {
            codes[meaning] = section.text(meaning.name)
            guard let code = codes[meaning], (offset ?? 0) + code.utf8.count > maximum else { continue }
            section.problem(meaning.name, "is longer than the element, \(maximum)")
        }
        return AnswerTable(element: element, offset: offset, codes: codes)
    }
}
