/// A JSON value in a form that only depends on its meaning: names sorted, every piece with its length, so that no
/// two values share a form.
struct CanonicalForm {
    private(set) var bytes: [UInt8] = []

    /// - Parameter secrets: what stands in for a top-level field's value, so that the value itself does not enter.
    init(_ value: JSONValue?, secrets: [String: [UInt8]] = [:]) {
        guard let value else { return }
        guard case .object(let members) = value else {
            write(value)
            return
        }
        write(
            members.map { member in
                (member.name, member.value, secrets[member.name])
            }
        )
    }

    mutating func write(tag: Unicode.Scalar, _ content: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: tag))
        withUnsafeBytes(of: UInt32(content.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: content)
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(tag: "n", [])
        case .boolean(let flag): write(tag: "b", [flag ? 1 : 0])
        case .integer(let number): write(tag: "i", Array(String(number).utf8))
        case .otherNumber: write(tag: "x", [])
        case .text(let text): text.withBytes { write(tag: "t", $0) }
        case .list(let elements):
            write(tag: "l", Array(String(elements.count).utf8))
            for element in elements { write(element) }
        case .object(let members): write(members.map { ($0.name, $0.value, nil) })
        }
    }

    private mutating func write(_ members: [(name: String, value: JSONValue, secret: [UInt8]?)]) {
        write(tag: "o", Array(String(members.count).utf8))
        for member in members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            write(tag: "k", Array(member.name.utf8))
            if let secret = member.secret {
                write(tag: "s", secret)
            } else {
                write(member.value)
            }
        }
    }
}
