import AuthorizationCore
import CardCryptography
import Foundation
import ISO8583
import Testing

@testable import CardNetwork

@Suite struct `Authentication codes of messages` {
    private static let keys: [MACCoverage.Algorithm: (CipherAlgorithm, KeyUsage)] = [
        .cbc: (.tripleDES, .macAlgorithm1), .retail: (.tripleDES, .macAlgorithm3), .cmacTripleDES: (.tripleDES, .cmac),
        .cmacAES: (.aes, .cmac),
    ]

    @Test(arguments: Dialect.builtIn, MACCoverage.Algorithm.allCases)
    func `are right for the message and the key that they were made for alone`(
        _ builtIn: Dialect,
        _ algorithm: MACCoverage.Algorithm
    ) throws {
        let (cipher, usage) = try #require(Self.keys[algorithm])
        let key = try Key(random: cipher, length: 16, usage: usage)
        let other = try Key(random: cipher, length: 16, usage: usage)
        for (bytes, padding, length) in [
            (MACCoverage.Bytes.messageBeforeMAC, 1, 8), (.messageBeforeMAC, 2, 4), (.elements([4, 11]), 1, 8),
        ] {
            var dialect = builtIn
            dialect.mac = MACCoverage(bytes: bytes, algorithm: algorithm, paddingMethod: padding, length: length)
            let seal = try #require(MessageSeal(dialect))
            #expect(seal.usage == usage && seal.algorithm == cipher)
            for elements in [[4: "000000001050", 11: "000123"], [4: "000000001050", 11: "000123", 102: "X1"]] {
                let message = Fixture.message(100, elements)
                let packed = try seal.pack(message, key: key)
                let came = try Codec.decode(packed, dialect: dialect)
                #expect(came.contains(elements.count == 3 ? 128 : 64))
                #expect(seal.verdict(on: came, packed, keys: [key]) == .authentic)
                #expect(seal.verdict(on: came, packed, keys: [other, key]) == .authentic)
                #expect(seal.verdict(on: came, packed, keys: [other]) == .wrong)
                #expect(seal.verdict(on: came, packed, keys: []) == .wrong)
                let plain = try Codec.encode(message, dialect: dialect)
                #expect(seal.verdict(on: message, plain, keys: [key]) == .missing)
                var altered = message
                altered.set(11, text: "000124")
                let forged = try Self.code(of: came, on: altered, dialect)
                #expect(seal.verdict(on: forged.message, forged.packed, keys: [key]) == .wrong)
            }
        }
    }

    private static func code(
        of sealed: Message,
        on message: Message,
        _ dialect: Dialect
    ) throws -> (message: Message, packed: [UInt8]) {
        var message = message
        let element = sealed.contains(128) ? 128 : 64
        message.set(element, bytes: Array(try #require(sealed.bytes(of: element))))
        return (message, try Codec.encode(message, dialect: dialect))
    }

    /// Computed apart, with OpenSSL: ISO/IEC 9797-1 algorithm 3 over `0800`, the bit map and DE 11.
    @Test func `cover the message's bytes before them`() throws {
        let network = try SealedNetwork()
        let packed = try network.seal.pack(Fixture.message(800, [11: "000123"]), key: network.current)
        #expect(String(decoding: packed.prefix(26), as: UTF8.self) == "08000020000000000001000123")
        // The dialect has binary elements in hexadecimal digits.
        #expect(String(decoding: packed.dropFirst(26), as: UTF8.self) == "A3923A351D5BB6CB")
    }
}

@Suite struct `A session with authentication codes` {
    enum Code: CaseIterable {
        case current
        case previous
        case foreign
        case missing
    }

    /// Type, code, DE 39 of the answer (nil: silence), and whether anything was decided.
    @Test(
        arguments: [
            (100, Code.current, "00", true), (100, .previous, "00", true), (100, .foreign, "63", false),
            (100, .missing, "63", false), (120, .current, "00", true), (120, .foreign, nil, false),
            (120, .missing, nil, false), (400, .foreign, nil, false), (400, .missing, nil, false),
            (800, .current, "00", false), (800, .missing, "00", false), (800, .foreign, "63", false),
            (810, .foreign, nil, false), (312, .missing, nil, false),
        ] as [(UInt16, Code, String?, Bool)]
    )
    func `takes what is authentic, refuses requests that are not, and is silent to advices and reversals`(
        type: UInt16,
        code: Code,
        answer: String?,
        isDecided: Bool
    ) throws {
        let network = try SealedNetwork()
        let line = try network.line()
        let message = try Self.message(type)
        let answers = try line.send(try Self.bytes(of: message, code, network))
        #expect(answers.map { $0.text(39) } == (answer.map { [$0] } ?? []))
        #expect((line.decidedCount > 0) == isDecided)
        let isGood = code == .current || code == .previous || (type == 800 && code == .missing)
        #expect(line.metrics.value(.macMissing) == (code == .missing && !isGood ? 1 : 0))
        #expect(line.metrics.value(.macWrong) == (code == .foreign ? 1 : 0))
        // Ours have one, made with the active key; those to network management as the network's.
        for answer in answers {
            let isSealed = network.seal.isSealed(answer)
            #expect(isSealed == !(type == 800 && code == .missing))
            guard isSealed else { continue }
            let packed = try Codec.encode(answer, dialect: network.profile.dialect)
            #expect(network.seal.verdict(on: answer, packed, keys: [network.current]) == .authentic)
        }
    }

    /// Its code is cut off.
    @Test func `counts a damaged reversal whose code cannot be checked`() throws {
        let network = try SealedNetwork()
        let line = try network.line()
        var bytes = try network.seal.pack(Fixture.reversal([:]), key: network.current)
        bytes.removeLast(20)
        #expect(try line.send(bytes).isEmpty && line.decidedCount == 0)
        #expect(line.metrics.value(.macWrong) == 1)
    }

    /// What follows DE 32 cannot be read, but the code at the end can.
    @Test(arguments: [(Code.current, true), (.previous, true), (.foreign, false), (.missing, false)])
    func `keeps a damaged reversal or advice if the code at its end is right`(_ code: Code, _ isKept: Bool) throws {
        for message in [Fixture.reversal([:]), Fixture.purchase([:], type: 120)] {
            let network = try SealedNetwork()
            let line = try network.line()
            let answers = try line.send(try Self.damaged(message, code, network))
            #expect(answers.isEmpty == !isKept && line.decidedCount == (isKept ? 1 : 0))
            #expect(line.metrics.value(.macWrong) == (code == .foreign ? 1 : 0))
            #expect(line.metrics.value(.macMissing) == (code == .missing ? 1 : 0))
        }
    }

    /// With DE 32 longer than it may be, and the code of what the message is then.
    private static func damaged(_ message: Message, _ code: Code, _ network: SealedNetwork) throws -> [UInt8] {
        let whole = String(decoding: try bytes(of: message, code, network), as: UTF8.self)
        let damaged = Array(whole.replacing("0512345", with: "9912345", maxReplacements: 1).utf8)
        #expect(damaged != Array(whole.utf8))
        guard code != .missing else { return damaged }
        let foreign = try SealedNetwork.key("1032547698BADCFE0123456789ABCDEF")
        let key = code == .current ? network.current : code == .previous ? network.previous : foreign
        // The dialect has binary elements in hexadecimal digits.
        let covered = damaged.dropLast(16)
        let made = try MessageAuthentication.code(Array(covered), padding: .method1, key: key)
        return covered + made.flatMap { byte in String(format: "%02X", byte).utf8 }
    }

    @Test func `takes a previous key until its time is over`() throws {
        let network = try SealedNetwork()
        var known = WorkingKeys.Keys()
        known.incoming = [WorkingKeys.Held(network.current), WorkingKeys.Held(network.previous, until: Fixture.now)]
        known.outgoing = network.current
        _ = network.keys.replace(by: known, since: 0)
        #expect(network.keys.incoming(at: Instant(microseconds: Fixture.now.microseconds - 1)).count == 2)
        #expect(network.keys.incoming(at: Fixture.now).count == 1)
    }

    @Test func `says nothing when it has no key for its answers`() throws {
        let network = try SealedNetwork()
        var known = WorkingKeys.Keys()
        known.incoming = [WorkingKeys.Held(network.current)]
        _ = network.keys.replace(by: known, since: 0)
        let line = try network.line()
        #expect(try line.send(try Self.bytes(of: try Self.message(100), .current, network)).isEmpty)
    }

    private static func message(_ type: UInt16) throws -> Message {
        switch type {
        case 800, 810:
            Fixture.message(MessageTypeIndicator(integerLiteral: type), [7: "0601120000", 11: "000007", 70: "301"])
        case 400: Fixture.reversal([:])
        default: Fixture.purchase([:], type: MessageTypeIndicator(integerLiteral: type))
        }
    }

    static func bytes(of message: Message, _ code: Code, _ network: SealedNetwork) throws -> [UInt8] {
        let foreign = try SealedNetwork.key("1032547698BADCFE0123456789ABCDEF")
        switch code {
        case .current: return try network.seal.pack(message, key: network.current)
        case .previous: return try network.seal.pack(message, key: network.previous)
        case .foreign: return try network.seal.pack(message, key: foreign)
        case .missing: return try Codec.encode(message, dialect: network.profile.dialect)
        }
    }
}
