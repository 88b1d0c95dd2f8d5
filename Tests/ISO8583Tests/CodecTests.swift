import Testing

@testable import ISO8583

@Suite struct `Encoding and decoding` {
    @Test func `fixed elements are padded to their length`() throws {
        var message = Message(100)
        message.set(4, text: "100")
        message.set(41, text: "T1")
        for dialect in Dialect.builtIn {
            let read = try Codec.decode(Codec.encode(message, dialect: dialect), dialect: dialect)
            #expect(read.text(4) == "000000000100")
            #expect(read.text(41) == "T1      ")
        }
    }

    @Test func `what does not fit its element is refused by the encoder`() throws {
        let dialect = Dialect.iso87BCD
        func fault(_ element: Int, _ text: String) -> EncodeError? {
            var message = Message(100)
            message.set(element, text: text)
            return #expect(throws: EncodeError.self) { try Codec.encode(message, dialect: dialect) }
        }
        #expect(fault(2, "12345678901234567890") == EncodeError(class: .lengthExceedsMaximum, element: 2))
        #expect(fault(4, "12A") == EncodeError(class: .invalidDigit, element: 4))
        #expect(fault(28, "E00000001") == EncodeError(class: .invalidDigit, element: 28))
        #expect(fault(52, "1234567") == EncodeError(class: .wrongLength, element: 52))
        #expect(fault(129, "1") == EncodeError(class: .unknownElement, element: 129))
        var long = Message(100)
        for element in 111...120 { long.set(element, text: String(repeating: "x", count: 999)) }
        #expect(throws: EncodeError(class: .messageTooLong, element: 0)) { try Codec.encode(long, dialect: dialect) }
    }

    @Test func `a fault of content leaves everything else readable, so that it can be answered`() throws {
        let dialect = Dialect.iso87ASCIIHexBitmap
        var message = Message(101)
        message.set(3, text: "000000")
        message.set(7, text: "1121103000")
        message.set(11, text: "000042")
        message.set(32, text: "123456")
        var packed = try Codec.encode(message, dialect: dialect)
        packed[20 + 2] = UInt8(ascii: "X")
        let error = try #require(
            #expect(throws: DecodeError.self) { try Codec.decode(packed, dialect: dialect) }
        )
        #expect(error.class == .invalidDigit && error.element == .element(3) && error.offset == 22)
        #expect(error.isAnswerable)
        #expect(error.messageType == 101)
        #expect(error.systemTraceAuditNumber == 42)
        var answer = try #require(error.partial.flatMap { dialect.answer(to: $0) })
        answer.set(39, text: "30")
        #expect(answer.elements == [7, 11, 32, 39])
        #expect(!error.message.isEmpty)
    }

    @Test func `without STAN, of a response, or without bit map nothing can be answered`() throws {
        let dialect = Dialect.iso87ASCIIHexBitmap
        for text in ["0100", "01003020000000000000", "01104020000000000000161", "01X0"] {
            let error = #expect(throws: DecodeError.self) { try Codec.decode(Array(text.utf8), dialect: dialect) }
            #expect(error?.isAnswerable == false)
        }
    }

    @Test func `more than the limit is refused before it is read`() throws {
        let bytes = [UInt8](repeating: 0x30, count: Limits.messageBytes + 1)
        let error = #expect(throws: DecodeError.self) { try Codec.decode(bytes, dialect: .iso87BCD) }
        #expect(error?.class == .messageTooLong)
    }

    @Test func `an element the dialect does not know is kept where its length can be known`() throws {
        var narrow = Dialect(
            name: "narrow",
            summary: "",
            edition: .iso1987,
            messageTypeEncoding: .ascii,
            bitmapEncoding: .hexASCII
        )
        try narrow.define(11, ElementSpec(.numeric, .ascii, maximum: 6))
        let packed =
            Array("01000020000000000012".utf8) + Array("000042".utf8) + Array("003ABC".utf8) + Array("001X".utf8)
        let error = #expect(throws: DecodeError.self) { try Codec.decode(packed, dialect: narrow) }
        #expect(error?.class == .unknownElement && error?.element == .element(60) && error?.isAnswerable == true)

        narrow.fallback = ElementSpec(
            .alphanumericSpecial,
            .ascii,
            maximum: 999,
            prefix: LengthPrefix(.ascii, width: 3)
        )
        let message = try Codec.decode(packed, dialect: narrow)
        #expect(message.unknownElements == [60, 63])
        #expect(message.text(60) == "ABC")
        #expect(try Codec.encode(message, dialect: narrow) == packed)
    }

    @Test(arguments: BitmapEncoding.allCases)
    func `a third bit map is announced by bit 65`(encoding: BitmapEncoding) throws {
        var dialect = Dialect.iso87ASCIIBinaryBitmap
        dialect.bitmapEncoding = encoding
        dialect.maximumBitmaps = 3
        try dialect.define(129, ElementSpec(.numeric, .ascii, maximum: 2))
        try dialect.define(192, ElementSpec(.binary, .binary, maximum: 8))
        var message = Message(100)
        message.set(11, text: "000001")
        message.set(129, text: "07")
        message.set(192, bytes: [1, 2, 3, 4, 5, 6, 7, 8])
        let packed = try Codec.encode(message, dialect: dialect)
        #expect(packed.count == 4 + 3 * (encoding == .binary ? 8 : 16) + 6 + 2 + 8)
        #expect(try Codec.decode(packed, dialect: dialect) == message)
        let cut = packed.prefix(4 + (encoding == .binary ? 17 : 33))
        let error = #expect(throws: DecodeError.self) { try Codec.decode(Array(cut), dialect: dialect) }
        #expect(error?.element == .bitmap(3))
    }

    @Test(arguments: [Padding.leftZero, .rightZero, .rightF], LengthCounts.allCases)
    func `odd digits survive either pad side and either way of counting`(padding: Padding, counts: LengthCounts) throws
    {
        var dialect = Dialect.iso87BCD
        let prefix = LengthPrefix(.binary, width: 1, counts: counts)
        try dialect.define(2, ElementSpec(.numeric, .bcd, maximum: 19, prefix: prefix, padding: padding))
        try dialect.define(19, ElementSpec(.numeric, .bcd, maximum: 3, padding: padding))
        var message = Message(100)
        message.set(2, text: "4000000000000000123")
        message.set(19, text: "724")
        let packed = try Codec.encode(message, dialect: dialect)
        #expect(packed[10] == (counts == .units ? 19 : 10))
        #expect(try Codec.decode(packed, dialect: dialect) == message)
    }

    @Test func `hex elements count characters or bytes, in ASCII or EBCDIC`() throws {
        for encoding in [ElementEncoding.ascii, .ebcdic] {
            for counts in LengthCounts.allCases {
                var dialect = Dialect.iso87BCD
                let prefix = LengthPrefix(.bcd, width: 2, counts: counts)
                try dialect.define(55, ElementSpec(.binary, encoding, maximum: 255, prefix: prefix))
                var message = Message(100)
                message.set(55, bytes: [0x9F, 0x26, 0x00])
                let packed = try Codec.encode(message, dialect: dialect)
                #expect(hexText(packed[10..<12]) == (counts == .units ? "0006" : "0003"))
                #expect(packed.count == 18)
                #expect(try Codec.decode(packed, dialect: dialect) == message)
            }
        }
    }

    @Test func `hex data of odd length or with other characters is refused`() throws {
        let dialect = Dialect.iso87ASCIIHexBitmap
        let head = "01000000000000000200"
        let odd = #expect(throws: DecodeError.self) {
            try Codec.decode(Array((head + "0039F2").utf8), dialect: dialect)
        }
        #expect(odd?.class == .badLengthIndicator && odd?.element == .element(55) && odd?.offset == 20)
        let other = #expect(throws: DecodeError.self) {
            try Codec.decode(Array((head + "0049F2G").utf8), dialect: dialect)
        }
        #expect(other?.class == .invalidDigit && other?.offset == 26)
    }

    @Test(arguments: CodePage.all)
    func `a code page maps all bytes both ways`(page: CodePage) {
        #expect((0...255).allSatisfy { page.byte(page.character(UInt8($0))) == UInt8($0) })
        for (character, byte) in [(0x20, 0x40), (0x30, 0xF0), (0x41, 0xC1), (0x5A, 0xE9), (0x61, 0x81), (0x3D, 0x7E)] {
            #expect(page.character(UInt8(byte)) == UInt8(character))
        }
    }

    @Test func `brackets depend on the code page`() {
        let bracket = UInt8(ascii: "[")
        #expect(CodePage.all.map { $0.byte(bracket) } == [0xBA, 0x4A, 0xAD])
    }

    @Test func `the MAC stands in the last bit of the last bit map`() {
        let coverage = MACCoverage(bytes: .messageBeforeMAC, algorithm: .retail)
        #expect(coverage.element(for: [2, 11]) == 64)
        #expect(coverage.element(for: [2, 70]) == 128)
    }
}
