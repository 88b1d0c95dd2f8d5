import DialectFiles
import Testing
import YAMLFiles

@testable import ISO8583

@Suite struct `Wrong dialect files` {
    /// What stands in a dialect that is otherwise right, and the problem it makes: its path below the dialect, and a
    /// part of what it says.
    static let wrongKeys: [(text: String, path: String, reason: String)] = [
        ("colour: red", "colour", "is not known here; known are name, extends"),
        ("version: 2003", "version", "one of 1987, 1993"),
        ("version: 1993", "version", "is of 1987"),
        ("mti_encoding: binary", "mti_encoding", "one of ascii, ebcdic, bcd"),
        ("bitmap_encoding: hex", "bitmap_encoding", "one of binary, hex-ascii, hex-ebcdic"),
        ("bitmaps: 4", "bitmaps", "4 is not possible; a number from 1 to 3"),
        ("bitmaps: ~", "bitmaps", "a number from 1 to 3 is expected"),
        ("code_page: utf-8", "code_page", "one of ibm037, ibm500, ibm1047"),
        ("framing: binary-2", "framing", "a mapping is expected"),
        ("framing: {length: bcd-4}", "framing.length", "one of binary-2, binary-4, binary-2-little-endian"),
        ("framing: {counts_itself: 1}", "framing.counts_itself", "one of true, false"),
        ("framing: {filler_bytes: 17}", "framing.filler_bytes", "from 0 to 16"),
        ("framing: {routing: nii}", "framing.routing", "one of none, tpdu, visa"),
        ("framing: {limit: 65536}", "framing.limit", "from 32 to 8192"),
        ("fields: []", "fields", "a mapping is expected"),
        ("fields: {1: {max: 3}}", "fields.1", "an element number from 2 to 192 is expected as key"),
        ("fields: {PAN: {max: 3}}", "fields.PAN", "an element number from 2 to 192"),
        ("fields: {2: 19}", "fields.2", "a mapping is expected"),
        ("fields: {2: {max: 19, min: 3}}", "fields.2.min", "is not known here"),
        ("fields: {2: {max: 0}}", "fields.2.max", "a number from 1 to 9998"),
        ("fields: {2: {max: 100}}", "fields.2", "the length indicator reaches 99, less than the maximum 100"),
        ("fields: {2: {class: q}}", "fields.2.class", "one of n, a, an, anp, ans, ns, x+n, z, b"),
        ("fields: {2: {data_encoding: raw}}", "fields.2.data_encoding", "one of ascii, ebcdic, bcd"),
        ("fields: {52: {data_encoding: bcd}}", "fields.52.data_encoding", "one of raw, hex-ascii, hex-ebcdic"),
        ("fields: {52: {max: 15}}", "fields.52.max", "an even number"),
        ("fields: {2: {unit: bytes}}", "fields.2.unit", "one of characters"),
        ("fields: {2: {length: LVAR}}", "fields.2.length", "one of fixed, LLVAR, LLLVAR, LLLLVAR"),
        ("fields: {3: {length: LLVAR}}", "fields.3.length_encoding", "is missing; one of ascii, ebcdic, bcd, binary"),
        ("fields: {2: {length_bytes: 5}}", "fields.2.length_bytes", "from 1 to 4"),
        ("fields: {2: {length_counts: words}}", "fields.2.length_counts", "one of characters, bytes"),
        ("fields: {2: {padding: left-9}}", "fields.2.padding", "one of none, left-0"),
        ("fields: {130: {max: 3}}", "fields.130.class", "is missing; one of n, a"),
        (
            "fields: {130: {class: n, max: 3, length: fixed, data_encoding: bcd}}", "fields.130",
            "is beyond the bit maps"
        ),
        ("fallback: {class: b}", "fallback.data_encoding", "is missing"),
        ("subelements: {48: {layout: csv}}", "subelements.48.layout", "one of ber-tlv, positional"),
        ("subelements: {48: {layout: positional}}", "subelements.48.parts", "a list is expected"),
        (
            "subelements: {48: {layout: repeating, parts: [{name: a, class: n, length: 0}]}}",
            "subelements.48.parts[1].length", "from 1 to 9999"
        ),
        ("subelements: {48: {layout: tagged, tag_digits: 17, length_digits: 2}}", "subelements.48.tag_digits", "16"),
        ("subelements: {62: {layout: bitmap, bytes: 1, parts: {9: {}}}}", "subelements.62.parts.9", "1 to 8"),
        ("known_tags: {55: 9F26}", "known_tags.55", "a list is expected"),
        ("known_tags: {55: [9F2]}", "known_tags.55", "a list of tags in hex"),
        ("known_tags: {48: [\"01\"]}", "known_tags.48", "not made of tags"),
        (
            "subelements: {48: {layout: tagged, tag_digits: 2, length_digits: 2}}\n    known_tags: {48: [1]}",
            "known_tags.48", "a list of tags of 2 characters"
        ),
        ("exponents: {EUR: 2}", "exponents.EUR", "an ISO 4217 number from 0 to 999"),
        ("exponents: {978: 9}", "exponents.978", "from 0 to 4"),
        ("messages: {0101: {echoed: [2]}}", "messages.0101", "not of its repeat"),
        ("messages: {100: {echoed: [2]}}", "messages.100", "four digits"),
        ("messages: {0100: {optional: [2]}}", "messages.0100.optional", "known are mandatory, conditional, echoed"),
        ("messages: {0100: {mandatory: [1]}}", "messages.0100.mandatory", "1 is not an element number or range"),
        ("messages: {0100: {mandatory: [9-7]}}", "messages.0100.mandatory", "9-7 is not"),
        ("messages: {0100: {mandatory: [130]}}", "messages.0100.mandatory", "element 130 cannot come"),
        ("fields: {37: ~}", "request_key", "element 37 cannot come"),
        ("request_key: 7", "request_key", "a list is expected"),
        ("request_key: [2, 7, 11]", "request_key", "element 2 may hold what is not stored in clear"),
        ("request_key: [3-13, 15-19, 21-33, 37-44, 99-100]", "request_key", "256 are allowed"),
        ("storable: 4", "storable", "a list is expected"),
        ("storable: [4, 14]", "storable", "element 14 may hold card data"),
        ("storable: [32-37]", "storable", "element 34 may hold card data"),
        ("storable: [53]", "storable", "element 53 may hold card data; it is never kept in clear"),
        ("storable: [2]", "storable", "element 2 may hold card data"),
        ("storable: [3-13, 48]", "storable", "element 48 may hold card data; storable_parts may name"),
        ("storable: [126]", "storable", "element 126 may hold card data"),
        ("storable: [61]", "storable", "element 61 may hold card data"),
        ("storable: [102]", "storable", "element 102 may hold card data"),
        ("storable: [130]", "storable", "element 130 may hold card data"),
        ("storable_parts: {48: [\"01\"]}", "storable_parts.48", "elements that subelements divides"),
        ("storable_parts: {35: [a]}", "storable_parts.35", "elements that subelements divides"),
        ("storable_parts: {55: [9F02, 57]}", "storable_parts.55", "tag 57 is card data"),
        ("storable_parts: {55: [9f02]}", "storable_parts.55", "9f02 is none that the element can have"),
        ("storable_parts: {90: [original_pan]}", "storable_parts.90", "original_pan is none"),
        ("storable_parts: {1: [a]}", "storable_parts.1", "an element number from 2 to 192"),
        ("messages: {0100: {echoed: [3, 4, 7, 11, 35, 52]}}", "messages.0100.echoed", "element 35 holds card data"),
        ("messages: {0100: {echoed: [2, 46-49]}}", "messages.0100.echoed", "element 48 holds card data"),
        (
            "subelements: {61: {layout: positional, parts: [{name: a, class: n, length: 1}, "
                + "{name: a, class: n, length: 2}]}}", "subelements.61.parts", "a is there twice"
        ),
        (
            "subelements: {61: {layout: bitmap, bytes: 1, parts: {1: {name: a, class: n, length: 1}, "
                + "2: {name: a, class: n, length: 2}}}}", "subelements.61.parts", "a is there twice"
        ),
        ("deadline_ms: 10s", "deadline_ms", "from 100 to 600000"),
        ("deadline_ms: 1000", "margin_ms", "leaves no time before the deadline of 1000 ms"),
        ("sign_on_required: yes", "sign_on_required", "one of true, false"),
        ("refusal: 96", "refusal", "one of 91, silence"),
        ("mac: {covers: all, algorithm: retail}", "mac.covers", "one of message"),
        ("mac: {covers: message, algorithm: md5}", "mac.algorithm", "one of cbc, retail, cmac-tdes, cmac-aes"),
        ("mac: {covers: message, algorithm: cbc, length: 3}", "mac.length", "from 4 to 8"),
    ]

    @Test(arguments: wrongKeys)
    func `a wrong key is named with line, path and what is allowed`(text: String, path: String, reason: String) throws {
        let problems = try problems("dialects:\n  - name: acme\n    extends: iso87-ascii-hexbitmap\n    \(text)")
        let problem = try #require(problems.first { $0.path == "dialects.acme.\(path)" }, "\(problems)")
        #expect(problem.reason.contains(reason), "\(problem.reason)")
        #expect((2...5).contains(problem.line ?? 0))
    }

    @Test(arguments: [
        ("", "is empty"), ("- a", "a mapping is expected"), ("{}", "a list of dialects is expected"),
        ("dialects: {}", "a list of dialects"), ("dialects: []", "a list of dialects"),
        ("dialects: [1]", "a mapping is expected"), ("dialects: [{}]", "is missing"),
        ("dialects: [{name: a b, extends: iso87-ebcdic}]", "letters, digits"),
        ("dialects: [{name: a, extends: b}]", "one of iso87-ascii-hexbitmap"),
        ("dialects: [{name: a}]", "one of 1987, 1993"),
        ("dialects: [{name: a}]", "a dialect that extends none states them all"),
        ("dialects: [{name: a, extends: iso87-ebcdic}, {name: a, extends: iso87-ebcdic}]", "a is there twice"),
        ("dialects: [{name: a, name: b}]", "is there twice"),
        ("dialects: [{name: a, extends: iso87-ebcdic, fields: {2: {max: 1}, \"2\": {max: 2}}}]", "is there twice"),
        ("dialects: [{name: a, extends: iso87-ebcdic, exponents: {7: 1, 007: 2}}]", "is there twice"),
        ("dialects: [{[a]: b}]", "a key must be a text"),
        ("dialects: [{name: a", "is not YAML"), ("a: b\n---\nc: d", "is not YAML"), ("\t\u{0}", "is not YAML"),
        ("dialects: &a [*a]", "anchors (&name) are not taken"), ("dialects: [*a]", "is not YAML"),
        (String(repeating: "[", count: 400_000), "is not YAML"),
        (String(repeating: "- ", count: 400_000), "is not YAML"),
        (String(repeating: "? ", count: 400_000), "is not YAML"),
        (String(repeating: "a", count: 1 << 20) + "a", "such a file has at most 1048576"),
        ("dialects: [" + String(repeating: "{name: a}, ", count: 65) + "]", "65 dialects; a file holds at most 64"),
    ])
    func `a file that is no list of dialects is refused in words`(text: String, reason: String) throws {
        let problems = try problems(text)
        #expect(problems.contains { $0.reason.contains(reason) }, "\(problems.prefix(5))")
    }

    @Test func `what is not UTF-8 is refused`() {
        let error = #expect(throws: FileError.self) { try DialectFile.load([0xFF, 0x3A], file: "x") }
        #expect(error?.description == "x: is not UTF-8")
    }

    @Test func `all problems of a file are reported, in its order and with its name`() throws {
        let text = """
            dialects:
              - name: one
                extends: nothing
                bitmaps: 7
              - name: two
                extends: iso87-ebcdic
                refusal: no
                fields:
                  2: {max: 0}
            """
        let error = try #require(
            #expect(throws: FileError.self) { try DialectFile.load(Array(text.utf8), file: "net.yaml") }
        )
        let lines = error.description.split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(
            lines == ["net.yaml:3:", "net.yaml:4:", "net.yaml:7:", "net.yaml:9:"],
            "\(error.description)"
        )
    }

    @Test func `a file full of problems reports the first ones and counts the rest`() throws {
        let keys = (0..<300).map { "k\($0): 1" }.joined(separator: ", ")
        let error = try #require(
            #expect(throws: FileError.self) {
                try DialectFile.load(
                    Array("{\(keys), dialects: [{name: a, extends: iso87-bcd-ascii}]}".utf8),
                    file: "x"
                )
            }
        )
        #expect(error.problems.count == 200 && error.unreported == 100)
        #expect(error.description.hasSuffix("x: 100 more problems"))
    }

    @Test func `an ampersand in a text is no anchor`() throws {
        let text = "dialects: [{name: a, extends: iso87-ebcdic, description: R&D of A & B}]"
        #expect(try DialectFile.load(Array(text.utf8), file: "x").first?.dialect.summary == "R&D of A & B")
    }

    private func problems(_ text: String) throws -> [FileError.Problem] {
        let error = #expect(throws: FileError.self) { try DialectFile.load(Array(text.utf8), file: "test.yaml") }
        return try #require(error).problems
    }
}
