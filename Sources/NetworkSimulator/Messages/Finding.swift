import ISO8583

/// What came of one expectation. Values are masked.
struct Finding: Sendable, Hashable {
    /// Such as `element 39`.
    var what: String
    var expected: String
    /// What came in its place; nil: the expectation is met.
    var found: String?

    static func mac(_ isAuthentic: Bool) -> Finding {
        Finding(what: "MAC", expected: "right", found: isAuthentic ? nil : "wrong or none")
    }
}

/// Holds an answer against what is expected of it.
struct AnswerCheck {
    let answer: Message
    let sent: Message
    let dialect: Dialect
    /// For templates; what a check draws or takes is not kept.
    let scope: Scope

    func findings(_ expectation: AnswerExpectation) -> [Finding] {
        let type = sent.messageType.response?.description ?? "none"
        let came = answer.messageType.description
        return [Finding(what: "type", expected: type, found: came == type ? nil : came)] + values(expectation)
    }

    /// All but the type.
    func values(_ expectation: AnswerExpectation) -> [Finding] {
        var findings = expectation.fields.map { element, check in
            finding(
                "element \(element)",
                answer.text(element, dialect),
                check,
                canonical: { dialect.canonical($0, of: element) },
                shown: { NetworkSimulator.shown($0, of: element, dialect) }
            )
        }
        findings += expectation.echoes.intersection(sent.elements).map { element in
            let isEchoed = answer.bytes(of: element) == sent.bytes(of: element)
            return Finding(
                what: "echo of element \(element)",
                expected: sent.shown(element, dialect),
                found: isEchoed ? nil : answer.shown(element, dialect)
            )
        }
        return findings + expectation.amounts.map(amount) + tags(expectation.tags)
    }

    /// - Parameters:
    ///   - canonical: a value as it stands in a message.
    ///   - shown: what a report may show of a value.
    private func finding(
        _ what: String,
        _ value: String?,
        _ check: ValueCheck,
        canonical: (String) -> String,
        shown: (String) -> String
    ) -> Finding {
        let came = value.map(shown) ?? "absent"
        var scope = scope
        do throws(Template.Problem) {
            switch check {
            case .present: return Finding(what: what, expected: "present", found: value == nil ? came : nil)
            case .absent: return Finding(what: what, expected: "absent", found: value == nil ? nil : came)
            case .equals(let template):
                let expected = canonical(try scope.text(template, dialect))
                return Finding(what: what, expected: shown(expected), found: value == expected ? nil : came)
            case .oneOf(let templates):
                var expected: [String] = []
                for template in templates { expected.append(canonical(try scope.text(template, dialect))) }
                let isMet = value.map(expected.contains) ?? false
                let list = expected.map(shown).joined(separator: " or ")
                return Finding(what: what, expected: list, found: isMet ? nil : came)
            case .matches(let pattern):
                let isMet = value.map { Self.matches($0, pattern) } ?? false
                return Finding(what: what, expected: "matches \(masked(pattern))", found: isMet ? nil : came)
            }
        } catch {
            return Finding(what: what, expected: "a value", found: "\(error)")
        }
    }

    private func masked(_ pattern: String) -> String {
        String(decoding: maskingCardNumbers(Array(pattern.utf8)), as: UTF8.self)
    }

    private static func matches(_ value: String, _ pattern: String) -> Bool {
        // The pattern was tried when the scenario was read.
        guard let expression = try? Regex(pattern) else { return false }
        return value.wholeMatch(of: expression) != nil
    }

    private func amount(_ check: AmountCheck) -> Finding {
        let what = "amount \(check.type) of element 54"
        let amounts = answer.bytes(of: 54).flatMap { try? AdditionalAmount.parse($0) } ?? []
        var scope = scope
        let text = (try? scope.text(check.amount, dialect)) ?? ""
        let expected = [check.currency, text].compactMap { $0 }.joined(separator: " ")
        let isMet = amounts.contains { amount in
            amount.amountType == check.type && (check.currency ?? amount.currency) == amount.currency
                && Int64(text) == (amount.isCredit ? amount.amount : -amount.amount)
        }
        let came = amounts.filter { $0.amountType == check.type }
            .map { "\($0.currency) \($0.isCredit ? "" : "-")\($0.amount)" }
        let found = came.isEmpty ? "absent" : came.joined(separator: ", ")
        return Finding(what: what, expected: expected, found: isMet ? nil : found)
    }

    private func tags(_ checks: [(tag: String, check: ValueCheck)]) -> [Finding] {
        let bytes = answer.bytes(of: 55).map(Array.init) ?? []
        let objects = (try? TLV.parse(bytes)) ?? []
        let allowed = StorageAllowList.standard.parts[55] ?? []
        return checks.map { tag, check in
            let object = objects.first { TLV.name(of: $0.tag) == tag }
            return finding(
                "tag \(tag) of element 55",
                object.map { hexText(bytes[$0.value]) },
                check,
                canonical: { $0.uppercased() },
                shown: { allowed.contains(tag) ? $0 : "*(\($0.count / 2))" }
            )
        }
    }
}
