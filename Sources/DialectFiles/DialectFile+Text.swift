import ISO8583

/// A part of a dialect's written form: one line of the file.
struct DialectLine: Hashable {
    /// The mapping that the line is in; nil for the dialect's own keys.
    var section: String?
    var key: String
    /// A scalar, or a list or mapping in flow style.
    var value: String

    /// The keys from the dialect down.
    var path: String { self.section.map { "\($0).\(self.key)" } ?? self.key }
}

extension DialectFile {
    /// A dialect written out as a file, extending nothing. Loading it gives an equal dialect.
    package static func text(of dialect: Dialect) -> String {
        var text = "dialects:\n  - name: \(dialect.name)\n"
        var section: String?
        for line in dialect.lines {
            if line.section != section, let new = line.section { text += "    \(new):\n" }
            section = line.section
            text += (section == nil ? "    " : "      ") + "\(quotedKey(line.key)): \(line.value)\n"
        }
        return text
    }

    /// A message type has a leading zero, and tools that read YAML numbers would lose it.
    private static func quotedKey(_ key: String) -> String { key.hasPrefix("0") ? "\"\(key)\"" : key }
}

extension Dialect {
    /// All but the name, a line each, in a fixed order; a section's lines stand together.
    var lines: [DialectLine] {
        self.formLines + self.elementLines + self.layoutLines + self.ruleLines
    }

    private var formLines: [DialectLine] {
        func line(_ key: String, _ value: String) -> DialectLine { DialectLine(key: key, value: value) }
        let fallback = self.fallback.map { mapping($0.attributes) } ?? "~"
        let summary = self.summary.isEmpty ? [] : [line("description", quoted(self.summary))]
        return summary + [
            line("version", self.edition.rawValue), line("mti_encoding", self.messageTypeEncoding.rawValue),
            line("bitmap_encoding", self.bitmapEncoding.rawValue), line("bitmaps", String(self.maximumBitmaps)),
            line("code_page", self.codePage.name),
            line(
                "framing",
                mapping([
                    ("length", self.framing.length.rawValue), ("counts_itself", String(self.framing.includesItself)),
                    ("filler_bytes", String(self.framing.fillerBytes)), ("routing", self.framing.routing.rawValue),
                    ("limit", String(self.framing.limit)),
                ])
            ),
            line("request_key", list(self.requestKey)), line("response_key", list(self.responseKey)),
            line("deadline_ms", String(self.deadline.milliseconds)),
            line("margin_ms", String(self.margin.milliseconds)),
            line("sign_on_required", String(self.isSignOnRequired)), line("refusal", quoted(self.refusal.rawValue)),
            line("reports_unknown_original", String(self.reportsUnknownOriginal)),
            line("mac", self.mac?.value ?? "~"),
            line("storable", list(self.storable.elements.subtracting([2]))),
            line("fallback", fallback),
        ]
    }

    private var elementLines: [DialectLine] {
        self.defined.compactMap { element in
            guard let spec = self.spec(of: element) else { return nil }
            let name = self.name(of: element)
            let attributes = (name.isEmpty ? [] : [("name", quoted(name))]) + spec.attributes
            return DialectLine(section: "fields", key: String(element), value: mapping(attributes))
        }
    }

    private var layoutLines: [DialectLine] {
        func lines<Value>(_ section: String, _ values: [Int: Value], _ text: (Value) -> String) -> [DialectLine] {
            guard !values.isEmpty else { return [DialectLine(key: section, value: "{}")] }
            return values.sorted { $0.key < $1.key }.map {
                DialectLine(section: section, key: String($0.key), value: text($0.value))
            }
        }
        return lines("subelements", self.subelements) { $0.value }
            + lines("known_tags", self.knownTags) { "[\($0.sorted().map(quoted).joined(separator: ", "))]" }
            + lines("storable_parts", self.storable.parts) { "[\($0.sorted().map(quoted).joined(separator: ", "))]" }
            + lines("exponents", self.exponentOverrides) { String($0) }
    }

    private var ruleLines: [DialectLine] {
        guard !self.rules.isEmpty else { return [DialectLine(key: "messages", value: "{}")] }
        return self.rules.map { rule in
            DialectLine(
                section: "messages",
                key: rule.messageType.description,
                value: mapping([
                    ("mandatory", list(rule.mandatory)), ("conditional", list(rule.conditional)),
                    ("echoed", list(rule.echoed)),
                ])
            )
        }
    }
}

extension MACCoverage {
    fileprivate var value: String {
        let covers =
            switch self.bytes {
            case .messageBeforeMAC: "message"
            case .elements(let elements): list(elements)
            }
        return mapping([
            ("covers", covers), ("algorithm", self.algorithm.rawValue), ("padding_method", String(self.paddingMethod)),
            ("length", String(self.length)),
        ])
    }
}

extension SubelementLayout {
    fileprivate var value: String {
        func parts(_ parts: [Part]) -> String { "[\(parts.map(\.value).joined(separator: ", "))]" }
        return switch self {
        case .berTLV: mapping([("layout", LayoutName.berTLV.rawValue)])
        case .positional(let list): mapping([("layout", LayoutName.positional.rawValue), ("parts", parts(list))])
        case .repeating(let list): mapping([("layout", LayoutName.repeating.rawValue), ("parts", parts(list))])
        case .tagged(let tagDigits, let lengthDigits):
            mapping([
                ("layout", LayoutName.tagged.rawValue), ("tag_digits", String(tagDigits)),
                ("length_digits", String(lengthDigits)),
            ])
        case .bitmap(let bytes, let byBit):
            mapping([
                ("layout", LayoutName.bitmap.rawValue), ("bytes", String(bytes)),
                ("parts", mapping(byBit.sorted { $0.key < $1.key }.map { (String($0.key), $0.value.value) })),
            ])
        }
    }
}

extension SubelementLayout.Part {
    fileprivate var value: String {
        mapping([("name", quoted(self.name)), ("class", self.content.rawValue), ("length", String(self.length))])
    }
}

private func mapping(_ entries: [(key: String, value: String)]) -> String {
    "{\(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
}

private func list(_ elements: ElementSet) -> String { "[\(elements.ranges)]" }

/// Double quotes, which take any text.
private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case " "..."~", "\u{A0}"...: quoted.unicodeScalars.append(scalar)
        default: quoted += "\\x" + hexText([UInt8(truncatingIfNeeded: scalar.value)])
        }
    }
    return quoted + "\""
}

extension ElementSet {
    /// The numbers, ascending, runs of three and more as `2-63`; as files take them.
    var ranges: String {
        var runs: [ClosedRange<Int>] = []
        for element in self {
            if let last = runs.last, last.upperBound + 1 == element {
                runs[runs.count - 1] = last.lowerBound...element
            } else {
                runs.append(element...element)
            }
        }
        return runs.map { run in
            run.count > 2 ? "\(run.lowerBound)-\(run.upperBound)" : run.map(String.init).joined(separator: ", ")
        }.joined(separator: ", ")
    }
}
