import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import TestSupport
import Testing

@testable import HTTPAPI

@Suite struct `PINs at the HTTP door` {
    private struct Desk: Sendable {
        let caller: Caller
        let pins: TestPINs
        let card: String
        let pan: PAN

        init(_ caller: Caller, _ pins: TestPINs) async throws {
            self.caller = caller
            self.pins = pins
            card = try await caller.makeCard().card
            let revealed = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
            pan = try #require(PAN(ascii: revealed.utf8))
        }

        /// - Parameter checkValue: another one than the key's.
        func body(_ digits: String, _ format: PINBlockFormat = .format0, checkValue: String? = nil) throws -> String {
            try PINText.block(pins, digits, pan, format, checkValue: checkValue)
        }

        /// Of a client that has loaded another version of the key.
        func body(_ digits: String, by pins: TestPINs) throws -> String {
            try PINText.block(pins, digits, pan, .format0)
        }

        func set(_ pin: String, current: String? = nil, key: String? = nil) async throws -> Caller.Reply {
            let current = current.map { #","current_pin":\#($0)"# } ?? ""
            return try await caller.post("/v1/cards/\(card)/pin", #"{"pin":\#(pin)\#(current)}"#, key: key)
        }

        func unblock() async throws -> Caller.Reply {
            try await caller.post("/v1/cards/\(card)/pin/unblock", #"{"reason":"the holder called"}"#)
        }

        func status() async throws -> String {
            let text = try await caller.get("/v1/cards/\(card)").text
            let start = try #require(text.firstRange(of: #""pin":"#)?.upperBound)
            return String(text[start...].prefix { $0 != "}" }) + "}"
        }
    }

    private static func run(_ body: @escaping @Sendable (Desk) async throws -> Void) async throws {
        let door = try Door()
        let pins = door.pins
        try await door.run { caller in try await body(try await Desk(caller, pins)) }
    }

    private static func checkValue(_ pins: TestPINs) throws -> String { PINText.hexadecimal(try pins.checkValue()) }

    private static func pin(_ status: String, _ left: Int) -> String {
        #"{"status":"\#(status)","tries_left":\#(left)}"#
    }

    @Test(arguments: [PINBlockFormat.format0, .format1, .format3, .format4])
    func `a PIN is set by a block of any format that travels`(_ format: PINBlockFormat) async throws {
        try await Self.run { desk in
            #expect(try await desk.status() == Self.pin("not_set", 0))
            let reply = try await desk.set(try desk.body("12345", format))
            #expect(reply.status == 200)
            #expect(reply.text == #"{"card_id":"\#(desk.card)","pin":\#(Self.pin("set", 3))}"#)
            #expect(try await desk.status() == Self.pin("set", 3))
        }
    }

    @Test func `the present PIN allows a change, a wrong one counts, and unblocking gives the tries back`() async throws
    {
        try await Self.run { desk in
            let (first, second, wrong) = (try desk.body("1234"), try desk.body("9876"), try desk.body("1235"))
            #expect(try await desk.set(second, current: first)["code"] == "pin_not_verified")
            let none = try await desk.unblock()
            #expect(none.status == 409 && none["code"] == "transition_not_allowed")
            #expect(none.text.contains("The card has no PIN"), "\(none.text)")
            _ = try await desk.set(first)
            for left in [2, 1, 0] {
                let reply = try await desk.set(second, current: wrong)
                #expect(reply.status == 422 && reply["code"] == "pin_incorrect")
                #expect(try await desk.status() == Self.pin(left == 0 ? "blocked" : "set", left))
            }
            #expect(try await desk.set(second, current: first)["code"] == "pin_tries_exceeded")
            #expect(try await desk.unblock().text.contains(Self.pin("set", 3)))
            #expect(try await desk.set(second, current: first).status == 200)
            #expect(try await desk.set(first, current: first)["code"] == "pin_incorrect")
            // The issuer needs no present PIN.
            #expect(try await desk.set(first).text.contains(Self.pin("set", 3)))
        }
    }

    @Test func `the journal says with which version of the key a PIN was compared, and made`() async throws {
        let door = try Door()
        let pins = door.pins
        try await door.run { caller in
            let desk = try await Desk(caller, pins)
            let (first, second) = (try desk.body("1234"), try desk.body("9876"))
            #expect(try await desk.set(first).status == 200)
            #expect(try await desk.set(first, current: second)["code"] == "pin_incorrect")
        }
        let keys = door.ledger.journaled.compactMap { if case .setPIN(let set) = $0 { set.keys } else { nil } }
        let version = StoredKeyVersion("test-pvk.1")
        #expect(keys.map(\.pin) == [nil, version] && keys.map(\.newPIN) == [version, version])
    }

    @Test func `a repeat gets the first answer, and counts nothing`() async throws {
        try await Self.run { desk in
            let (first, wrong) = (try desk.body("1234"), try desk.body("1235"))
            let set = try await desk.set(first, key: "k1")
            #expect(try await desk.set(first, key: "k1").text == set.text)
            for _ in 1...3 { #expect(try await desk.set(first, current: wrong, key: "k2")["code"] == "pin_incorrect") }
            #expect(try await desk.status() == Self.pin("set", 2))
            // Neither the PIN nor what a block is filled with tells requests apart.
            #expect(try await desk.set(wrong, key: "k1").text == set.text)
            let other = try desk.body("1234", .format4)
            #expect(try await desk.set(other, key: "k1")["code"] == "idempotency_key_reused")
            #expect(try await desk.set(first, key: "k2")["code"] == "idempotency_key_reused")
        }
    }

    @Test func `what is wrong with a block or its key is told without what was sent`() async throws {
        try await Self.run { desk in
            let good = try desk.body("1234")
            for (body, pointer) in [
                (good.replacing("test-pin", with: "other"), "/pin/key"),
                (good.replacing(#""format":0"#, with: #""format":2"#), "/pin/format"),
                (good.replacing(#""format":0"#, with: #""format":4"#), "/pin/block"),
                (good.replacing(#""format":0"#, with: #""format":3"#), "/pin/block"),
                (try desk.body("1234", .format4).replacing("test-pin-aes", with: "test-pin"), "/pin/format"),
                (good.replacing("test-pin", with: "test-pin-aes"), "/pin/format"),
                (try desk.body("1234", checkValue: "000000"), "/pin/key_check_value"),
                (try desk.body("1234", checkValue: "0000"), "/pin/key_check_value"), (#""1234""#, "/pin"),
            ] {
                let reply = try await desk.set(body)
                #expect(reply.status == 422)
                #expect(reply.text.contains(#""pointer":"\#(pointer)""#), "\(pointer): \(reply.text)")
                #expect(!reply.text.contains("1234"))
            }
            #expect(try await desk.status() == Self.pin("not_set", 0))
        }
    }

    @Test func `a client names the version of the key that it has by its check value`() async throws {
        try await Self.run { desk in
            _ = try await desk.set(try desk.body("1234"))
            let rotated = try desk.pins.rotated()
            let (old, new) = (try desk.body("1234"), try desk.body("9876", by: rotated))
            #expect(try await desk.set(old).status == 200)
            #expect(try await desk.set(new, current: old).status == 200)
            #expect(try await desk.set(old, current: new).status == 200)
            #expect(try await desk.set(old, current: try desk.body("9876"))["code"] == "pin_incorrect")
            let unknown = try await desk.set(try desk.body("1234", checkValue: "000000"))
            #expect(unknown.text.contains(#""pointer":"/pin/key_check_value""#), "\(unknown.text)")
            // A block is opened by the version alone that was named.
            let (first, second) = (try Self.checkValue(desk.pins), try Self.checkValue(rotated))
            let other = try desk.body("1234", .format3).replacing(first, with: second)
            #expect(try await desk.set(other).text.contains(#""pointer":"/pin/block""#))
        }
    }

    @Test func `nothing is counted while the module has no keys`() async throws {
        try await Self.run { desk in
            let (first, second) = (try desk.body("1234"), try desk.body("9876"))
            _ = try await desk.set(first)
            desk.pins.keys.replace(by: [])
            #expect(try await desk.set(second, current: first).status == 422)
            #expect(try await desk.status() == Self.pin("set", 3))
        }
    }

    @Test func `a program without keys has no PINs`() async throws {
        try await Self.run { desk in
            let opening = #"{"program_id":"\#(desk.caller.programs[1])","balances":[{"currency":"EUR"}]}"#
            let account = try #require(try await desk.caller.post("/v1/accounts", opening, as: 1)["id"])
            let card = try #require(try await desk.caller.post("/v1/accounts/\(account)/cards", as: 1)["id"])
            let body = #"{"pin":\#(try desk.body("1234"))}"#
            let reply = try await desk.caller.post("/v1/cards/\(card)/pin", body, as: 1)
            #expect(reply.status == 409 && reply["code"] == "pin_not_supported")
            let unblocked = try await desk.caller.post("/v1/cards/\(card)/pin/unblock", #"{"reason":"asked"}"#, as: 1)
            #expect(unblocked.status == 409 && unblocked["code"] == "pin_not_supported")
        }
    }

    @Test func `a card that is not used again is named with its status`() async throws {
        try await Self.run { desk in
            let pin = try desk.body("1234")
            #expect(try await desk.set(pin).status == 200)
            let end = #"{"status":"lost","reason":"asked"}"#
            #expect(try await desk.caller.post("/v1/cards/\(desk.card)/status", end).status == 200)
            for reply in [try await desk.set(pin), try await desk.unblock()] {
                #expect(reply.status == 409 && reply["code"] == "transition_not_allowed")
                #expect(reply.text.contains("The card is `lost`: this needs `inactive`"), "\(reply.text)")
            }
        }
    }
}

/// PINs as a client sends them.
enum PINText {
    /// - Parameter checkValue: another one than the key's.
    static func block(
        _ pins: TestPINs,
        _ digits: String,
        _ pan: PAN,
        _ format: PINBlockFormat,
        checkValue: String? = nil
    ) throws -> String {
        let pin = try pins.presented(digits, for: pan, format)
        let block = pin.block.withExposedBytes { hexadecimal($0) }
        let known = try checkValue ?? hexadecimal(pins.checkValue(format))
        let key = try #require(pin.key)
        return #"{"block":"\#(block)","format":\#(format.rawValue),"key":"\#(key)","key_check_value":"\#(known)"}"#
    }

    /// The body that sets a PIN.
    static func body(_ pins: TestPINs, _ digits: String, _ pan: PAN, _ format: PINBlockFormat) throws -> String {
        #"{"pin":\#(try block(pins, digits, pan, format))}"#
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
