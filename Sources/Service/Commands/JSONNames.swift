import Foundation

/// The names of a JSON document's objects. `JSONDecoder` takes one of two members of the same name, and says nothing.
struct JSONNames {
    private let bytes: [UInt8]
    private var position = 0
    /// For each container that is open, the names so far.
    private var names: [Set<String>] = []
    private var repeated: Set<String> = []

    /// Names that come twice in one object, in order.
    ///
    /// - Parameter text: that is JSON, as a decoder has found.
    static func repeated(in text: String) -> [String] {
        var reader = JSONNames(bytes: Array(text.utf8))
        reader.read()
        return reader.repeated.sorted()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): names.append([])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = names.popLast()
            case UInt8(ascii: "\""): readText()
            default: break
            }
            position += 1
        }
    }

    /// Stops at the text's closing quotation mark. A text before a colon is a name.
    private mutating func readText() {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < bytes.count,
            bytes[(position + 1)...].first(where: { $0 > UInt8(ascii: " ") }) == UInt8(ascii: ":"),
            let name = try? JSONDecoder().decode(String.self, from: Data(bytes[start...position])),
            let last = names.indices.last
        else { return }
        if !names[last].insert(name).inserted { repeated.insert(name) }
    }
}
