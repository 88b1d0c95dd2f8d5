/// A version of a stored key.
package struct StoredKeyVersion: Hashable, Sendable, CustomStringConvertible {
    package var name: StoredKeyName
    /// 1 or more.
    package var version: Int32

    package init(_ name: StoredKeyName, _ version: Int32) {
        self.name = name
        self.version = version
    }

    /// Nil unless it is the description of one.
    package init?(_ text: some StringProtocol) {
        guard let dot = text.lastIndex(of: "."), let name = StoredKeyName(String(text[..<dot])),
            let version = Int32(text[text.index(after: dot)...]), version > 0
        else { return nil }
        self.init(name, version)
    }

    /// The version stands behind the last dot: no other key and version has the same.
    package var description: String { "\(name.text).\(version)" }
}
