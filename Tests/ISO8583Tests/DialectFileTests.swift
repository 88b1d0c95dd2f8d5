import DialectFiles
import Foundation
import Testing

@testable import ISO8583

@Suite struct `Dialect files` {
    @Test(arguments: Dialect.builtIn.map(\.name))
    func `a built-in dialect written out loads to an equal one`(name: String) throws {
        let dialect = try #require(Dialect.named(name))
        let loaded = try load(DialectFile.text(of: dialect))
        #expect(loaded.map(\.dialect) == [dialect])
    }

    @Test func `everything a dialect has survives being written and read`() throws {
        let dialect = try Self.strange()
        let loaded = try #require(load(DialectFile.text(of: dialect)).first)
        #expect(loaded.dialect == dialect)
        #expect(loaded.extended == nil)
    }

    @Test func `the profiles load from JSON to the built-in dialects and read their vectors`() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Vectors/profiles.json").standardized
        let loaded = try DialectFile.load([UInt8](Data(contentsOf: url)), file: "profiles.json").map(\.dialect)
        #expect(loaded.count == 7)
        for (var dialect, builtIn) in zip(loaded, Dialect.builtIn) {
            dialect.summary = builtIn.summary
            #expect(dialect == builtIn)
        }
        var count = 0
        for vector in Vectors.messages {
            let profile: String = try vector.get("profile")
            guard let dialect = loaded.first(where: { $0.name == profile }) else { continue }
            let packed = try vector.bytes("packed")
            #expect(try Codec.encode(Codec.decode(packed, dialect: dialect), dialect: dialect) == packed)
            count += 1
        }
        #expect(count == 112)
    }

    @Test func `a dialect that extends another states what differs`() throws {
        let text = """
            dialects:
              - name: acme
                extends: iso87-visa-base1-like
                description: "ACME & Sons"
                framing: {length: binary-2, filler_bytes: 2, routing: visa}
                bitmaps: 3
                code_page: ibm1047
                fields:
                  22: {max: 3}
                  60: ~
                  "61": {name: Terminal data, class: an, max: 20}
                  130: {class: n, max: 6, length: fixed, data_encoding: bcd}
                fallback: {class: b, max: 255, length: LLLVAR, data_encoding: raw, length_encoding: binary,
                  length_bytes: 1, length_counts: bytes}
                subelements:
                  48: {layout: tagged, tag_digits: 2, length_digits: 2}
                  95: ~
                known_tags: {48: ["01", "92"], 55: [9f26, 95]}
                exponents: {352: 2}
                messages:
                  0100: {mandatory: [2-4, 7, 11, 32, 49]}
                  0302: ~
                  0600: {mandatory: [7, 11], echoed: [7, 11]}
                request_key: [7, 11, 32]
                storable: [3, 4, 39]
                storable_parts: {48: ["01"], 55: ~}
                deadline_ms: 5000
                margin_ms: 500
                sign_on_required: false
                refusal: silence
                mac: {covers: message, algorithm: retail, padding_method: 2, length: 4}
              - {name: acme-test, extends: acme, bitmaps: 2, fields: {130: ~}}
            """
        let entries = try load(text)
        let base = Dialect.iso87VisaBaseOneLike
        let acme = entries[0].dialect
        #expect(entries[0].extended == base)
        #expect(entries[1].extended == acme)
        #expect(acme.summary == "ACME & Sons")
        #expect(acme.framing == FrameFormat(.bigEndian2, fillerBytes: 2, routing: .visa))
        #expect(acme.spec(of: 22) == ElementSpec(.numeric, .bcd, maximum: 3))
        #expect(acme.name(of: 22) == base.name(of: 22))
        #expect(acme.spec(of: 60) == nil)
        #expect(acme.name(of: 61) == "Terminal data")
        let prefix = LengthPrefix(.binary, width: 1)
        #expect(acme.spec(of: 61) == ElementSpec(.alphanumeric, .ebcdic, maximum: 20, prefix: prefix))
        #expect(acme.fallback == ElementSpec(.binary, .binary, maximum: 255, prefix: prefix))
        #expect(acme.subelements[48] == .tagged(tagDigits: 2, lengthDigits: 2))
        #expect(acme.subelements[95] == nil && acme.subelements[90] == base.subelements[90])
        #expect(acme.knownTags[48] == ["01", "92"] && acme.knownTags[55] == ["9F26", "95"])
        #expect(acme.exponent(ofCurrency: 352, standard: 0) == 2)
        #expect(acme.rule(for: 100)?.mandatory == [2, 3, 4, 7, 11, 32, 49])
        #expect(acme.rule(for: 100)?.echoed == base.rule(for: 100)?.echoed)
        #expect(acme.rule(for: 302) == nil && acme.rule(for: 600)?.echoed == [7, 11])
        #expect(acme.requestKey == [7, 11, 32] && acme.responseKey == base.responseKey)
        #expect(acme.storable == StorageAllowList(elements: [2, 3, 4, 39], parts: [48: ["01"]]))
        #expect(acme.answerTime == .milliseconds(4_500))
        #expect(!acme.isSignOnRequired && acme.refusal == .silence)
        #expect(acme.mac == MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail, paddingMethod: 2, length: 4))
        #expect(entries[1].dialect.spec(of: 130) == nil)
    }

    @Test func `an explanation names what differs and nothing else`() throws {
        let text = "dialects: [{name: acme, extends: iso87-ebcdic, deadline_ms: 7000, fields: {22: {max: 4}, 60: ~}}]"
        let lines = try #require(load(text).first).explanation.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("acme, extends iso87-ebcdic") == true)
        let start = try #require(lines.firstIndex { $0.contains("differs from iso87-ebcdic in") })
        let differences = lines[(start + 1)...].map { $0.split(separator: ":")[0].drop { $0 == " " } }
        #expect(differences == ["deadline_ms", "fields.22", "fields.60"])
        let same = try #require(load("dialects: [{name: same, extends: iso87-ebcdic}]").first).explanation
        #expect(same.contains("description") == false && same.contains("the same as iso87-ebcdic"))
    }

    @Test func `the README's dialect loads`() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../README.md").standardized
        let blocks = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
        let block = try #require(blocks.first?.components(separatedBy: "```").first)
        let entry = try #require(load(block).first)
        #expect(entry.dialect.name == "acme" && entry.extended == .iso87VisaBaseOneLike)
        #expect(entry.dialect.spec(of: 22)?.maximum == 3 && entry.dialect.spec(of: 60) == nil)
    }

    /// With every property at another value than any built-in dialect has.
    private static func strange() throws -> Dialect {
        var dialect = Dialect(
            name: "strange.1",
            summary: "a \"quoted\" \\ text,\u{7} é: {x} # no comment",
            edition: .iso1993,
            messageTypeEncoding: .ebcdic,
            bitmapEncoding: .hexEBCDIC
        )
        dialect.framing = FrameFormat(.ascii4, includesItself: true, fillerBytes: 1, routing: .tpdu, limit: 4_000)
        dialect.maximumBitmaps = 3
        dialect.codePage = .ibm500
        let bytes = LengthPrefix(.binary, width: 2, counts: .bytes)
        try dialect.define(2, ElementSpec(.numeric, .bcd, maximum: 19, prefix: bytes, padding: .rightF), name: "PAN")
        try dialect.define(11, ElementSpec(.numeric, .ascii, maximum: 6, padding: Padding.none))
        try dialect.define(55, ElementSpec(.binary, .ebcdic, maximum: 255, prefix: LengthPrefix(.bcd, width: 2)))
        try dialect.define(192, ElementSpec(.alphabetic, .ebcdic, maximum: 3, padding: .rightSpace), name: "- ~")
        dialect.fallback = ElementSpec(.numeric, .ascii, maximum: 99, prefix: LengthPrefix(.ascii, width: 2))
        let parts = [SubelementLayout.Part("a, b", .numeric, 2), .init("c", .signedAmount, 9)]
        dialect.subelements = [
            3: .positional(parts), 54: .repeating(parts), 55: .berTLV, 48: .tagged(tagDigits: 4, lengthDigits: 3),
            62: .bitmap(bytes: 8, parts: [1: parts[0], 64: parts[1]]),
        ]
        dialect.knownTags = [48: ["0001", "0002"], 55: ["9F26", "82"]]
        dialect.exponentOverrides = [352: 2, 8: 0]
        dialect.storable = StorageAllowList(elements: [2, 11], parts: [3: ["a, b"], 62: ["c"]])
        dialect.rules = [MessageRule(1_800, mandatory: [11], conditional: [2, 55], echoed: [11])]
        dialect.requestKey = [11]
        dialect.responseKey = [2, 11]
        dialect.deadline = .milliseconds(3_210)
        dialect.margin = .milliseconds(123)
        dialect.isSignOnRequired = false
        dialect.refusal = .silence
        dialect.reportsUnknownOriginal = true
        dialect.mac = MACCoverage(bytes: .elements([2, 11]), algorithm: .cmacAES, paddingMethod: 2, length: 4)
        return dialect
    }

    private func load(_ text: String) throws -> [DialectFile.Entry] {
        try DialectFile.load(Array(text.utf8), file: "test.yaml")
    }
}
