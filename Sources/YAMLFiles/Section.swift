/// A mapping of the file whose keys are asked for. What is missing or wrong goes to the list of problems, and reading
/// goes on, so that one look at the list mends the file.
package struct Section {
    /// Bytes of one text: names, summaries, paths.
    package static let textBytes = 500

    private let line: Int?
    package let path: String
    private let entries: [(key: String, value: FileNode)]
    private let values: [String: FileNode]
    private let problems: ProblemList

    /// Nil, with a problem, when the node is no mapping.
    package init?(_ node: FileNode, path: String, _ problems: ProblemList) {
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
    package func renamed(_ path: String) -> Section {
        Section(line: self.line, path: path, self.entries, self.problems)
    }

    package var keys: [String] { self.entries.map(\.key) }

    package func has(_ key: String) -> Bool { self.values[key] != nil }

    /// Whether the key is there and stands for nothing (`~`).
    package func isNull(_ key: String) -> Bool {
        guard case .null = self.values[key]?.content else { return false }
        return true
    }

    /// Reports each key that is not one of these.
    package func allow(_ keys: [String]) {
        for key in self.keys where !keys.contains(key) {
            self.problem(key, "is not known here; known are \(keys.joined(separator: ", "))")
        }
    }

    /// Reports a problem of the section as a whole.
    package func problem(_ reason: String) { self.problems.add(line: self.line, path: self.path, reason) }

    /// Reports a problem of one key.
    package func problem(_ key: String, _ reason: String) {
        self.problems.add(line: self.values[key]?.line ?? self.line, path: self.path(key), reason)
    }

    private func path(_ key: String) -> String {
        let key = String(key.prefix(40))
        return self.path.isEmpty ? key : "\(self.path).\(key)"
    }
}

extension Section {
    /// Sets `value` to what the key says, if it is there.
    package func set<Value>(_ value: inout Value, _ key: String, _ read: (String) -> Value?) {
        if self.has(key), let new = read(key) { value = new }
    }

    /// A text of 1 to ``textBytes`` bytes. Like those below, a problem and nil when it is missing or not that.
    package func text(_ key: String, expected: String = "a text") -> String? {
        guard let node = self.values[key] else {
            self.problem(key, "is missing; \(expected) is expected")
            return nil
        }
        guard case .scalar(let text) = node.content, (1...Self.textBytes).contains(text.utf8.count) else {
            self.problem(key, "\(expected) is expected")
            return nil
        }
        return text
    }

    /// One of a closed list.
    package func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        _: Value.Type = Value.self
    ) -> Value? {
        self.choice(key, among: Value.allCases.map { ($0.rawValue, $0) })
    }

    package func choice<Value>(_ key: String, among values: [(name: String, value: Value)]) -> Value? {
        let expected = "one of " + values.map(\.name).joined(separator: ", ")
        guard let text = self.text(key, expected: expected) else { return nil }
        guard let value = values.first(where: { $0.name == text })?.value else {
            self.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return value
    }

    package func flag(_ key: String) -> Bool? { self.choice(key, among: [("true", true), ("false", false)]) }

    package func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = self.text(key, expected: expected) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            self.problem(key, "\(text.prefix(40)) is not possible; \(expected) is expected")
            return nil
        }
        return number
    }

    package func list(_ key: String) -> [FileNode]? {
        guard case .list(let nodes) = self.values[key]?.content else {
            self.problem(key, "a list is expected")
            return nil
        }
        return nodes
    }

    package func isList(_ key: String) -> Bool {
        guard case .list = self.values[key]?.content else { return false }
        return true
    }

    /// A list of mappings; a problem for each that is none.
    package func sections(_ key: String) -> [Section] {
        (self.list(key) ?? []).enumerated().compactMap { index, node in
            Section(node, path: "\(self.path(key))[\(index + 1)]", self.problems)
        }
    }

    package func isScalar(_ key: String) -> Bool {
        guard case .scalar = self.values[key]?.content else { return false }
        return true
    }

    package func texts(_ key: String) -> [String]? {
        guard let nodes = self.list(key) else { return nil }
        var texts: [String] = []
        for node in nodes {
            guard case .scalar(let text) = node.content, (1...Self.textBytes).contains(text.utf8.count) else {
                self.problem(key, "a list of texts is expected")
                return nil
            }
            texts.append(text)
        }
        return texts
    }

    /// Nil without a problem when the key is absent.
    package func section(_ key: String) -> Section? {
        guard let node = self.values[key] else { return nil }
        return Section(node, path: self.path(key), self.problems)
    }

    /// Each key that is a number of the range, in the file's order; a problem for any other and for a repeated number.
    package func numberedKeys(_ range: ClosedRange<Int>, _ meaning: String) -> [(key: String, number: Int)] {
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
