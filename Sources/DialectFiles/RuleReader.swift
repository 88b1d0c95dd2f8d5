import ISO8583
import YAMLFiles

/// Reads what a dialect says of the inside of elements, of messages, keys and the MAC.
///
/// A dialect that extends another changes these one by one, `~` taking one away; without `extends`, what is stated is
/// all there is.
struct RuleReader {
    private let section: Section
    private let extends: Bool

    init(_ section: Section, extends: Bool) {
        self.section = section
        self.extends = extends
    }

    func read(into dialect: inout Dialect) {
        let section = self.section
        self.readEach("subelements", 2...ISO8583.Limits.elementNumber, "an element number", &dialect.subelements) {
            $0.section($1).flatMap(SubelementLayout.init)
        }
        let layouts = dialect.subelements
        self.readEach("known_tags", 2...ISO8583.Limits.elementNumber, "an element number", &dialect.knownTags) {
            self.tags($0, $1, layouts)
        }
        self.readEach("exponents", 0...999, "an ISO 4217 number", &dialect.exponentOverrides) { $0.number($1, 0...4) }
        self.readMessages(&dialect.rules)
        section.set(&dialect.requestKey, "request_key") { section.elements($0) }
        section.set(&dialect.responseKey, "response_key") { section.elements($0) }
        if section.isNull("mac") {
            dialect.mac = nil
        } else if let mac = section.section("mac") {
            dialect.mac = MACCoverage(mac)
        }
    }

    private func readEach<Value>(
        _ key: String,
        _ range: ClosedRange<Int>,
        _ meaning: String,
        _ values: inout [Int: Value],
        _ read: (Section, String) -> Value?
    ) {
        guard let entries = self.section.section(key) else { return }
        if !self.extends { values = [:] }
        for (key, number) in entries.numberedKeys(range, meaning) {
            if entries.isNull(key) {
                values[number] = nil
            } else if let value = read(entries, key) {
                values[number] = value
            }
        }
    }

    /// Tags as the codec names them: upper-case hex in BER-TLV, else as many characters as the layout says.
    private func tags(_ section: Section, _ key: String, _ layouts: [Int: SubelementLayout]) -> Set<String>? {
        guard let tags = section.texts(key) else { return nil }
        switch Int(key).flatMap({ layouts[$0] }) {
        case .berTLV:
            let names = tags.map { $0.uppercased() }
            if names.allSatisfy({ hexBytes($0) != nil }) { return Set(names) }
            section.problem(key, "a list of tags in hex is expected")
        case .tagged(let digits, _):
            if tags.allSatisfy({ $0.utf8.count == digits }) { return Set(tags) }
            section.problem(key, "a list of tags of \(digits) characters is expected")
        case .positional, .repeating, .bitmap, nil:
            section.problem(key, "this element is not made of tags; subelements says how it is divided")
        }
        return nil
    }

    private func readMessages(_ rules: inout [MessageRule]) {
        guard let messages = self.section.section("messages") else { return }
        if !self.extends { rules = [] }
        for key in messages.keys {
            guard let type = MessageTypeIndicator(key), type == type.withoutRepeat else {
                messages.problem(key, "four digits of a message type, not of its repeat, are expected as key")
                continue
            }
            let place = rules.firstIndex { $0.messageType == type }
            if messages.isNull(key) {
                if let place { rules.remove(at: place) }
                continue
            }
            guard let rule = messages.section(key) else { continue }
            rule.allow(["mandatory", "conditional", "echoed"])
            if let place {
                rules[place].read(rule)
            } else {
                var new = MessageRule(type, mandatory: [], conditional: [])
                new.read(rule)
                rules.append(new)
            }
        }
    }
}

extension MessageRule {
    /// Changes what the section states.
    fileprivate mutating func read(_ section: Section) {
        section.set(&self.mandatory, "mandatory") { section.elements($0) }
        section.set(&self.conditional, "conditional") { section.elements($0) }
        section.set(&self.echoed, "echoed") { section.elements($0) }
    }
}

/// What a MAC covers by a name: `message`, or a list of elements.
private enum MACScope: String, CaseIterable {
    case message
}

extension MACCoverage {
    /// What the section `mac` states; nil, with its problems reported, when it cannot be.
    package init?(_ section: Section) {
        section.allow(["covers", "algorithm", "padding_method", "length"])
        let bytes: Bytes?
        if section.isList("covers") {
            bytes = section.elements("covers").map { .elements($0) }
        } else {
            bytes = section.choice("covers", MACScope.self).map { _ in .messageBeforeMAC }
        }
        guard let bytes, let algorithm: Algorithm = section.choice("algorithm") else { return nil }
        self.init(bytes: bytes, algorithm: algorithm)
        section.set(&self.paddingMethod, "padding_method") { section.number($0, 1...2) }
        section.set(&self.length, "length") { section.number($0, 4...8) }
    }
}

/// The names of the layouts.
enum LayoutName: String, CaseIterable {
    case berTLV = "ber-tlv"
    case positional
    case repeating
    case tagged
    case bitmap
}

extension SubelementLayout {
    /// `layout` names it. `positional` and `repeating` have `parts`, each with `name`, `class` and `length`; `tagged`
    /// has `tag_digits` and `length_digits`; `bitmap` has the map's `bytes`, and `parts` by bit.
    fileprivate init?(_ section: Section) {
        guard let name: LayoutName = section.choice("layout") else { return nil }
        switch name {
        case .berTLV:
            section.allow(["layout"])
            self = .berTLV
        case .positional, .repeating:
            section.allow(["layout", "parts"])
            let sections = section.sections("parts")
            let parts = sections.compactMap { Part($0) }
            guard !parts.isEmpty, parts.count == sections.count else { return nil }
            self = name == .positional ? .positional(parts) : .repeating(parts)
        case .tagged:
            section.allow(["layout", "tag_digits", "length_digits"])
            guard let tagDigits = section.number("tag_digits", 1...16),
                let lengthDigits = section.number("length_digits", 1...4)
            else { return nil }
            self = .tagged(tagDigits: tagDigits, lengthDigits: lengthDigits)
        case .bitmap:
            section.allow(["layout", "bytes", "parts"])
            guard let bytes = section.number("bytes", 1...32), let parts = section.section("parts") else { return nil }
            var byBit: [Int: Part] = [:]
            for (key, bit) in parts.numberedKeys(1...8 * bytes, "a bit") {
                byBit[bit] = parts.section(key).flatMap { Part($0) }
            }
            self = .bitmap(bytes: bytes, parts: byBit)
        }
    }
}

extension SubelementLayout.Part {
    fileprivate init?(_ section: Section) {
        section.allow(["name", "class", "length"])
        guard let name = section.text("name"), let content: ContentClass = section.choice("class"),
            let length = section.number("length", 1...9_999)
        else { return nil }
        self.init(name, content, length)
    }
}
