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
        self.readStorable(into: &dialect)
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

    /// What is kept of messages in clear: `storable` lists elements, `storable_parts` names parts of others. DE 2 is kept
    /// masked, and not the file's to say.
    private func readStorable(into dialect: inout Dialect) {
        var elements = dialect.storable.elements
        self.section.set(&elements, "storable") { key in
            self.section.elements(key).map { listed in
                for element in listed.subtracting(StorageAllowList.wholes).union(listed.intersection([2])) {
                    self.section.problem(key, "element \(element) may hold card data; \(Self.insteadOfWhole(element))")
                }
                return listed.union([2])
            }
        }
        var parts = dialect.storable.parts
        let layouts = dialect.subelements
        self.readEach("storable_parts", 2...ISO8583.Limits.elementNumber, "an element number", &parts) {
            self.storableParts($0, $1, layouts)
        }
        dialect.storable = StorageAllowList(elements: elements, parts: parts)
    }

    private static func insteadOfWhole(_ element: Int) -> String {
        StorageAllowList.cardData.subtracting([55]).contains(element)
            ? "it is never kept in clear" : "storable_parts may name parts of it"
    }

    private func storableParts(_ section: Section, _ key: String, _ layouts: [Int: SubelementLayout]) -> Set<String>? {
        guard let names = section.texts(key), let element = Int(key) else { return nil }
        guard let layout = layouts[element], !StorageAllowList.cardData.subtracting([55]).contains(element) else {
            section.problem(key, "parts are kept of elements that subelements divides, and of none that is card data")
            return nil
        }
        for name in names {
            if !layout.mayHave(name) {
                section.problem(key, "\(name.prefix(40)) is none that the element can have")
            } else if element == 55 || layout == .berTLV, StorageAllowList.cardDataTags.contains(name) {
                section.problem(key, "tag \(name) is card data, which is not kept")
            }
        }
        return Set(names)
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
        section.set(&self.echoed, "echoed") { key in
            section.elements(key).map { echoed in
                for element in echoed.intersection(MessageRule.neverEchoed) {
                    section.problem(key, "element \(element) holds card data, which never goes back in an answer")
                }
                return echoed
            }
        }
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
