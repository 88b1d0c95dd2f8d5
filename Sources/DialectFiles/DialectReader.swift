import ISO8583
import YAMLFiles

/// Reads one dialect of a file, over what it extends.
struct DialectReader {
    /// Characters of a request key's elements together: an index entry of PostgreSQL has at most 2,704 bytes.
    private static let longestKey = 256

    private let section: Section
    private let extended: Dialect?
    private var dialect: Dialect

    /// - Parameter before: the file's dialects so far, which this one may extend.
    init(_ section: Section, before: [Dialect]) {
        let name = section.has("name") ? Self.name(section) : nil
        let section = name.map { section.renamed("\(section.path.prefix { $0 != "[" }).\($0)") } ?? section
        if name == nil, !section.has("name") { _ = section.text("name") }
        if let name, before.contains(where: { $0.name == name }) { section.problem("name", "\(name) is there twice") }
        self.section = section
        self.extended = section.has("extends") ? Self.extended(section, before) : nil
        // What extends nothing that is known is read over any dialect, for the sake of its other problems.
        let fallback = Dialect.iso87ASCIIHexBitmap
        self.dialect = self.extended ?? (section.has("extends") ? fallback : Self.fresh(section) ?? fallback)
        self.dialect.name = name ?? ""
    }

    private static func name(_ section: Section) -> String? {
        guard let name = section.text("name") else { return nil }
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        if isPlain, name.utf8.count <= 64 { return name }
        section.problem("name", "1 to 64 letters, digits, dots, hyphens and underscores are expected")
        return nil
    }

    private static func extended(_ section: Section, _ before: [Dialect]) -> Dialect? {
        let known = before + Dialect.builtIn.filter { dialect in !before.contains { $0.name == dialect.name } }
        return section.choice("extends", among: known.map { ($0.name, $0) })
    }

    /// An empty dialect of the stated edition, with that edition's rules.
    private static func fresh(_ section: Section) -> Dialect? {
        let edition: Edition? = section.choice("version")
        let messageType = section.choice("mti_encoding", among: self.messageTypeEncodings)
        let bitmap: BitmapEncoding? = section.choice("bitmap_encoding")
        if !section.has("fields") {
            section.problem("fields", "is missing; a dialect that extends none states them all")
        }
        guard let edition, let messageType, let bitmap else { return nil }
        var dialect = Dialect(
            name: "",
            summary: "",
            edition: edition,
            messageTypeEncoding: messageType,
            bitmapEncoding: bitmap
        )
        dialect.setStandardRules()
        return dialect
    }

    private static let messageTypeEncodings: [(name: String, value: ElementEncoding)] =
        [ElementEncoding.ascii, .ebcdic, .bcd].map { ($0.rawValue, $0) }

    /// Nil when there are problems that leave nothing to extend.
    func entry() -> DialectFile.Entry? {
        self.section.allow([
            "name", "extends", "description", "version", "mti_encoding", "bitmap_encoding", "bitmaps", "code_page",
            "framing", "fields", "fallback", "subelements", "known_tags", "exponents", "messages", "request_key",
            "response_key", "deadline_ms", "margin_ms", "sign_on_required", "refusal", "reports_unknown_original",
            "mac", "storable", "storable_parts", "ebcdic_note", "track2_separator", "x+n",
        ])
        var dialect = self.dialect
        self.readForm(into: &dialect)
        self.readElements(into: &dialect)
        self.readTimes(into: &dialect)
        RuleReader(self.section, extends: self.section.has("extends")).read(into: &dialect)
        self.check(dialect)
        return dialect.name.isEmpty ? nil : DialectFile.Entry(dialect: dialect, extended: self.extended)
    }

    private func readForm(into dialect: inout Dialect) {
        let section = self.section
        section.set(&dialect.summary, "description") { section.text($0) }
        section.set(&dialect.messageTypeEncoding, "mti_encoding") {
            section.choice($0, among: Self.messageTypeEncodings)
        }
        section.set(&dialect.bitmapEncoding, "bitmap_encoding") { section.choice($0) }
        section.set(&dialect.maximumBitmaps, "bitmaps") { section.number($0, 1...3) }
        section.set(&dialect.codePage, "code_page") { key in
            section.choice(key, among: CodePage.all.map { ($0.name, $0) })
        }
        if let framing = section.section("framing") { dialect.framing.read(framing) }
        guard let extended = self.extended, section.has("version") else { return }
        guard let edition: Edition = section.choice("version"), edition != extended.edition else { return }
        section.problem("version", "\(extended.name) is of \(extended.edition.rawValue), and so is what extends it")
    }

    private func readElements(into dialect: inout Dialect) {
        if let fields = self.section.section("fields") {
            for (key, number) in fields.numberedKeys(2...ISO8583.Limits.elementNumber, "an element number") {
                if fields.isNull(key) {
                    dialect.undefine(number)
                } else {
                    self.readElement(fields, key, number, into: &dialect)
                }
            }
        }
        if self.section.isNull("fallback") {
            dialect.fallback = nil
        } else if let fallback = self.section.section("fallback") {
            dialect.fallback = ElementSpec(fallback, base: dialect.fallback)
        }
    }

    private func readElement(_ fields: Section, _ key: String, _ number: Int, into dialect: inout Dialect) {
        guard let attributes = fields.section(key) else { return }
        let name = attributes.has("name") ? attributes.text("name") : nil
        guard let spec = ElementSpec(attributes, base: dialect.spec(of: number)) else { return }
        do throws(DialectError) {
            try dialect.define(number, spec, name: name)
        } catch {
            fields.problem(key, error.reason)
        }
        guard number > 64 * dialect.maximumBitmaps else { return }
        fields.problem(key, "is beyond the bit maps; bitmaps says how many there are")
    }

    private func readTimes(into dialect: inout Dialect) {
        let section = self.section
        section.set(&dialect.deadline, "deadline_ms") { key in
            section.number(key, 100...600_000).map { .milliseconds($0) }
        }
        section.set(&dialect.margin, "margin_ms") { key in
            section.number(key, 0...600_000).map { .milliseconds($0) }
        }
        if dialect.margin >= dialect.deadline {
            section.problem("margin_ms", "leaves no time before the deadline of \(dialect.deadline.milliseconds) ms")
        }
        section.set(&dialect.isSignOnRequired, "sign_on_required") { section.flag($0) }
        section.set(&dialect.refusal, "refusal") { section.choice($0) }
        section.set(&dialect.reportsUnknownOriginal, "reports_unknown_original") { section.flag($0) }
    }

    /// What no part alone can tell: elements that are asked for must be able to come.
    private func check(_ dialect: Dialect) {
        func require(_ elements: ElementSet, _ key: String) {
            for element in elements where dialect.spec(of: element) == nil || element > 64 * dialect.maximumBitmaps {
                self.section.problem(key, "element \(element) cannot come: not defined, or beyond the bit maps")
            }
        }
        for rule in dialect.rules { require(rule.mandatory, "messages.\(rule.messageType).mandatory") }
        require(dialect.requestKey, "request_key")
        checkRequestKey(dialect)
        require(dialect.responseKey, "response_key")
        if case .elements(let elements) = dialect.mac?.bytes { require(elements, "mac.covers") }
    }

    /// Keys are stored in clear, in an index.
    private func checkRequestKey(_ dialect: Dialect) {
        for element in dialect.requestKey.subtracting(Message.shown) {
            self.section.problem("request_key", "element \(element) may hold what is not stored in clear")
        }
        let bytes = dialect.requestKey.compactMap { dialect.spec(of: $0).map { Int($0.maximum) } }.reduce(0, +)
        guard bytes > Self.longestKey else { return }
        self.section.problem(
            "request_key",
            "its elements have up to \(bytes) characters; \(Self.longestKey) are allowed"
        )
    }
}

extension FrameFormat {
    /// Changes what the section states.
    package mutating func read(_ section: Section) {
        section.allow(["length", "counts_itself", "filler_bytes", "routing", "limit"])
        section.set(&self.length, "length") { section.choice($0) }
        section.set(&self.includesItself, "counts_itself") { section.flag($0) }
        section.set(&self.fillerBytes, "filler_bytes") { section.number($0, 0...16) }
        section.set(&self.routing, "routing") { section.choice($0) }
        section.set(&self.limit, "limit") { section.number($0, 32...ISO8583.Limits.messageBytes) }
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 {
        self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}
