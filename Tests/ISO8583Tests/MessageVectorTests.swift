import Testing

@testable import ISO8583

@Suite struct `Message vectors` {
    @Test func `all vector files are there in full`() {
        #expect(Vectors.messages.count == 112)
        #expect(Vectors.edges.count == 44)
        #expect(Vectors.malformed.count == 83)
    }

    @Test(arguments: Vectors.messages)
    func `a message decodes to exactly its elements and encodes to exactly its bytes`(vector: Vector) throws {
        let packed = try vector.bytes("packed")
        let dialect = try vector.dialect()
        let message = try Codec.decode(packed, dialect: dialect)
        #expect(message.messageType.description == (try vector.get("mti")))
        #expect(fields(message, dialect) == (try vector.get("fields")))
        #expect(hexText(try Codec.encode(message, dialect: dialect)) == (try vector.get("packed")))

        let built = try Message(vector.get("mti"), canonicalFields: built(vector), dialect: dialect)
        #expect(built == message)
        #expect(hexText(try Codec.encode(built, dialect: dialect)) == (try vector.get("packed")))
    }

    @Test(arguments: Vectors.edges)
    func `a message at the edge decodes exactly and encodes where an encoder makes it`(vector: Vector) throws {
        let packed = try vector.bytes("packed")
        let dialect = try vector.dialect()
        let message = try Codec.decode(packed, dialect: dialect)
        #expect(message.messageType.description == (try vector.get("mti")))
        #expect(fields(message, dialect) == (try vector.get("fields")))
        let encoded = try Codec.encode(message, dialect: dialect)
        if try vector.find("decode_only") != true {
            #expect(hexText(encoded) == hexText(packed))
        } else {
            #expect(try Codec.decode(encoded, dialect: dialect) == message)
        }
    }

    @Test(arguments: Vectors.malformed)
    func `a malformed message is rejected with class, element and offset`(vector: Vector) throws {
        let packed = try vector.bytes("packed")
        let dialect = try vector.dialect()
        let error = #expect(throws: DecodeError.self) { try Codec.decode(packed, dialect: dialect) }
        guard let error, try vector.find("advisory") != true else { return }
        #expect(error.class.rawValue == (try vector.get("expect", "class")))
        #expect(error.element.description == (try vector.get("expect", "element")))
        if let offset: Int = try vector.find("expect", "offset") { #expect(error.offset == offset) }
    }

    private func fields(_ message: Message, _ dialect: Dialect) -> [String: String] {
        let fields = message.canonicalFields(dialect: dialect).map { (String($0.element), $0.value) }
        return Dictionary(uniqueKeysWithValues: fields)
    }

    private func built(_ vector: Vector) throws -> [(key: String, value: String)] {
        let fields: [String: String] = try vector.get("fields")
        return Array(fields)
    }
}
