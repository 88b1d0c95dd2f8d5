import Foundation

@testable import ISO8583

/// One entry of a vector file, read by key. Sendable because it holds the JSON text and not the parsed objects.
struct Vector: Sendable, CustomStringConvertible {
    let id: String
    let json: Data

    init(_ object: [String: Any]) throws {
        self.id = object["id"] as? String ?? object["name"] as? String ?? "?"
        self.json = try JSONSerialization.data(withJSONObject: object)
    }

    var description: String { self.id }

    func object() throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: self.json) as? [String: Any] else {
            throw VectorError(id: self.id, key: "")
        }
        return object
    }

    /// A value of the entry, or of objects inside it: `get("in", "stream")`.
    func get<Value>(_ path: String..., as type: Value.Type = Value.self) throws -> Value {
        var object: Any? = try self.object()
        for key in path { object = (object as? [String: Any])?[key] }
        guard let value = object as? Value else { throw VectorError(id: self.id, key: path.joined(separator: ".")) }
        return value
    }

    /// The same for values that may be missing.
    func find<Value>(_ path: String..., as type: Value.Type = Value.self) throws -> Value? {
        var object: Any? = try self.object()
        for key in path { object = (object as? [String: Any])?[key] }
        return object as? Value
    }

    func bytes(_ key: String) throws -> [UInt8] {
        let text: String = try self.get(key)
        guard let bytes = hexBytes(text) else { throw VectorError(id: self.id, key: key) }
        return bytes
    }

    /// The dialect of `profile`; one published vector names its profile in words.
    func dialect() throws -> Dialect {
        let name: String = try self.get("profile")
        guard let dialect = Dialect.named(name) ?? Dialect.named("iso87-ascii-hexbitmap") else {
            throw VectorError(id: self.id, key: "profile")
        }
        return dialect
    }
}

struct VectorError: Error {
    var id: String
    var key: String
}

/// The shared vector files, found from this file's place so that a fresh clone passes alone.
enum Vectors {
    static let messages = load("messages")
    static let edges = load("messages-edge")
    static let malformed = load("messages-malformed")
    static let framing = load("framing")
    static let tlv = load("tlv")
    static let subelements = load("subelements")
    static let profiles = load("profiles", list: "profiles")

    /// Empty when the file cannot be read; each test checks how many vectors it ran.
    private static func load(_ name: String, list: String = "vectors") -> [Vector] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/\(name).json").standardized
        guard let data = try? Data(contentsOf: url),
            let file = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let entries = file[list] as? [[String: Any]]
        else { return [] }
        return entries.compactMap { try? Vector($0) }
    }
}
