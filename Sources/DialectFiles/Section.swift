import ISO8583

/// A mapping of the file whose keys are asked for. What is missing or wrong goes to the list of problems, and reading
/// goes on, so that one look at the list mends the file.
struct Section {
    private let line: Int?
    let path: String
    private let entries: [(key: String, value: FileNode)]
    private let values: [String: FileNode]
    private let problems: ProblemList

    /// Nil, with a problem, when the node is no mapping.
    init?(_ node: FileNode, path: String, _ problems: ProblemList) {
        guard case .mapping(let entries) = node.content else {
            problems.add(line: node.line, path: path, "a mapping is expected")
            return nil
        }
        self.init(line: node.line, path: path, entries, problems)
    }

    private init(line: Int?, path: String, _ entries: [(key: String, value: FileNode)], _ problems: ProblemList) {
        self.line = line
        self.path = path
        self.entries = entries
        self.values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
        self.problems = problems
    }

    /// The same under another path.
    func renamed(_ path: String) -> Section { Section(line: self.line, path: path, self.entries, self.problems) }

    var keys: [String] { self.entries.map(\.key) }

    func has(_ key: String) -> Bool { self.values[key] != nil }

    /// Whether the key is there and stands for nothing (`~`).
    func isNull(_ key: String) -> Bool {
        guard case .null = self.values[key]?.content else { return false }
        return true
    }

    /// Reports each key that is not one of these.
    func allow(_ keys: [String]) {
        for key in self.keys where !keys.contains(key) {
            self.problem(key, "is not known here; known are \(keys.joined(separator: ", "))")
        }
    }

    /// Reports a problem of the section as a whole.
    func problem(_ reason: String) { self.problems.add(line: self.line, path: self.path, reason) }

    /// Reports a problem of one key.
    func problem(_ key: String, _ reason: String) {
        self.problems.add(line: self.values[key]?.line ?? self.line, path: self.path(key), reason)
    }

    private func path(_ key: String) -> String {
        let key = String(key.prefix(40))
        return self.path.isEmpty ? key : "\(self.path).\(key)"
    }
}

extension Section {
    /// Sets `value` to what the key says, if it is there.
    func set<Value>(_ value: inout Value, _ key: String, _ read: (String) -> Value?) {
        if self.has(key), let new = read(key) { value = new }
    }

    /// A text of 1 to ``Limits/textBytes`` bytes. Like those below, a problem and nil when it is missing or not that.
    func text(_ key: String, expected: String = "a text") -> String? {
        guard let node = self.values[key] else {
            self.problem(key, "is missing; \(expected) is expected")
            return nil
        }
        guard case .scalar(let text) = node.content, (1...Limits.textBytes).contains(text.utf8.count) else {
            self.problem(key, "\(expected) is expected")
            return nil
        }
        return text
    }

    /// One of a closed list.
    func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: String, _: Value.Type = Value.self) -> Value? {
        self.choice(key, among: Value.allCases.map { ($0.rawValue, $0) })
    }

    func choice<Value>(_ key: String, among values: [(name: String, value: Value)]) -> Value? {
        let expected = "one of " + values.map(\.name).joined(separator: ", ")
        guard let text = self.text(key, expected: expected) else { return nil }
        guard let value = values.first(where: { $0.name == text })?.value else {
            self.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return value
    }

    func flag(_ key: String) -> Bool? { self.choice(key, among: [("true", true), ("false", false)]) }

    func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = self.text(key, expected: expected) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            self.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return number
    }

    func list(_ key: String) -> [FileNode]? {
        guard case .list(let nodes) = self.values[key]?.content else {
            self.problem(key, "a list is expected")
            return nil
        }
        return nodes
    }

    func isList(_ key: String) -> Bool {
        guard case .list = self.values[key]?.content else { return false }
        return true
    }

    /// A list of mappings; a problem for each that is none.
    func sections(_ key: String) -> [Section] {
        (self.list(key) ?? []).enumerated().compactMap { index, node in
            Section(node, path: "\(self.path(key))[\(index + 1)]", self.problems)
        }
    }

    func texts(_ key: String) -> [String]? {
        guard let nodes = self.list(key) else { return nil }
        var texts: [String] = []
        for node in nodes {
            guard case .scalar(let text) = node.content, (1...Limits.textBytes).contains(text.utf8.count) else {
                self.problem(key, "a list of texts is expected")
                return nil
            }
            texts.append(text)
        }
        return texts
    }

    /// Element numbers and ranges of them, such as `[2, 3, 32-37]`.
    func elements(_ key: String) -> ElementSet? {
        guard let texts = self.texts(key) else { return nil }
        var set = ElementSet()
        for text in texts {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard ends.count < 3, let first = ends.first, let last = ends.last, first >= 2, first <= last,
                last <= ISO8583.Limits.elementNumber
            else {
                self.problem(key, "\(text.prefix(40)) is not an element number or range within 2-192")
                return nil
            }
            for element in first...last { set.insert(element) }
        }
        return set
    }

    /// Nil without a problem when the key is absent.
    func section(_ key: String) -> Section? {
        guard let node = self.values[key] else { return nil }
        return Section(node, path: self.path(key), self.problems)
    }

    /// Each key that is a number of the range, in the file's order; a problem for any other and for a repeated number.
    func numberedKeys(_ range: ClosedRange<Int>, _ meaning: String) -> [(key: String, number: Int)] {
        var seen: Set<Int> = []
        return self.keys.compactMap { key in
            guard let number = Int(key), range.contains(number) else {
                self.problem(key, "\(meaning) from \(range.lowerBound) to \(range.upperBound) is expected as key")
                return nil
            }
            guard seen.insert(number).inserted else {
                self.problem(key, "\(number) is there twice")
                return nil
            }
            return (key, number)
        }
    }
}
