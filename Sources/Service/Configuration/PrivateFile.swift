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
}
