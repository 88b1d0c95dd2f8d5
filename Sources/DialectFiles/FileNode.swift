import Yams

/// A part of a document, before it means anything.
struct FileNode {
    indirect enum Content {
        case null
        /// As written; quotes and escapes resolved.
        case scalar(String)
        case list([FileNode])
        case mapping([(key: String, value: FileNode)])
    }

    /// Where it starts, from 1; nil where the parser does not say.
    var line: Int?
    var content: Content

    /// Reads a document; what is wrong with its form goes to `problems`, and the result is then nil.
    init?(_ bytes: [UInt8], _ problems: ProblemList) {
        guard bytes.count <= Limits.fileBytes else {
            problems.add(line: nil, path: "", "\(bytes.count) bytes; a dialect file has at most \(Limits.fileBytes)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(line: nil, path: "", "is not UTF-8")
            return nil
        }
        if let line = Self.firstAnchor(bytes) {
            problems.add(line: line, path: "", "anchors (&name) are not taken; use extends")
            return nil
        }
        do {
            guard let root = try compose(yaml: text) else {
                problems.add(line: nil, path: "", "is empty")
                return nil
            }
            self.init(root, path: "", problems)
        } catch {
            let (line, reason) = Self.explained(error)
            problems.add(line: line, path: "", reason)
            return nil
        }
    }

    private init(_ node: Node, path: String, _ problems: ProblemList) {
        self.line = node.mark?.line
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            self.content = isNull ? .null : .scalar(scalar.string)
        case .sequence(let sequence):
            self.content = .list(sequence.map { FileNode($0, path: path, problems) })
        case .mapping(let mapping):
            self.content = .mapping(Self.entries(mapping, path: path, problems))
        case .alias:
            // Not made by `compose`, which puts the aliased node here; and there are no anchors.
            self.content = .null
        }
    }

    private static func entries(
        _ mapping: Node.Mapping,
        path: String,
        _ problems: ProblemList
    ) -> [(key: String, value: FileNode)] {
        var entries: [(key: String, value: FileNode)] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            guard let name = key.string else {
                problems.add(line: key.mark?.line, path: path, "a key must be a text")
                continue
            }
            let path = path.isEmpty ? name : "\(path).\(name)"
            guard seen.insert(name).inserted else {
                problems.add(line: key.mark?.line, path: path, "is there twice")
                continue
            }
            entries.append((name, FileNode(value, path: path, problems)))
        }
        return entries
    }

    /// The line of the first `&` that may start an anchor. Aliases of anchors can make a small file immense; this is
    /// looked for in the bytes, because the parser compares keys, and so unfolds aliases, while it reads.
    ///
    /// Inside a plain text an `&` is no anchor: there it follows another character of the text.
    private static func firstAnchor(_ bytes: [UInt8]) -> Int? {
        var line = 1
        var last = UInt8(ascii: "\n")
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "&"), !self.isWordCharacter(last), index + 1 < bytes.count,
                self.isWordCharacter(bytes[index + 1]) || bytes[index + 1] == UInt8(ascii: "-")
            {
                return line
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            last = byte
        }
        return nil
    }

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Line and words of the parser's error. It never holds the document, which some of the errors carry.
    private static func explained(_ error: any Error) -> (line: Int?, reason: String) {
        guard let error = error as? YamlError else { return (nil, "cannot be read as YAML") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (mark.line, "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.prefix(5).map { $0.prefix(40) }.joined(separator: ", ")
            return (context.mark.line, "is there twice: \(names)")
        case .reader(let problem, _, _, _): return (nil, "is not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return (nil, "cannot be read as YAML")
        }
    }
}
