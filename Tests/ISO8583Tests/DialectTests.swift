import DialectFiles
import Testing

@testable import ISO8583

@Suite struct Dialects {
    @Test func `the seven profiles are built in, under their names`() throws {
        #expect(Vectors.profiles.count == 7)
        #expect(Dialect.builtIn.map(\.name) == Vectors.profiles.map(\.id))
        #expect(Dialect.named("iso87-ebcdic")?.messageTypeEncoding == .ebcdic)
        #expect(Dialect.named("no such dialect") == nil)
    }

    @Test(arguments: Vectors.profiles)
    func `a built-in table equals its profile element by element`(profile: Vector) throws {
        let dialect = try #require(Dialect.named(profile.id))
        #expect(dialect.edition.rawValue == (try profile.get("version")))
        #expect(dialect.messageTypeEncoding.rawValue == (try profile.get("mti_encoding")))
        #expect(dialect.bitmapEncoding.rawValue == (try profile.get("bitmap_encoding")))
        let elements = try elements(profile)
        #expect(elements.count == 127)
        #expect(dialect.defined == ElementSet(elements.keys))
        let notations = Dictionary(
            uniqueKeysWithValues: StandardElement.all(of: dialect.edition).map { ($0.number, $0.notation) }
        )
        for (number, expected) in elements {
            let spec = try #require(dialect.spec(of: number))
            var attributes = Dictionary(uniqueKeysWithValues: spec.attributes.map { ($0.key, $0.value) })
            attributes["name"] = dialect.name(of: number)
            // The profiles name a variable length by the standard's indicator, whatever the wire's is.
            let digits = notations[number]?.lengthDigits ?? 0
            #expect((digits == 0) == (spec.prefix == nil))
            attributes["length"] = digits == 0 ? "fixed" : String(repeating: "L", count: digits) + "VAR"
            #expect(attributes == expected, "element \(number)")
        }
    }

    @Test func `an element that cannot work is refused`() {
        var dialect = Dialect.iso87BCD
        let text = ElementSpec(.alphanumeric, .bcd, maximum: 3)
        #expect(throws: DialectError.self) { try dialect.define(60, text) }
        let short = ElementSpec(.alphanumeric, .ascii, maximum: 100, prefix: LengthPrefix(.ascii, width: 2))
        #expect(throws: DialectError.self) { try dialect.define(60, short) }
        for number in [0, 1, 193] {
            #expect(throws: DialectError.self) { try dialect.define(number, ElementSpec(.binary, .binary, maximum: 1)) }
        }
    }

    @Test func `a rule tells what is missing, what is unexpected and what is echoed`() throws {
        let dialect = Dialect.iso87ASCIIHexBitmap
        var request = Message(101)
        for element in [2, 3, 4, 7, 11, 41, 66] { request.set(element, text: "1") }
        #expect(dialect.missingElements(in: request) == [32, 49])
        #expect(dialect.unexpectedElements(in: request) == [66])
        let answer = try #require(dialect.answer(to: request))
        #expect(answer.messageType == 110)
        #expect(answer.elements == [2, 3, 4, 7, 11, 41])
        #expect(dialect.answer(to: answer) == nil)
        #expect(dialect.rule(for: 9_999) == nil)
    }

    @Test(arguments: Vectors.messages)
    func `every vector satisfies the standard rules`(vector: Vector) throws {
        let dialect = try vector.dialect()
        let message = try Codec.decode(vector.bytes("packed"), dialect: dialect)
        #expect(dialect.rule(for: message.messageType) != nil)
        #expect(dialect.missingElements(in: message).isEmpty)
        #expect(dialect.unexpectedElements(in: message).isEmpty)
    }

    @Test func `an exponent is ISO 4217's unless the network departs from it`() {
        var dialect = Dialect.iso87BCD
        #expect(dialect.exponent(ofCurrency: 352, standard: 0) == 0)
        dialect.exponentOverrides[352] = 2
        #expect(dialect.exponent(ofCurrency: 352, standard: 0) == 2)
        #expect(dialect.answerTime == .seconds(9))
    }

    private func elements(_ profile: Vector) throws -> [Int: [String: String]] {
        let key = try profile.find("elements", as: [String: [String: Any]].self) == nil ? "fields" : "elements"
        let elements: [String: [String: Any]] = try profile.get(key)
        var found: [Int: [String: String]] = [:]
        for (number, attributes) in elements {
            found[try #require(Int(number))] = attributes.mapValues { "\($0)" }
        }
        return found
    }
}
