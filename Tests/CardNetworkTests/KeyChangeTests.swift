import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import NIOCore
import Synchronization
import Testing

@testable import CardNetwork

@Suite struct `A network's new key` {
    private static let fresh = "89ABCDEF0123456776543210FEDCBA98"

    private static func block(
        _ digits: String = fresh,
        _ usage: KeyUsage = .macAlgorithm3,
        mode: KeyMode = .computeAndVerify,
        checkValue: String? = nil,
        under protection: Key
    ) throws -> String {
        var header = KeyBlockHeader(
            version: .tripleDES,
            usage: usage,
            algorithm: .tripleDES,
            mode: mode,
            exportability: .nonExportable
        )
        if let checkValue { header.optionalBlocks = [.init(identifier: "KC", value: checkValue)] }
        let bytes = try #require(SecretBytes(hexadecimal: Array(digits.utf8)))
        return String(decoding: try KeyBlock(header, bytes).wrapped(with: protection), as: UTF8.self)
    }

    private static func change(_ block: String?, code: String = "161") -> Message {
        var elements = [7: "0601120000", 11: "000007", 70: code]
        elements[48] = block
        return Fixture.message(800, elements)
    }

    private static func checkValue(_ digits: String = fresh) throws -> String {
        try KeyCheckValue.of(try SealedNetwork.key(digits)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    @Test(arguments: ["161", "101"]) func `is stored, then answered, then in use`(code: String) throws {
        let network = try SealedNetwork()
        let line = try network.line()
        let block = try Self.block(checkValue: "00" + (try Self.checkValue()), under: network.protection)
        let bytes = try Codec.encode(Self.change(block, code: code), dialect: network.profile.dialect)
        #expect(try line.send(bytes).map { $0.text(39) } == ["00"])
        #expect(network.shelf.changes.withLock { $0.map(\.description) } == ["mac"])
        #expect(line.metrics.value(.keyChanged) == 1)
        // The new key and the one before are taken; what leaves has the new one's code.
        let new = try SealedNetwork.key(Self.fresh)
        for (key, trace, answer) in [
            (new, "000201", "00"), (network.current, "000202", "00"), (network.previous, "000203", "63"),
        ] {
            let request = Fixture.purchase([11: trace])
            let answers = try line.send(try network.seal.pack(request, key: key))
            let found = try #require(answers.first)
            #expect(answers.count == 1 && found.text(39) == answer)
            let packed = try Codec.encode(found, dialect: network.profile.dialect)
            #expect(network.seal.verdict(on: found, packed, keys: [new]) == .authentic)
        }
    }

    /// Whether the reading succeeds. If not, the network sends the key again.
    @Test(arguments: [true, false]) func `of PINs is in the module before the answer leaves`(isRead: Bool) throws {
        let network = try SealedNetwork { profile in
            if let name = KeyName("pin") { profile.keys?.working.append(NetworkKeys.Working(name, .pin, .both)) }
        }
        let line = try network.line()
        let block = try Self.block(Self.fresh, .pinEncryption, mode: .encryptAndDecrypt, under: network.protection)
        let bytes = try Codec.encode(Self.change(block), dialect: network.profile.dialect)
        network.pinSource.set(isSlow: true, isAway: !isRead)
        #expect(try line.send(bytes).isEmpty)
        #expect(network.pinSource.readings == 1 && line.metrics.value(.keyChanged) == 0)
        network.pinSource.end(.now)
        #expect(try line.pass(.zero).map { $0.text(39) } == (isRead ? ["00"] : []))
        #expect(line.metrics.value(.keyChanged) == (isRead ? 1 : 0))
        #expect(network.source.readings == 0)
    }

    @Test func `is answered with the code of the key before, and proves itself whatever its message's code`() throws {
        let network = try SealedNetwork()
        let line = try network.line()
        let message = Self.change(try Self.block(under: network.protection))
        let answers = try line.send(try network.seal.pack(message, key: try SealedNetwork.key(Self.fresh)))
        let answer = try #require(answers.first)
        let packed = try Codec.encode(answer, dialect: network.profile.dialect)
        #expect(answer.text(39) == "00")
        #expect(network.seal.verdict(on: answer, packed, keys: [network.current]) == .authentic)
    }

    /// Until when the one before is taken.
    @Test(arguments: [(Int64.max, "00"), (0, "96")] as [(Int64, String)])
    func `may come under the one before of what protects it, until the time of that is over`(
        until: Int64,
        answer: String
    ) throws {
        let network = try SealedNetwork()
        let line = try network.line()
        let new = try SealedNetwork.key("89ABCDEF0123456776543210FEDCBA98", .keyEncryption)
        var keys = WorkingKeys.Keys()
        let before = WorkingKeys.Held(network.protection, until: Instant(microseconds: until))
        keys.protection = [WorkingKeys.Held(new), before]
        _ = network.keys.replace(by: keys, since: network.keys.changes)
        let told = try [new, network.protection].map { key in
            let message = Self.change(try Self.block(under: key))
            return try line.send(try Codec.encode(message, dialect: network.profile.dialect)).first?.text(39)
        }
        #expect(told == ["00", answer])
    }

    /// What is wrong with the message of a new key.
    enum Fault: CaseIterable {
        case noBlock, noKeyBlock, foreignProtection, altered, wrongOwnValue, unknownMethod, wrongUsage, wrongMode
        case equalHalves, notStored
    }

    @Test(arguments: Fault.allCases) func `with a fault gets 96, and nothing changes`(_ fault: Fault) throws {
        let network = try SealedNetwork(fault == .notStored ? .refuses : nil)
        let line = try network.line()
        let protection = network.protection
        var block: String? = try Self.block(under: protection)
        switch fault {
        case .noBlock: block = nil
        case .noKeyBlock: block = "B0016M3TC00N0000"
        case .foreignProtection: block = try Self.block(under: SealedNetwork.key(Self.fresh, .keyEncryption))
        case .altered: block = block.map { String($0.dropLast()) + ($0.last == "0" ? "1" : "0") }
        case .wrongOwnValue: block = try Self.block(checkValue: "00000000", under: protection)
        case .unknownMethod: block = try Self.block(checkValue: "07" + Self.checkValue(), under: protection)
        case .wrongUsage: block = try Self.block(Self.fresh, .macAlgorithm1, under: protection)
        case .wrongMode: block = try Self.block(mode: .verify, under: protection)
        case .equalHalves: block = try Self.block("0123456789ABCDEF0123456789ABCDEF", under: protection)
        case .notStored: break
        }
        let bytes = try Codec.encode(Self.change(block), dialect: network.profile.dialect)
        #expect(try line.send(bytes).map { $0.text(39) } == ["96"])
        #expect(network.shelf.changes.withLock { $0.isEmpty } && line.metrics.value(.keyRefused) == 1)
        let request = try network.seal.pack(Fixture.purchase([:]), key: network.current)
        #expect(try line.send(request).map { $0.text(39) } == ["00"])
    }

    @Test func `gets no answer while it is in doubt whether it is stored`() throws {
        let network = try SealedNetwork(.isInDoubt)
        let line = try network.line()
        let block = try Self.block(under: network.protection)
        #expect(try line.send(try Codec.encode(Self.change(block), dialect: network.profile.dialect)).isEmpty)
        #expect(line.metrics.value(.keyRefused) == 0 && line.metrics.value(.dropped) == 1)
    }

    /// Whether the file says that the answer has it, its DE 39, whether it is right, and whether it is then in use.
    @Test(arguments: [
        (true, "00", true, true), (false, "00", true, false), (true, "96", true, false),
        (true, "00", false, false),
    ])
    func `may come in the answer to our question`(
        _ row: (isExpected: Bool, code: String, isRight: Bool, isTaken: Bool)
    ) throws {
        let network = try SealedNetwork { profile in
            var rules = KeyRequestRules()
            rules.failures = 1
            rules.isAnsweredWithKey = row.isExpected
            profile.keys?.change?.request = rules
        }
        let line = try network.line()
        let dialect = network.profile.dialect
        let foreign = try network.seal.pack(Fixture.purchase([:]), key: try SealedNetwork.key(Self.fresh))
        let question = try #require(try line.send(foreign).first { $0.messageType == 800 })
        let protection = row.isRight ? network.protection : try SealedNetwork.key(Self.fresh, .keyEncryption)
        var answer = try #require(question.answer(echoing: [7, 11, 70]))
        answer.set(39, text: row.code)
        answer.set(48, text: try Self.block(under: protection))
        #expect(try line.send(try Codec.encode(answer, dialect: dialect)).isEmpty)
        #expect(line.metrics.value(.keyChanged) == (row.isTaken ? 1 : 0))
        #expect(line.metrics.value(.keyRefused) == (row.isRight ? 0 : 1))
        let request = try network.seal.pack(Fixture.purchase([11: "000201"]), key: try SealedNetwork.key(Self.fresh))
        #expect(try line.send(request).first { $0.messageType == 110 }?.text(39) == (row.isTaken ? "00" : "63"))
        // What nobody asked for is no key.
        #expect(try line.send(try Codec.encode(answer, dialect: dialect)).isEmpty)
        #expect(line.metrics.value(.keyChanged) == (row.isTaken ? 1 : 0))
    }

    @Test func `that comes again leaves the key before it as it is`() throws {
        let network = try SealedNetwork()
        let line = try network.line()
        let block = try Self.block(under: network.protection)
        let bytes = try Codec.encode(Self.change(block), dialect: network.profile.dialect)
        for _ in 0..<2 { #expect(try line.send(bytes).map { $0.text(39) } == ["00"]) }
        let request = try network.seal.pack(Fixture.purchase([:]), key: network.current)
        #expect(try line.send(request).map { $0.text(39) } == ["00"])
    }

    @Test func `is compared with the check value where the network's messages have one`() throws {
        let network = try SealedNetwork { $0.keys?.change?.checkValue = ElementLocation(44) }
        let line = try network.line()
        var message = Self.change(try Self.block(under: network.protection))
        for (value, code) in [(nil, "96"), ("000000", "96"), ("XYZ", "96"), (try Self.checkValue(), "00")] {
            if let value { message.set(44, text: value) }
            let bytes = try Codec.encode(message, dialect: network.profile.dialect)
            #expect(try line.send(bytes).map { $0.text(39) } == [code], "\(value ?? "none")")
        }
    }

    @Test func `is refused by a network's file that names no protection key`() throws {
        let network = try SealedNetwork { $0.keys?.change = nil }
        let line = try network.line()
        let block = try Self.block(under: network.protection)
        let bytes = try Codec.encode(Self.change(block), dialect: network.profile.dialect)
        #expect(try line.send(bytes).map { $0.text(39) } == ["96"])
    }

    /// Usage and mode of the block, and the key that it replaces where each direction has its own.
    @Test(
        arguments: [
            (KeyUsage.macAlgorithm3, KeyMode.verify, "in"), (.macAlgorithm3, .compute, "out"),
            (.macAlgorithm3, .computeAndVerify, nil), (.pinEncryption, .decrypt, "pin"),
            (.pinEncryption, .encryptAndDecrypt, "pin"), (.pinEncryption, .encrypt, nil),
            (.cardVerification, .verify, nil),
        ] as [(KeyUsage, KeyMode, String?)]
    )
    func `replaces the one key that its usage and mode mean`(usage: KeyUsage, mode: KeyMode, name: String?) throws {
        let keys = NetworkKeys(working: [
            NetworkKeys.Working(try SealedNetwork.name("in"), .mac, .incoming),
            NetworkKeys.Working(try SealedNetwork.name("out"), .mac, .outgoing),
            NetworkKeys.Working(try SealedNetwork.name("pin"), .pin, .incoming),
        ])
        let header = KeyBlockHeader(
            version: .tripleDES,
            usage: usage,
            algorithm: .tripleDES,
            mode: mode,
            exportability: .nonExportable
        )
        let seal = try SealedNetwork().seal
        #expect(keys.target(of: header, seal)?.name.description == name)
    }
}

@Suite struct `A session that loses its key` {
    private static let start = ContinuousClock.now

    private static func time(_ milliseconds: Int) -> SessionTime {
        SessionTime(instant: start + .milliseconds(milliseconds), transmission: 601_120_000)
    }

    private static func open() -> SessionState {
        var rules = SessionRules(isSignOnRequired: false)
        var requests = KeyRequestRules()
        requests.repetition = Backoff(first: .seconds(30), longest: .seconds(100))
        rules.keyRequests = requests
        var state = SessionState(rules, openedAt: start, trace: 41)
        _ = state.connected(at: time(0))
        return state
    }

    private static func request(_ trace: Int64) -> [SessionState.Action] {
        [.ask(.keyChange, AnswerKey(transmission: 601_120_000, trace: trace))]
    }

    @Test func `asks for another after several messages in a row, ever less often`() {
        var state = Self.open()
        #expect(state.codeFailed(at: Self.time(0)) == [])
        #expect(state.codeFailed(at: Self.time(0)) == [])
        state.codeVerified()
        #expect((0..<3).map { _ in state.codeFailed(at: Self.time(0)) } == [[], [], Self.request(42)])
        // Each moment in milliseconds, and whether it asks again.
        for (moment, trace) in [
            (1, nil), (29_999, nil), (30_000, 43), (89_999, nil), (90_000, 44), (189_999, nil), (190_000, 45),
        ] as [(Int, Int64?)] {
            #expect(state.codeFailed(at: Self.time(moment)) == (trace.map(Self.request) ?? []), "\(moment)")
        }
    }

    @Test func `asks for one of PINs as it does for one of codes, each by its own`() {
        var state = Self.open()
        for _ in 0..<2 {
            #expect(state.pinNotOpened(at: Self.time(0)) == [])
            #expect(state.codeFailed(at: Self.time(0)) == [])
        }
        state.pinOpened()
        #expect((0..<3).map { _ in state.pinNotOpened(at: Self.time(0)) } == [[], [], Self.request(42)])
        for (moment, trace) in [(29_999, nil), (30_000, 43), (89_999, nil)] as [(Int, Int64?)] {
            #expect(state.pinNotOpened(at: Self.time(moment)) == (trace.map(Self.request) ?? []), "\(moment)")
            // Each such message had a right code.
            state.codeVerified()
        }
        #expect((0..<3).map { _ in state.codeFailed(at: Self.time(60_000)) } == [[], [], Self.request(44)])
        #expect(state.pinNotOpened(at: Self.time(90_000)) == Self.request(45))
    }

    @Test func `stays open when nobody answers, and takes an answer`() {
        var state = Self.open()
        for _ in 0..<3 { _ = state.codeFailed(at: Self.time(0)) }
        #expect(state.timePassed(at: Self.time(10_000)) == [])
        #expect(state.phase == .open)
        #expect(state.answerArrived(AnswerKey(transmission: nil, trace: 42), isApproved: true) == nil)
        for _ in 0..<3 { _ = state.codeFailed(at: Self.time(30_000)) }
        #expect(state.answerArrived(AnswerKey(transmission: nil, trace: 43), isApproved: false) == [])
        #expect(state.phase == .open)
    }

    @Test func `is not reassured by messages that need no code`() throws {
        let network = try SealedNetwork { profile in
            profile.keys?.change?.request = KeyRequestRules()
            profile.keys?.change?.request?.failures = 2
        }
        let line = try network.line()
        let echo = Fixture.message(800, [7: "0601120000", 11: "000007", 70: "301"])
        let messages = [Fixture.purchase([11: "000301"]), echo, Fixture.purchase([11: "000302"])]
        let types = try messages.map { message in
            try line.send(try Codec.encode(message, dialect: network.profile.dialect)).map(\.messageType)
        }
        #expect(types == [[110], [810], [110, 800]])
    }

    @Test func `asks with the code that the network's file gives`() throws {
        var profile = Fixture.profile
        var change = KeyChange(protection: try SealedNetwork.name("zmk"), location: ElementLocation(48))
        profile.keys = NetworkKeys(working: [], change: change)
        let key = AnswerKey(transmission: 601_120_000, trace: 42)
        #expect(profile.request(.keyChange, key, at: Fixture.now).text(70) == "161")
        change.request?.code = 101
        profile.keys?.change = change
        #expect(profile.request(.keyChange, key, at: Fixture.now).text(70) == "101")
        profile.keys = nil
        profile.dialect = .iso93BCD
        #expect(profile.request(.keyChange, key, at: Fixture.now).text(24) == "811")
    }
}
