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
        guard let maximum = dialect.spec(of: element).map({ Int($0.maximum) }), dialect.mayAnswer(in: element) else {
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

extension Dialect {
    /// Whether an answer may say something of its own in the element: not in what it echoes, or what has another meaning
    /// in every answer.
    func mayAnswer(in element: Int) -> Bool {
        !(2...13).contains(element) && ![37, 38, 39, 54, 55, 64, 128].contains(element)
            && !rules.contains { $0.echoed.contains(element) }
    }
}

extension CheckAnswers {
    /// The first answer that would be written over another one, or over the merchant's advice; nil when each has its own
    /// place.
    ///
    /// - Returns: the key of the section, and what is wrong with it.
    func overlap(with advice: MerchantAdvice?) -> (key: String, problem: String)? {
        let advised = advice.map { advice in
            AnswerPlace(element: advice.element, offset: 0, length: advice.codes.values.map(\.utf8.count).max() ?? 0)
        }
        let address = address.map { AnswerPlace($0) }
        let cardCode = cardCode.map { AnswerPlace($0) }
        let authentication = authentication.map { AnswerPlace($0) }
        let pairs = [
            ("address_answer", address, advised, "merchant_advice"),
            ("cvv2_answer", cardCode, advised, "merchant_advice"),
            ("cvv2_answer", cardCode, address, "address_answer"),
            ("cavv_answer", authentication, advised, "merchant_advice"),
            ("cavv_answer", authentication, address, "address_answer"),
            ("cavv_answer", authentication, cardCode, "cvv2_answer"),
        ]
        for (key, place, other, name) in pairs {
            guard let place, let other, place.overlaps(other) else { continue }
            return (key, "has the place of \(name)")
        }
        return nil
    }
}

/// What of an element an answer writes.
private struct AnswerPlace {
    var element: Int
    /// Nil: behind what is there.
    var offset: Int?
    var length: Int

    init(element: Int, offset: Int?, length: Int) {
        self.element = element
        self.offset = offset
        self.length = length
    }

    init(_ table: AnswerTable<some Hashable & Sendable>) {
        self.init(element: table.element, offset: table.offset, length: table.codes.values.map(\.utf8.count).max() ?? 0)
    }

    /// - Parameter other: written before this.
    func overlaps(_ other: AnswerPlace) -> Bool {
        guard element == other.element, let offset else { return false }
        guard let start = other.offset else { return true }
        return offset < start + other.length && start < offset + length
    }
}
