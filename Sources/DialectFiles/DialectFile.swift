import ISO8583
import YAMLFiles

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
    /// - Throws: ``FileError`` with everything that is wrong.
    package static func load(_ bytes: [UInt8], file: String) throws(FileError) -> [Entry] {
        let problems = ProblemList()
        let entries = self.entries(bytes, problems)
        guard problems.isEmpty else { throw FileError(file: file, problems: problems) }
        return entries
    }

    private static func entries(_ bytes: [UInt8], _ problems: ProblemList) -> [Entry] {
        guard let root = FileNode(bytes, limit: Limits.fileBytes, problems),
            let section = Section(root, path: "", problems)
        else { return [] }
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
