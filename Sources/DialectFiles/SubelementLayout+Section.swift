import ISO8583
import YAMLFiles

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
    init?(_ section: Section) {
        guard let name: LayoutName = section.choice("layout") else { return nil }
        switch name {
        case .berTLV:
            section.allow(["layout"])
            self = .berTLV
        case .positional, .repeating:
            section.allow(["layout", "parts"])
            let sections = section.sections("parts")
            let parts = sections.compactMap { Part($0) }
            section.requireDifferentNames(of: parts)
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
            section.requireDifferentNames(of: byBit.sorted { $0.key < $1.key }.map(\.value))
            self = .bitmap(bytes: bytes, parts: byBit)
        }
    }
}

extension Section {
    /// What reads a part finds it by its name.
    fileprivate func requireDifferentNames(of parts: [SubelementLayout.Part]) {
        var names: Set<String> = []
        for part in parts where !names.insert(part.name).inserted {
            self.problem("parts", "\(part.name.prefix(40)) is there twice")
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
