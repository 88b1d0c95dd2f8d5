import AuthorizationCore
import CardCryptography
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Reading reversals` {
    private static func read(_ changes: [Int: String?], type: MessageTypeIndicator = 400) -> NetworkRequest {
        Fixture.reader.read(Fixture.reversal(changes, type: type), now: Fixture.now)
    }

    private static func amounts(_ total: String) -> String { total + "000000000000" + "D00000000" + "D00000000" }

    @Test(arguments: [400, 401, 420, 421] as [MessageTypeIndicator])
    func `DE 90 gives the original's own key`(_ type: MessageTypeIndicator) throws {
        let original = try #require(Fixture.reader.read(Fixture.purchase([:]), now: Fixture.now).identity)
        let read = Self.read([:], type: type)
        #expect(read.reversal?.target.keys == [original.key])
        #expect(read.reversal?.newTotal == nil)
        #expect(read.lastFour == 1_111)
        #expect(read.identity?.key == "test:0\(type.withoutRepeat.number):20260601120001:124:12345")
    }

    @Test func `what it says beside what it does is kept`() throws {
        let told = try #require(Self.read([37: "000000000777", 39: "17", 63: "NTI-7"]).reversal?.told)
        #expect(told.amount == Money(1_050, .euro) && told.reason == "17")
        #expect(told.references.retrievalReference == "000000000777" && told.references.transactionID == "NTI-7")
        #expect(Self.read([49: "000"]).reversal?.told?.amount?.currency == Currency.none)
        #expect(
            Fixture.reader.readDamaged(Fixture.reversal([39: "68"]), now: Fixture.now).reversal?.told?.reason == "68"
        )
    }

    @Test func `a repeat's mark in DE 90 does not count`() {
        let repeated = "0101" + "000123" + "0601115959" + "00000012345" + "00000000000"
        #expect(Self.read([90: repeated]).reversal?.target.keys == ["test:0100:20260601115959:123:12345"])
    }

    @Test(arguments: ["0120", "0200", "0220", "0400"])
    func `DE 90 may name every message that moves money, and another reversal`(_ type: String) {
        let data = type + "000123" + "0601115959" + "00000012345" + "00000000000"
        #expect(Self.read([90: data]).reversal?.target.keys == ["test:\(type):20260601115959:123:12345"])
    }

    @Test func `references are only asked where DE 90 names nothing, an approval code always`() {
        let nothing = String(repeating: "0", count: 42)
        let named = "test:0100:20260601115959:123:12345"
        let approval = "test:rrn:12345:000000000123:A1B2C3"
        let transaction = "test:nti:NTI-7"
        let referenced: [Int: String?] = [37: "000000000123", 38: "A1B2C3", 63: "NTI-7"]
        func target(_ changes: [Int: String?]) -> AuthorizationLink? { Self.read(changes).reversal?.target }
        #expect(target(referenced) == .message(named, aliases: [Fixture.long(named), approval]))
        #expect(target([63: "NTI-7"]) == .message(named))
        for element in [nil, nothing] {
            let all = referenced.merging([90: element]) { $1 }
            #expect(target(all) == .references([approval, transaction], awaited: transaction))
            #expect(target([63: "NTI-7", 90: element]) == .references([transaction], awaited: transaction))
            let approved: [Int: String?] = [37: "000000000123", 38: "A1B2C3", 90: element]
            #expect(target(approved) == .references([approval], awaited: nil))
        }
    }

    @Test(arguments: [("000000000300", Int64(300)), ("000000000000", 0), ("999999999999", 999_999_999_999)])
    func `DE 95 is the new total`(_ digits: String, _ total: Int64) {
        #expect(Self.read([95: Self.amounts(digits)]).reversal?.newTotal == total)
    }

    @Test(arguments: [
        "0100", String(repeating: "0", count: 42), "01000001230601115959ABCDEFGHIJK00000000000",
        "010000012313011159590000001234500000000000", "0100 00123060111595900000012345000000000000",
    ])
    func `DE 90 that names nothing leaves the references, without the transaction where it is damaged`(
        _ text: String
    ) {
        let nothing = AuthorizationLink.references([], awaited: nil)
        #expect(Self.read([90: text]).reversal?.target == nothing)
        let shared = Self.read([63: "NTI-7", 90: text]).reversal?.target
        #expect(
            shared
                == (Int64(text.suffix(18)) == 0 ? .references(["test:nti:NTI-7"], awaited: "test:nti:NTI-7") : nothing)
        )
    }

    @Test func `DE 90 without an acquirer means the message's own, with or without leading zeros`() {
        let data = "0100" + "000123" + "0601115959" + String(repeating: "0", count: 22)
        for acquirer in ["12345", "0012345"] {
            let keys = Self.read([32: acquirer, 90: data]).reversal?.target.keys
            #expect(keys == ["test:0100:20260601115959:123:12345"])
        }
    }

    @Test func `the acquirer is the same number in every key`() throws {
        let changes: [Int: String?] = [32: "0012345", 37: "000000000123", 38: "A1B2C3", 90: nil]
        // Keys of before had the leading zeros, and their holds may still be alive.
        let keys: [RequestKey] = ["test:rrn:12345:000000000123:A1B2C3", "test:rrn:0012345:000000000123:A1B2C3"]
        #expect(Self.read(changes).reversal?.target.keys == keys)
        let request = try #require(Fixture.reader.read(Fixture.purchase([32: "0012345"]), now: Fixture.now).request)
        #expect(request.references.acquirer == "12345")
    }

    @Test(arguments: ["000000000300", amounts("00000000030X"), "000000000300000000000000X00000000D00000000"])
    func `DE 95 that is no amount leaves the part unclear`(_ text: String) throws {
        let reversal = try #require(Self.read([95: text]).reversal)
        #expect(reversal.isUnclear && reversal.newTotal == nil)
    }

    @Test(arguments: [("978", true), ("840", true), ("000", false), ("999", false)])
    func `DE 49 is the currency; one that is none leaves the reversal unclear`(_ digits: String, _ isKnown: Bool) throws
    {
        for amounts in [nil, Self.amounts("000000000300")] {
            let reversal = try #require(Self.read([49: digits, 95: amounts]).reversal)
            #expect(reversal.currency?.numeric == (isKnown ? UInt16(digits) : nil))
            #expect(reversal.isUnclear == !isKnown)
        }
    }

    @Test func `the card that it presents goes with it`() throws {
        guard case .take(_, let command, _) = Self.read([:]) else {
            Issue.record("not read")
            return
        }
        let card = CardID(at: Fixture.now, shard: Fixture.shard, entropy: 7)
        #expect(command.command(for: card, nil).card == card)
        #expect(command.command(for: nil, nil).card == nil)
    }

    @Test(arguments: [4, 32, 49])
    func `a missing element only matters where it is needed`(_ element: Int) {
        let reversal = Self.read([element: String?.none]).reversal
        #expect(reversal?.isUnclear == false && reversal?.target.keys.count == 1)
    }

    @Test(arguments: [[7: nil], [11: nil], [7: "1399000000"], [32: "ABC"]] as [[Int: String?]])
    func `without a key of its own it is kept as unclear`(_ changes: [Int: String?]) {
        for type in [400, 401, 420, 421] as [MessageTypeIndicator] {
            let read = Self.read(changes, type: type)
            #expect(read.reversal?.target == .references([], awaited: nil) && read.reversal?.isUnclear == true)
            #expect(read.reversal?.newTotal == nil && read.reversal?.told?.amount == Money(1_050, .euro))
            #expect(
                read.lastFour == 1_111 && read.identity?.key.hasPrefix("test:0\(type.withoutRepeat.number):") == true
            )
        }
    }

    @Test func `another total under the same key is another content`() throws {
        let full = try #require(Self.read([:]).identity)
        let part = try #require(Self.read([95: Self.amounts("000000000300")]).identity)
        #expect(full.key == part.key && full.content != part.content)
    }
}

@Suite struct `Reading network management` {
    private static func read(_ digits: String, type: MessageTypeIndicator = 800) -> NetworkRequest {
        Fixture.reader.read(Fixture.message(type, [7: "0601120000", 11: "000001", 70: digits]), now: Fixture.now)
    }

    @Test(arguments: [
        ("001", ManagementCode.signOn), ("061", .signOn), ("071", .signOn), ("002", .signOff), ("062", .signOff),
        ("072", .signOff), ("301", .echo), ("270", .echo),
    ])
    func `DE 70 says what is asked`(_ digits: String, _ code: ManagementCode) {
        guard case .manage(let read) = Self.read(digits) else {
            Issue.record("not read as management")
            return
        }
        #expect(read == code)
    }

    @Test func `a cut-over is acknowledged, a key is not taken, and the unknown is invalid`() {
        for digits in ["201", "202"] { #expect(Self.read(digits).isAcknowledged) }
        for digits in ["101", "161"] { #expect(Self.read(digits).code == .systemMalfunction) }
        #expect(Self.read("999").code == .invalidTransaction)
        let missing = Fixture.message(800, [7: "0601120000", 11: "000001"])
        #expect(Fixture.reader.read(missing, now: Fixture.now).code == .formatError)
    }

    @Test func `administrative and management advices are acknowledged`() throws {
        #expect(Self.read("001", type: 820).isAcknowledged)
        let text = Fixture.message(621, [7: "0601120000", 11: "000001", 32: "12345", 48: "hello"])
        #expect(Fixture.reader.read(text, now: Fixture.now).isAcknowledged)
        let answer = try #require(Fixture.profile.answer(to: text, code: .approved))
        #expect(answer.messageType.number == 630)
        #expect(answer.text(39) == "00" && answer.elements == [7, 11, 32, 39])
    }
}
