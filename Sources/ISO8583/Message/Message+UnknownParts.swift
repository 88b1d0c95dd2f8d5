/// An element that the dialect does not define, or a tag that the network has not announced.
package struct UnknownPart: Hashable, Sendable, CustomStringConvertible {
    package var element: Int
    /// As ``Subelement/name`` has it; nil when the element itself is unknown.
    package var tag: String?

    package init(element: Int, tag: String? = nil) {
        self.element = element
        self.tag = tag
    }

    /// `62`, `55.DF7A`.
    package var description: String { self.tag.map { "\(self.element).\($0)" } ?? String(self.element) }
}

extension Message {
    /// What came and is not known, each once: elements that the fallback rule has let through, then tags in elements
    /// for which ``Dialect/knownTags`` has a list. It is kept in the message; this is for counting it.
    package func unknownParts(dialect: Dialect) -> [UnknownPart] {
        var parts = self.unknownElements.map { UnknownPart(element: $0) }
        for (element, known) in dialect.knownTags.sorted(by: { $0.key < $1.key }) {
            var seen = known
            for part in self.subelements(of: element, dialect: dialect) ?? [] where seen.insert(part.name).inserted {
                parts.append(UnknownPart(element: element, tag: part.name))
            }
        }
        return parts
    }

    /// The parts of an element that is made of tags; nil when the element is absent, is not, or is malformed inside.
    func subelements(of element: Int, dialect: Dialect) -> [Subelement]? {
        guard let layout = dialect.subelements[element], layout.hasTags, let value = self.bytes(of: element) else {
            return nil
        }
        return try? layout.split(Array(value))
    }
}

extension SubelementLayout {
    /// Whether the parts are named by tags, so that there may be some that nobody has heard of.
    package var hasTags: Bool {
        switch self {
        case .berTLV, .tagged: true
        case .positional, .repeating, .bitmap: false
        }
    }
    /// Whether a part can have that name, as ``Subelement/name`` has it.
    package func mayHave(_ name: String) -> Bool {
        switch self {
        case .berTLV: hexBytes(name) != nil && name.uppercased() == name
        case .positional(let parts), .repeating(let parts): parts.contains { $0.name == name }
        case .tagged(let tagDigits, lengthDigits: _): name.utf8.count == tagDigits
        case .bitmap(bytes: _, let parts): parts.values.contains { $0.name == name }
        }
    }
}
