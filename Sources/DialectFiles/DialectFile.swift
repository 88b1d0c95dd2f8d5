import ISO8583

/// Dialects as YAML, of which JSON is a part.
///
/// A file is a mapping with a list of dialects under `dialects` (or `profiles`). A dialect that `extends` another, a
/// built-in one or one that stands before it, says only what differs; any other states its wire form in full and has
/// its edition's rules where it states none. The keys are those of ``text(of:)``, which writes a dialect out.
package enum DialectFile {
    /// Bytes of a file; whoever reads one need not read more.
    package static let maximumBytes = Limits.fileBytes

    /// A dialect of a file.
    package struct Entry: Sendable {
        package var dialect: Dialect
        /// What it starts from.
        package var extended: Dialect?
    }

    /// Reads all dialects of a file.
    ///
    /// - Parameters:
    ///   - bytes: the file's content, UTF-8, at most ``Limits/fileBytes``.
    ///   - file: its name, for the errors.
    /// - Throws: ``DialectFileError`` with everything that is wrong.
    package static func load(_ bytes: [UInt8], file: String) throws(DialectFileError) -> [Entry] {
        let problems = ProblemList()
        let entries = self.entries(bytes, problems)
        guard problems.isEmpty else { throw DialectFileError(file: file, problems: problems) }
        return entries
    }

    private static func entries(_ bytes: [UInt8], _ problems: ProblemList) -> [Entry] {
        guard let root = FileNode(bytes, problems), let section = Section(root, path: "", problems) else { return [] }
        section.allow(["dialects", "profiles", "note"])
        let keys = ["dialects", "profiles"].filter(section.has)
        guard keys.count == 1, let nodes = section.list(keys[0]), !nodes.isEmpty else {
            section.problem("a list of dialects is expected, under dialects or profiles")
            return []
        }
        guard nodes.count <= Limits.dialects else {
            section.problem(keys[0], "\(nodes.count) dialects; a file holds at most \(Limits.dialects)")
            return []
        }
        var entries: [Entry] = []
        for (index, node) in nodes.enumerated() {
            guard let section = Section(node, path: "\(keys[0])[\(index + 1)]", problems) else { continue }
            guard let entry = DialectReader(section, before: entries.map(\.dialect)).entry() else { continue }
            entries.append(entry)
        }
        return entries
    }
}

/// All that is wrong with a dialect file.
package struct DialectFileError: Error, Sendable, CustomStringConvertible {
    package struct Problem: Sendable, Hashable {
        /// From 1; nil where the file as a whole is meant.
        package var line: Int?
        /// Keys from the top, with dots; empty for the file as a whole.
        package var path: String
        /// What is wrong and what is allowed.
        package var reason: String
    }

    package var file: String
    /// In the order of the file.
    package var problems: [Problem]
    /// How many more there are than ``Limits/problems``.
    package var unreported: Int

    init(file: String, problems: ProblemList) {
        self.file = file
        self.problems = problems.found.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
        self.unreported = problems.unreported
    }

    /// A line for each problem: `FILE:LINE: PATH: REASON`.
    package var description: String {
        var lines = self.problems.map { problem in
            let place = problem.line.map { ":\($0)" } ?? ""
            return "\(self.file)\(place): \(problem.path.isEmpty ? "" : problem.path + ": ")\(problem.reason)"
        }
        if self.unreported > 0 { lines.append("\(self.file): \(self.unreported) more problems") }
        return lines.joined(separator: "\n")
    }
}

/// Gathers problems while a file is read on.
final class ProblemList {
    private(set) var found: [DialectFileError.Problem] = []
    private(set) var unreported = 0

    var isEmpty: Bool { self.found.isEmpty }

    func add(line: Int?, path: String, _ reason: String) {
        guard self.found.count < Limits.problems else { return self.unreported += 1 }
        self.found.append(DialectFileError.Problem(line: line, path: path, reason: reason))
    }
}
