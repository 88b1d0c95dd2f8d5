import ISO8583

extension Dialect {
    /// A value as it stands in a message: digits filled with zeros, text with spaces, hex in upper case.
    func canonical(_ text: String, of element: Int) -> String {
        guard let spec = spec(of: element) else { return text }
        if spec.content == .binary { return text.uppercased() }
        let missing = Int(spec.maximum) - text.unicodeScalars.count
        guard spec.prefix == nil, missing > 0 else { return text }
        switch spec.padding {
        case .leftZero: return String(repeating: "0", count: missing) + text
        case .rightZero: return text + String(repeating: "0", count: missing)
        case .rightSpace: return text + String(repeating: " ", count: missing)
        case .none, .rightF: return text
        }
    }
}

extension Message {
    /// The value of an element, hex where it is binary; nil when it is absent.
    func text(_ element: Int, _ dialect: Dialect) -> String? {
        guard dialect.spec(of: element)?.content == .binary else { return text(element) }
        return bytes(of: element).map { hexText($0) }
    }

    /// - Throws: for a binary element that is not hex, or a character that one byte cannot hold.
    mutating func set(_ element: Int, _ text: String, _ dialect: Dialect) throws(Template.Problem) {
        do throws(CanonicalFieldError) {
            let field = (key: String(element), value: dialect.canonical(text, of: element))
            copy([element], from: try Message(messageType.description, canonicalFields: [field], dialect: dialect))
        } catch {
            throw Template.Problem(description: "\(error)")
        }
    }

    /// What a report may show of an element: card data masked, whatever is not known to be harmless as its length.
    func shown(_ element: Int, _ dialect: Dialect) -> String {
        guard contains(element) else { return "absent" }
        var part = Message(messageType)
        part.copy([element], from: self)
        let line = part.storable(allowing: .standard, dialect: dialect)
        return String(line.dropFirst("\(messageType) \(element)=".count))
    }
}

/// What a report may show of a value that an element is expected to have.
func shown(_ text: String, of element: Int, _ dialect: Dialect) -> String {
    var message = Message(100)
    guard (try? message.set(element, text, dialect)) != nil else { return "*" }
    return message.shown(element, dialect)
}
