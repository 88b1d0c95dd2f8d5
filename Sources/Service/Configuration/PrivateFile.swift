import Foundation

/// A file that only its user may read.
enum PrivateFile {
    case content(Data)
    case unreadable
    case readableByOthers

    static func read(_ path: String) -> PrivateFile {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = attributes[.posixPermissions] as? NSNumber,
            let content = FileManager.default.contents(atPath: path)
        else { return .unreadable }
        return mode.intValue & 0o077 == 0 ? .content(content) : .readableByOthers
    }

    /// Replaces a file, whole or not at all; durably before it returns.
    static func replace(_ path: String, by content: Data) throws {
        let new = "\(path).new"
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let isMade = FileManager.default.createFile(
            atPath: new,
            contents: content,
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade, isDurable(new), rename(new, path) == 0, isDurable(folder) else {
            throw Settings.Problem(description: "\(path) cannot be replaced: error \(errno)")
        }
    }

    /// Has the disk keep a file's content, or a folder's names.
    private static func isDurable(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
