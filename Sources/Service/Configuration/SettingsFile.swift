import Foundation
import YAMLFiles

/// The file with settings that `AVAL_CONFIG_FILE` names: JSON, whose objects are the dots of the settings' keys. YAML is
/// taken too, because JSON is read as such.
enum SettingsFile {
    static let variable = "AVAL_CONFIG_FILE"

    /// Bytes.
    private static let limit = 1 << 16

    /// The values by the settings' keys.
    ///
    /// - Throws: `FileError` with everything that names no setting or is no value.
    static func load(_ path: String) throws -> [String: String] {
        guard let file = FileHandle(forReadingAtPath: path), let content = try file.read(upToCount: limit + 1) else {
            throw Settings.Problem(description: "\(path) cannot be read")
        }
        return try read(Array(content), file: path)
    }

    static func read(_ bytes: [UInt8], file: String) throws -> [String: String] {
        let problems = ProblemList()
        var values: [String: String] = [:]
        if let root = FileNode(bytes, limit: limit, problems), let section = Section(root, path: "", problems) {
            read(section, into: &values)
        }
        guard problems.isEmpty else { throw FileError(file: file, problems: problems) }
        return values
    }

    private static func read(_ section: Section, into values: inout [String: String]) {
        let known = Setting.all.map(\.key)
        for key in section.keys {
            let path = section.path.isEmpty ? key : "\(section.path).\(key)"
            if known.contains(path) {
                if !section.isNull(key) { values[path] = section.text(key, expected: "a text or a number") }
            } else if known.contains(where: { $0.hasPrefix(path + ".") }) {
                if let inner = section.section(key) { read(inner, into: &values) }
            } else {
                let nearest = Setting.nearest(to: path, among: known)
                section.problem(key, "is no setting" + (nearest.map { "; \($0) is" } ?? ""))
            }
        }
    }
}
