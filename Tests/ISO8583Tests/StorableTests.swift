import Testing

@testable import ISO8583

@Suite struct `What may be stored of a message` {
    private static let pan = "4000000000000002"

    @Test func `listed elements keep their value, others only their length`() {
        var message = Message(100)
        message.set(2, text: Self.pan)
        message.set(4, text: "000000001000")
        message.set(35, text: "4000000000000002=3012")
        message.set(43, text: "Café\u{1}")
        message.set(52, bytes: [1, 2, 3, 4, 5, 6, 7, 8])
        message.set(62, text: "private")
        message.set(64, bytes: [0xAB, 0xCD])
        #expect(
            text(message, StorageAllowList(elements: [2, 4, 43, 64]))
                == "0100 2=400000******0002 4=000000001000 35=*(21) 43=Caf.. 52=*(8) 62=*(7) 64=ABCD"
        )
        #expect(text(message, StorageAllowList(elements: [])).hasPrefix("0100 2=*(16) 4=*(12) "))
    }

    @Test func `tracks and PIN data are not kept even when they are listed`() {
        let all = StorageAllowList(elements: ElementSet(2...192), parts: [55: ["57", "5A", "9F1F", "9A"]])
        var message = Message(100)
        for element in [35, 36, 45, 52] { message.set(element, text: "12345678") }
        message.set(55, bytes: [0x57, 1, 0x40, 0x5A, 1, 0x40, 0x9A, 3, 0x26, 0x11, 0x21, 0x9F, 0x1F, 1, 0x30])
        #expect(
            text(message, all)
                == "0100 35=*(8) 36=*(8) 45=*(8) 52=*(8) 55={57=*(1) 5A=*(1) 9A=261121 9F1F=*(1)}"
        )
    }

    @Test func `tags inside templates are decided one by one`() {
        var message = Message(100)
        message.set(55, bytes: hexBytes("70089F0206000000001000") ?? [])
        let allowed = StorageAllowList(elements: [55], parts: [55: ["9F02", "9F36"]])
        // The template is shorter than its object: the inside is malformed, and nothing of it is shown.
        #expect(text(message, allowed) == "0100 55=*(11)")
        message.set(55, bytes: hexBytes("70099F02060000000010009F36020012DF7A03112233") ?? [])
        #expect(text(message, allowed) == "0100 55={9F02=000000001000 9F36=0012 DF7A=*(3)}")
    }

    @Test(arguments: [
        ("ref 4000000000000002 x", "ref 400000******0002 x"),
        ("400000000002", "************"), ("4000000000000003", "4000000000000003"),
        ("40000000000000000000000000000002", "40000000000000000000000000000002"),
        // With other digits before and behind, too, and what follows as track data does.
        ("74000000000000002", "*****************"), ("40000000000000021", "*****************"),
        ("123400000000000000212", "*********************"), ("74000000000000002=3012201", "*****************=*******"),
        ("9378282246310005", "****************"), ("1234567890123456", "1234567890123456"),
    ])
    func `card numbers that slipped into listed text are masked`(value: String, stored: String) {
        var message = Message(100)
        message.set(44, text: value)
        #expect(text(message, StorageAllowList(elements: [44])) == "0100 44=\(stored)")
    }

    @Test func `numbers of several parts are kept as they are`() {
        var message = Message(420)
        // Fifteen digits of it pass for a card number.
        let original = "010012345611211234560000012345600000000000"
        message.set(90, text: original)
        #expect(text(message, StorageAllowList(elements: [90])) == "0420 90=\(original)")
    }

    @Test func `card numbers in listed binary values are masked as digits and as nibbles`() {
        var message = Message(100)
        let allowed = StorageAllowList(elements: [], parts: [55: ["DF01"]])
        message.set(55, bytes: [0xDF, 0x01, 0x08] + (hexBytes(Self.pan) ?? []))
        #expect(text(message, allowed) == "0100 55={DF01=400000******0002}")
        message.set(55, bytes: [0xDF, 0x01, 0x09] + (hexBytes("8" + Self.pan + "7") ?? []))
        #expect(text(message, allowed) == "0100 55={DF01=******************}")
        for digits in [Array(Self.pan.utf8), Self.pan.utf8.map { $0 | 0xF0 }] {
            message.set(55, bytes: [0xDF, 0x01, 0x10] + digits)
            #expect(text(message, allowed) == "0100 55={DF01=*(16)}")
        }
        // The message's own, which need not be of a scheme.
        message.set(2, text: "100000000003")
        message.set(55, bytes: [0xDF, 0x01, 0x0C] + "100000000003".utf8.map { $0 | 0xF0 })
        #expect(text(message, allowed).hasSuffix(" 55={DF01=*(12)}"))
    }

    @Test(arguments: ["9F02", "9F03"])
    func `an amount of a chip is kept as it is, and masked where it has not six bytes`(_ tag: String) {
        var message = Message(100)
        for (value, stored) in [
            ("400000000002", "400000000002"), (Self.pan, "400000******0002"),
            ("0000000000000000" + Self.pan, String(repeating: "*", count: 32)),
        ] {
            let bytes = hexBytes(value) ?? []
            message.set(55, bytes: (hexBytes(tag) ?? []) + [UInt8(bytes.count)] + bytes)
            let kept = text(message, .standard)
            #expect(kept == "0100 55={\(tag)=\(stored)}", "\(kept)")
        }
    }

    /// In every element that the dialect has, whatever its class and whether it is listed.
    @Test func `no card number or track is kept, whichever element it comes in`() {
        let dialect = Dialect.iso87ASCIIBinaryBitmap
        let track = Self.pan + "=30122011234500000"
        let track1 = "B" + Self.pan + "^DOE/JANE^30122011234500000"
        for element in 2...128 where dialect.defined.contains(element) {
            var message = Message(100)
            for value in [track, track1] {
                message.set(element, text: value)
                let stored = message.storable(allowing: .standard, dialect: dialect)
                if !Message.neverCardNumbers.contains(element) {
                    #expect(!stored.contains(Self.pan), "DE \(element): \(stored)")
                }
                #expect(!stored.contains("3012201") || Message.neverCardNumbers.contains(element), "DE \(element)")
            }
        }
    }

    @Test(arguments: Dialect.builtIn.map(\.name))
    func `what is never taken for a card number has no room for one of more than twelve digits`(
        _ name: String
    ) throws {
        let dialect = try #require(Dialect.builtIn.first { $0.name == name })
        for element in Message.neverCardNumbers where StorageAllowList.standard.elements.contains(element) {
            guard let spec = dialect.spec(of: element) else { continue }
            // Or is always longer than a card number.
            #expect(spec.maximum <= 12 || spec.prefix == nil && spec.maximum > 19, "DE \(element)")
        }
    }

    /// A CVV2 stands in DE 48, 123 or 126 by network; no network's data are kept because their element is listed.
    @Test func `an element that is the network's own is not kept as a whole, only the parts that are named`() {
        var dialect = Dialect.iso87ASCIIBinaryBitmap
        dialect.subelements[126] = .positional([.init("kind", .numeric, 2), .init("cvv2", .numeric, 3)])
        var message = Message(100)
        for element in [48, 60, 61, 62, 63, 102, 120, 126, 127] { message.set(element, text: "10917") }
        let all = StorageAllowList(elements: ElementSet(2...192), parts: [126: ["kind"], 127: ["kind"]])
        #expect(
            message.storable(allowing: all, dialect: dialect)
                == "0100 48=*(5) 60=*(5) 61=*(5) 62=*(5) 63=*(5) 102=*(5) 120=*(5) 126={kind=10 cvv2=*(3)} 127=*(5)"
        )
        message.set(126, text: "109")
        #expect(message.storable(allowing: all, dialect: dialect).contains(" 126=*(3) "))
        for dialect in Dialect.builtIn { #expect(dialect.storable.elements.subtracting(Message.shown) == [2]) }
    }

    /// PIN block, CVV2 and what networks keep in elements of their own: not on the list, whatever they hold.
    @Test func `nothing of an element that is not listed is kept`() {
        let dialect = Dialect.iso87ASCIIBinaryBitmap
        let marker = "917"
        let listed = StorageAllowList.standard.elements
        for element in 2...128 where dialect.defined.contains(element) && !listed.contains(element) {
            var message = Message(100)
            message.set(element, text: marker)
            #expect(!message.storable(allowing: .standard, dialect: dialect).contains(marker), "DE \(element)")
        }
        for secret in [14, 34, 35, 36, 45, 46, 47, 48, 52, 53, 64, 96, 120, 126, 127, 128] {
            #expect(!listed.contains(secret), "DE \(secret)")
        }
    }

    @Test func `a line of stored text holds no control character and no card number of any vector`() throws {
        var count = 0
        for vector in Vectors.messages + Vectors.edges {
            let dialect = try vector.dialect()
            let message = try Codec.decode(vector.bytes("packed"), dialect: dialect)
            let stored = message.storable(allowing: .standard, dialect: dialect)
            #expect(stored.utf8.allSatisfy { $0 >= 0x20 })
            if let pan = message.text(2), pan.utf8.count >= 13 { #expect(!stored.contains(pan)) }
            if let track = message.text(35), !track.isEmpty { #expect(!stored.contains(track)) }
            count += 1
        }
        #expect(count == 156)
    }

    @Test func `unknown elements and tags are named once each`() throws {
        var dialect = Dialect.iso87ASCIIBinaryBitmap
        dialect.undefine(62)
        dialect.fallback = ElementSpec(.binary, .binary, maximum: 99, prefix: LengthPrefix(.ascii, width: 2))
        dialect.subelements[48] = .tagged(tagDigits: 2, lengthDigits: 2)
        dialect.knownTags[48] = ["01"]
        var message = Message(100)
        message.set(48, text: "0103abc0201x0201y")
        message.set(55, bytes: hexBytes("9F36020012DF7A03112233") ?? [])
        message.set(62, bytes: [1, 2])
        let decoded = try Codec.decode(Codec.encode(message, dialect: dialect), dialect: dialect)
        #expect(decoded == message)
        let unknown = decoded.unknownParts(dialect: dialect)
        #expect(unknown.map(\.description) == ["62", "48.02", "55.DF7A"])
        #expect(
            decoded.storable(allowing: StorageAllowList(elements: [], parts: [48: ["01"]]), dialect: dialect)
                == "0100 48={01=abc 02=*(1) 02=*(1)} 55={9F36=*(2) DF7A=*(3)} 62=*(2)"
        )
        dialect.knownTags = [:]
        #expect(decoded.unknownParts(dialect: dialect).map(\.description) == ["62"])
        #expect(Dialect.builtIn.allSatisfy { Message(100).unknownParts(dialect: $0).isEmpty })
    }

    private func text(_ message: Message, _ allowed: StorageAllowList) -> String {
        message.storable(allowing: allowed, dialect: .iso87ASCIIBinaryBitmap)
    }
}
