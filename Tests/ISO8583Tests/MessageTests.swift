import Testing

@testable import ISO8583

@Suite struct Messages {
    @Test(arguments: [
        ("0100", "0110"), ("0101", "0110"), ("0120", "0130"), ("0121", "0130"), ("0200", "0210"), ("0201", "0210"),
        ("0220", "0230"), ("0221", "0230"), ("0400", "0410"), ("0401", "0410"), ("0420", "0430"), ("0421", "0430"),
        ("0800", "0810"), ("1100", "1110"), ("1421", "1430"), ("0302", "0312"),
    ])
    func `a request's answer has the next function and no repeat digit`(request: String, response: String) throws {
        let type = try #require(MessageTypeIndicator(request))
        #expect(!type.isResponse)
        #expect(type.response?.description == response)
        #expect(type.response?.isResponse == true)
        #expect(type.response?.response == nil)
        #expect(type.withoutRepeat.asRepeat.isRepeat)
        #expect(type.withoutRepeat.response == type.response)
    }

    @Test func `the four digits say version, class, function and origin`() throws {
        let type = try #require(MessageTypeIndicator(number: 1_423))
        #expect(type.version == .iso1993)
        #expect(type.messageClass == .reversal)
        #expect(type.function == .advice)
        #expect(type.origin == .issuerRepeat)
        #expect(MessageTypeIndicator(number: 10_000) == nil)
        #expect(MessageTypeIndicator("01000") == nil)
        #expect(MessageTypeIndicator("01A0") == nil)
        #expect(MessageTypeIndicator(number: 9_999)?.version == nil)
    }

    @Test func `a set of elements holds 1 to 192 in order`() {
        let numbers = [1, 2, 63, 64, 65, 66, 128, 129, 192]
        var set = ElementSet(numbers.reversed() + [0, -1, 193, .max, .min])
        #expect(Array(set) == numbers)
        #expect(numbers.map { set.rank(of: $0) } == Array(numbers.indices))
        #expect(Array(set.below(66)) == [1, 2, 63, 64, 65])
        #expect(!set.contains(0) && !set.contains(193) && !set.contains(3))
        set.remove(65)
        #expect(set.count == 8)
        #expect(set.subtracting([1]).union([3]).intersection([1, 2, 3]) == [2, 3])
        #expect(ElementSet([64, 2]).description == "2,64")
    }

    @Test func `values are set, replaced, shortened and removed in any order`() {
        var message = Message(100)
        message.set(41, text: "TERM")
        message.set(4, digits: 1_234, width: 12)
        message.set(128, bytes: [1, 2])
        message.set(41, text: "TERMINAL")
        message.set(4, digits: 5, width: 12)
        message.set(39, text: "00")
        message.remove(128)
        #expect(message.elements == [4, 39, 41])
        #expect(message.digits(4) == 5)
        #expect(message.text(41) == "TERMINAL")
        #expect(message.has(39, "00") && !message.has(39, "0") && !message.has(38, "00"))
        #expect(message.bytes(of: 128) == nil)
        #expect(message.withBytes(of: 39) { $0.count } == 2)

        var other = Message(100)
        other.copy([4, 39, 41, 55], from: message)
        #expect(other == message)
        other.set(39, text: "05")
        #expect(other != message)
    }

    @Test func `a value taken out or replaced is gone from memory`() {
        var message = Message(100)
        message.set(35, text: "5413330089020011=2512")
        message.set(52, bytes: [1, 2, 3, 4, 5, 6, 7, 8])
        message.set(39, text: "00")
        message.set(35, text: "")
        message.remove(52)
        #expect(message.bytes.filter { $0 != 0 } == [0x30, 0x30])
    }

    @Test func `numbers come from digits only`() {
        var message = Message(100)
        message.set(3, text: "003000")
        message.set(4, text: "00000000000A")
        message.set(28, signedAmount: -150, width: 8)
        message.set(30, text: "X0000001")
        message.set(72, text: "1234567890123456789")
        message.set(44, text: "")
        #expect(message.digits(3, 2..<4) == 30)
        #expect(message.digits(3, 4..<7) == nil)
        #expect(message.digits(4) == nil)
        #expect(message.text(28) == "C00000150")
        #expect(message.signedAmount(28) == -150)
        #expect(message.signedAmount(30) == nil)
        #expect(message.digits(72) == nil)
        #expect(message.digits(44) == nil)
        #expect(message.digits(99) == nil)
    }

    @Test func `a printed message shows no account number, no track, no PIN and no chip data`() throws {
        var message = Message(100)
        let pan = "5413330089020011"
        message.set(2, text: pan)
        message.set(4, digits: 100, width: 12)
        message.set(34, text: pan)
        message.set(35, text: pan + "=2512")
        message.set(37, text: "123456789012")
        message.set(43, text: "CARD \(pan)\nFORGED")
        let hidden = [14, 36, 45, 48, 52, 53, 54, 55, 60, 62, 63, 64, 96, 102, 120, 126, 127, 128]
        for element in hidden {
            message.set(element, text: "SECRET")
        }
        for text in ["\(message)", String(reflecting: message), "\([message])", "\(Optional(message) as Any)"] {
            #expect(!text.contains(pan) && !text.contains("SECRET") && !text.contains("\n"))
            #expect(text.contains("2=541333******0011"))
            #expect(text.contains("4=000000000100"))
            #expect(text.contains("43=CARD 541333******0011.FORGED"))
            #expect(text.contains(" 34=*(16) 35=*(21) "))
            for element in hidden { #expect(text.contains(" \(element)=*(6)")) }
        }
        var dumped = ""
        dump(message, to: &dumped)
        #expect(!dumped.contains(pan) && !dumped.contains("SECRET"))
    }

    @Test(arguments: [
        // Six-digit and eight-digit BINs alike.
        ("990000000001", "************"), ("9900000000010", "*************"),
        ("99000000000103", "990000****0103"), ("990000000001034", "990000*****1034"),
        ("9900000000010343", "990000******0343"), ("9900001200010349", "990000******0349"),
        ("99000000000103436", "990000*******3436"), ("990000000001034367", "990000********4367"),
        ("9900000000010343671", "990000*********3671"),
    ])
    func `a card number of any length is truncated in one way, and loses four digits at least`(
        _ pan: String,
        shown: String
    ) {
        var message = Message(100)
        message.set(2, text: pan)
        #expect("\(message)" == "0100 2=\(shown)")
        #expect(shown.filter { $0 == "*" }.count >= 4)
    }

    @Test func `canonical strings are refused with the reason`() throws {
        let dialect = Dialect.iso87ASCIIBinaryBitmap
        func build(_ type: String, _ fields: [String: String]) throws(CanonicalFieldError) -> Message {
            try Message(type, canonicalFields: fields.map { (key: $0.key, value: $0.value) }, dialect: dialect)
        }
        #expect(throws: CanonicalFieldError.badMessageType) { try build("01X0", [:]) }
        #expect(throws: CanonicalFieldError.unknownElement("1")) { try build("0100", ["1": ""]) }
        #expect(throws: CanonicalFieldError.unknownElement("x")) { try build("0100", ["x": ""]) }
        #expect(throws: CanonicalFieldError.unknownElement("129")) { try build("0100", ["129": ""]) }
        #expect(throws: CanonicalFieldError.notHex(52)) { try build("0100", ["52": "ABC"]) }
        #expect(throws: CanonicalFieldError.notLatin1(43)) { try build("0100", ["43": "€"]) }
        let message = try build("0100", ["52": "00ffAA", "43": "Café"])
        #expect(message.canonicalFields(dialect: dialect).map(\.value) == ["Café", "00FFAA"])
    }
}
