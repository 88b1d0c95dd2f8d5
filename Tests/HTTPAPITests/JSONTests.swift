import AuthorizationCore
import CardCryptography
import Testing

@testable import HTTPAPI

@Suite struct JSONTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try parse(bytes: Array(text.utf8))
    }

    private func parse(bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        try JSONParser.parse(SecretBytes(bytes))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "-", "1.", "1e", "+1", "nul", "tru",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{1}\"", "1 2",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
    ])
    func `what is not strict JSON is refused`(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONSyntaxError.self) { try parse(bytes: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try parse(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func `depth is bounded`() throws {
        let deepest = JSONParser.largestDepth
        _ = try parse(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest))
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 60_000)) }
    }

    @Test func `the number of values is bounded`() throws {
        func list(_ count: Int) -> String { "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]" }
        // The list is a value itself.
        _ = try parse(list(JSONParser.mostValues - 1))
        #expect(throws: JSONSyntaxError.self) { try parse(list(JSONParser.mostValues)) }
    }

    @Test(arguments: [
        ("0", Int64(0)), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ])
    func `integers are exact`(_ text: String, _ expected: Int64) throws {
        guard case .integer(let number) = try parse(text) else {
            Issue.record("\(text) is an integer")
            return
        }
        #expect(number == expected)
    }

    @Test(arguments: ["9223372036854775808", "-9223372036854775809", "1.5", "7.0", "7e0", "1E-2"])
    func `other numbers are none`(_ text: String) throws {
        guard case .otherNumber = try parse(text) else {
            Issue.record("\(text) is no 64-bit integer")
            return
        }
    }

    @Test func `escapes stand for their characters`() throws {
        guard case .text(let text) = try parse(#""\"\\\/\b\f\n\r\tA\u00e9\u20AC\uD83D\uDE00é""#) else {
            Issue.record("a string is text")
            return
        }
        #expect(text.string == "\"\\/\u{8}\u{C}\n\r\tAé€😀é")
    }

    @Test func `the canonical form knows meaning, not spelling`() throws {
        let form = CanonicalForm(try parse(#"{"b":[1,true],"a":"é"}"#)).bytes
        #expect(CanonicalForm(try parse(#" { "a" : "\u00e9", "b" : [ 1, true ] } "#)).bytes == form)
        for other in [#"{"b":[1],"a":"é"}"#, #"{"b":[true,1],"a":"é"}"#, #"{"b":["1",true],"a":"é"}"#] {
            #expect(CanonicalForm(try parse(other)).bytes != form)
        }
    }

    @Test func `a secret does not enter the canonical form`() throws {
        let body = try parse(#"{"pan":"4000000000000002"}"#)
        let form = CanonicalForm(body, secrets: ["pan": [1, 2, 3]]).bytes
        #expect(!String(decoding: form, as: UTF8.self).contains("4000"))
        #expect(form != CanonicalForm(body, secrets: ["pan": [1, 2, 4]]).bytes)
    }

    @Test func `what is written is read again`() throws {
        let written = JSONOutput.object([("a\"\\\n\u{1}é", .text("\u{7F}/")), ("b", .list([.null, .integer(.min)]))])
        guard case .object(let members) = try parse(bytes: written.bytes) else {
            Issue.record("an object is an object")
            return
        }
        #expect(members.map(\.name) == ["a\"\\\n\u{1}é", "b"])
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01T01:00:00.5+01:00", 500_000),
        ("2000-02-29T23:59:59.999999z", 951_868_799_999_999), ("2024-03-01t00:00:00-00:30", 1_709_253_000_000_000),
        ("1969-12-31T23:59:59Z", 0),
    ])
    func `times are read`(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp.instant(text) == Instant(microseconds: microseconds))
    }

    @Test(arguments: [
        "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01", "2023-01-01T00:00:00",
        "2023-01-01T00:00:00+24:00", "٢٠٢٣-01-01T00:00:00Z",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(Timestamp.instant(text) == nil)
    }

    @Test func `times are written as they are read`() {
        var generator = SplitMix64(seed: 20)
        for _ in 0..<1_000 {
            let instant = Instant(microseconds: .random(in: 0...253_402_300_799_999_999, using: &generator))
            #expect(Timestamp.instant(Timestamp.text(instant)) == instant)
        }
    }
}
