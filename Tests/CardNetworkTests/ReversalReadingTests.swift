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
    func `DE 90 gives the original's own key`(_ type: MessageTypeIndicator) {
        let original = Fixture.reader.read(Fixture.purchase([:]), now: Fixture.now)
        guard case .reverse(let pan, let key, let newTotal, let identity) = Self.read([:], type: type) else {
            Issue.record("not read as a reversal")
            return
        }
        #expect(key == original.identity?.key)
        #expect(newTotal == nil)
        #expect(pan?.lastFour == 1_111)
        #expect(identity.key == "test:0\(type.withoutRepeat.number):20260601120001:124:12345")
    }

    @Test func `a repeat's mark in DE 90 does not count`() {
        let repeated = "0101" + "000123" + "0601115959" + "00000012345" + "00000000000"
        guard case .reverse(_, let key, _, _) = Self.read([90: repeated]) else {
            Issue.record("not read as a reversal")
            return
        }
        #expect(key == "test:0100:20260601115959:123:12345")
    }

    @Test(arguments: [("000000000300", Int64(300)), ("000000000000", 0), ("999999999999", 999_999_999_999)])
    func `DE 95 is the new total`(_ digits: String, _ total: Int64) {
        guard case .reverse(_, _, let newTotal, _) = Self.read([95: Self.amounts(digits)]) else {
            Issue.record("not read as a reversal")
            return
        }
        #expect(newTotal == total)
    }

    @Test(arguments: [
        "0100", String(repeating: "0", count: 42), "01000001230601115959ABCDEFGHIJK00000000000",
        "010000012313011159590000001234500000000000", "0100 00123060111595900000012345000000000000",
    ])
    func `DE 90 that names nothing is a format error`(_ text: String) {
        #expect(Self.read([90: text]).code == "30")
    }

    @Test(arguments: ["000000000300", amounts("00000000030X"), "000000000300000000000000X00000000D00000000"])
    func `DE 95 that is no amount is a format error`(_ text: String) {
        #expect(Self.read([95: text]).code == "30")
    }

    @Test(arguments: [4, 7, 11, 32, 49, 90])
    func `a missing element is a format error`(_ element: Int) {
        #expect(Self.read([element: String?.none]).code == "30")
    }

    @Test func `another total under the same key is another content`() throws {
        let full = try #require(Self.read([:]).identity)
        let part = try #require(Self.read([95: Self.amounts("000000000300")]).identity)
        #expect(full.key == part.key && full.content != part.content)
    }
}

@Suite struct `Reading network management` {
    @Test(arguments: [
        ("001", ManagementCode.signOn), ("061", .signOn), ("071", .signOn), ("002", .signOff), ("062", .signOff),
        ("072", .signOff), ("301", .echo), ("270", .echo),
    ])
    func `DE 70 says what is asked`(_ digits: String, _ code: ManagementCode) {
        let message = Fixture.message(800, [7: "0601120000", 11: "000001", 70: digits])
        guard case .manage(let read) = Fixture.reader.read(message, now: Fixture.now) else {
            Issue.record("not read as management")
            return
        }
        #expect(read == code)
    }

    @Test func `what is not known or missing is refused`() {
        let unknown = Fixture.message(800, [7: "0601120000", 11: "000001", 70: "999"])
        #expect(Fixture.reader.read(unknown, now: Fixture.now).code == "12")
        let missing = Fixture.message(800, [7: "0601120000", 11: "000001"])
        #expect(Fixture.reader.read(missing, now: Fixture.now).code == "30")
    }
}
