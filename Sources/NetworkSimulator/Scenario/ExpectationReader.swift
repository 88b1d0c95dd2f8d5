import ISO8583
import YAMLFiles

/// Reads values, and what is expected of values.
extension StepReader {
    /// Elements by number; `~` leaves one out.
    func fields(_ section: Section) -> [Int: Template?] {
        var fields: [Int: Template?] = [:]
        for (key, element) in section.numberedKeys(2...192, "an element") where isDefined(section, key, element) {
            fields[element] = .some(section.isNull(key) ? nil : template(section, key))
        }
        return fields
    }

    private func isDefined(_ section: Section, _ key: String, _ element: Int) -> Bool {
        if dialect.defined.contains(element) { return true }
        section.problem(key, "\(dialect.name) has no element \(element)")
        return false
    }

    /// A text whose places can all be filled in.
    func template(_ section: Section, _ key: String) -> Template? {
        guard let text = section.text(key) else { return nil }
        do throws(Template.Problem) {
            let template = try Template(text)
            for part in template.parts { try verify(part) }
            return template
        } catch {
            section.problem(key, "\(error)")
            return nil
        }
    }

    private func verify(_ part: Template.Part) throws(Template.Problem) {
        switch part {
        case .text, .traceNumber, .now, .randomDigits, .random: break
        case .variable(let name):
            guard !variables.contains(name), !keyBlocks.contains(name) else { break }
            throw Template.Problem(description: "no variable is called \(name.prefix(40))")
        case .answered(let name, let element): try verify(element, of: name, among: messages.union(received))
        case .sent(let name, let element): try verify(element, of: name, among: messages)
        }
    }

    private func verify(_ element: Int, of name: String, among messages: Set<String>) throws(Template.Problem) {
        guard messages.contains(name) else {
            throw Template.Problem(description: "no message before is called \(name.prefix(40))")
        }
        guard dialect.defined.contains(element) else {
            throw Template.Problem(description: "\(dialect.name) has no element \(element)")
        }
    }

    /// `nothing`, `later`, or what the answer holds; without the key, that one comes.
    func expectation(_ section: Section) -> Expectation? {
        guard section.has("expect") else { return .answer(AnswerExpectation()) }
        if section.isScalar("expect") {
            return section.choice("expect", among: [("nothing", .silence), ("later", .later)])
        }
        guard let section = section.section("expect") else { return nil }
        return .answer(answer(section))
    }

    private func answer(_ section: Section) -> AnswerExpectation {
        let words = ["echoes", "amounts", "tags"]
        var answer = AnswerExpectation()
        for key in section.keys where !words.contains(key) {
            guard let element = Int(key), dialect.defined.contains(element) else {
                section.problem(key, "an element of \(dialect.name), or \(words.joined(separator: ", ")), is expected")
                continue
            }
            if let check = check(section, key) { answer.fields.append((element, check)) }
        }
        answer.fields.sort { $0.element < $1.element }
        section.set(&answer.echoes, "echoes") { echoes(section, $0) }
        if section.has("amounts") { answer.amounts = section.sections("amounts").compactMap(amount) }
        if let tags = section.section("tags") {
            for tag in tags.keys {
                guard let bytes = hexBytes(tag), (1...4).contains(bytes.count) else {
                    tags.problem(tag, "a tag in hexadecimal is expected")
                    continue
                }
                if let check = check(tags, tag) { answer.tags.append((hexText(bytes), check)) }
            }
        }
        return answer
    }

    private func echoes(_ section: Section, _ key: String) -> ElementSet? {
        guard let texts = section.texts(key) else { return nil }
        let numbers = texts.compactMap { Int($0) }.filter(dialect.defined.contains)
        guard numbers.count == texts.count else {
            section.problem(key, "elements of \(dialect.name) are expected")
            return nil
        }
        return ElementSet(numbers)
    }

    private func amount(_ section: Section) -> AmountCheck? {
        section.allow(["type", "currency", "amount"])
        guard let type = section.text("type"), let amount = template(section, "amount") else { return nil }
        return AmountCheck(
            type: type,
            currency: section.has("currency") ? section.text("currency") : nil,
            amount: amount
        )
    }

    /// `~`: absent. A text: equal. Else a mapping with one key.
    private func check(_ section: Section, _ key: String) -> ValueCheck? {
        if section.isNull(key) { return .absent }
        if section.isScalar(key) { return template(section, key).map { .equals($0) } }
        guard let section = section.section(key) else { return nil }
        section.allow(["one_of", "matches", "present"])
        switch section.keys.first {
        case "one_of" where section.keys.count == 1: return oneOf(section)
        case "matches" where section.keys.count == 1:
            guard let pattern = section.text("matches") else { return nil }
            guard (try? Regex(pattern)) != nil else {
                section.problem("matches", "is no regular expression")
                return nil
            }
            return .matches(pattern)
        case "present" where section.keys.count == 1: return section.flag("present").map { $0 ? .present : .absent }
        default:
            section.problem("one of one_of, matches and present is expected")
            return nil
        }
    }

    private func oneOf(_ section: Section) -> ValueCheck? {
        guard let texts = section.texts("one_of") else { return nil }
        do throws(Template.Problem) {
            var templates: [Template] = []
            for text in texts {
                let template = try Template(text)
                for part in template.parts { try verify(part) }
                templates.append(template)
            }
            return .oneOf(templates)
        } catch {
            section.problem("one_of", "\(error)")
            return nil
        }
    }
}
