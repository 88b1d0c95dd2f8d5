import Foundation
import ISO8583

/// What a network sends of ``ProvingCard``. An answer that is not the expected one ends the test.
struct LeakDoor {
    private let world: LeakWorld
    private let card: ProvingCard
    private let wire: Wire
    private let factory: MessageFactory
    private var trace: Int64
    /// Of the chip.
    private var counter: UInt16
    private(set) var sent = 0

    init(_ world: LeakWorld, _ card: ProvingCard, trace: Int64, counter: UInt16) throws {
        self.world = world
        self.card = card
        self.trace = trace
        self.counter = counter
        factory = MessageFactory(pan: card.holder.pan)
        wire = try Wire(port: world.server.networkPorts[0])
    }

    /// Each value right and wrong.
    mutating func proveValues() throws {
        let (stripe, chip, printed) = (card.stripe, card.chip, card.printed)
        func wrong(_ value: String) -> String { ProvingCard.wrong(value) }
        func read(_ mode: String, _ value: String) -> [Int: String?] { [22: mode, 35: card.track(value)] }
        func remote(_ proofs: String) -> [Int: String?] { [14: card.expiry, 22: "811", 48: proofs] }
        let rows: [(what: String, changes: [Int: String?], signed: Int?, code: String)] = [
            ("CVV", read("901", stripe), nil, "00"), ("wrong CVV", read("901", wrong(stripe)), nil, "82"),
            ("iCVV", read("051", chip), 100, "00"), ("wrong iCVV", read("051", wrong(chip)), 100, "82"),
            ("ARQC", [22: "051"], 100, "00"), ("wrong ARQC", [22: "051"], 99, "82"),
            ("CVV2", remote(printed), nil, "00"), ("wrong CVV2", remote(wrong(printed)), nil, "N7"),
            ("CAVV", remote(printed + card.cavv), nil, "00"),
            ("wrong CAVV", remote(printed + card.wrongCAVV), nil, "82"),
        ]
        for row in rows { try expect(row.code, row.what, 100, row.changes, signed: row.signed) }
    }

    /// Of this card and others.
    mutating func proveTracks(_ tracks: [LeakTrack]) throws {
        for track in tracks {
            try expect("00", track.name, 100, [2: track.pan, 22: "911", 35: track.right])
            try expect("82", "wrong \(track.name)", 100, [2: track.pan, 22: "911", 35: track.wrong])
        }
    }

    mutating func pay(with token: String, _ code: String) throws {
        let proofs = card.printed + card.cavv + token
        try expect(code, "token", 100, [14: card.expiry, 22: "811", 48: proofs])
    }

    mutating func mistypePIN() throws {
        try withdraw(card.pins.first, "00")
        for code in ["55", "55", "55", "75"] { try withdraw(card.pins.wrong, code) }
        try withdraw(card.pins.first, "75")
    }

    /// By the chip, whose answer has a script with the new PIN (EMV Book 3, 6.5.10; tag 86).
    mutating func changePIN() throws {
        let block = hexadecimal(card.pins.second.block)
        let changes: [Int: String?] = [3: "920000", 18: "6011", 22: "051", 125: block]
        let answer = try expect("00", "PIN change", 0, changes, pin: card.pins.first.block, signed: 0)
        guard hexadecimal(Array(answer.bytes(of: 55) ?? [])).contains("861D842400") else {
            throw AvalProcess.Problem(description: "no script for the chip")
        }
        try withdraw(card.pins.first, "55")
        try withdraw(card.pins.second, "00")
    }

    /// By a block under a key that is none of the network's, and by one with the next key.
    mutating func changeKey() throws {
        let door = try Wire(port: world.sealedPort)
        for (protection, code) in [(LeakStory.nextKey, "96"), (TestChip.masterKey, "00")] {
            trace += 1
            sent += 1
            let block = try world.keys.block(of: LeakStory.nextKey, under: protection)
            let answer = try door.exchange(MessageFactory.echo(trace: trace).with([70: "101", 48: block]))
            try Self.check(answer, code, "key")
        }
    }

    private mutating func withdraw(_ pin: PINSecrets, _ code: String) throws {
        try expect(code, "PIN", 100, [3: "010000", 18: "6011", 22: "051"], pin: pin.block, signed: 100)
    }

    /// - Parameter signed: the amount that the chip's cryptogram is of.
    private mutating func cryptogram(_ amount: Int, signed: Int) throws -> [UInt8] {
        counter += 1
        let date = DateFormatter()
        date.locale = Locale(identifier: "en_US_POSIX")
        date.timeZone = .gmt
        date.dateFormat = "yyMMdd"
        let today = date.string(from: Date())
        return try TestChip.bytes(card.cryptograms.payment(amount, counter: counter, date: today, signed: signed))
    }

    /// Sends a message, and its repeat, which is told the same; another one where the service had no time to verify.
    @discardableResult
    private mutating func expect(
        _ code: String,
        _ what: String,
        _ amount: Int64,
        _ changes: [Int: String?],
        pin: [UInt8]? = nil,
        signed: Int? = nil
    ) throws -> Message {
        for _ in 0..<300 {
            trace += 1
            var message = factory.purchase(amount, trace: trace).with(changes)
            if let pin { message.set(52, bytes: pin) }
            if let signed { message.set(55, bytes: try cryptogram(Int(amount), signed: signed)) }
            let answer = try answer(to: message)
            if Self.unverified.contains(answer.text(39)) {
                usleep(200_000)
                continue
            }
            try Self.check(answer, code, what)
            message.messageType = 101
            try Self.check(try self.answer(to: message), code, "repeated \(what)")
            return answer
        }
        throw AvalProcess.Problem(description: "no time for \(what)")
    }

    /// DE 39 of a PIN and of a cryptogram that could not be verified, and of a service that has too much to do.
    private static let unverified: Set<String?> = ["86", "88", "91", "96"]

    /// What comes too late for its answer is repeated.
    private mutating func answer(to message: Message) throws -> Message {
        var message = message
        for _ in 0..<5 {
            try wire.write(message)
            sent += 1
            while let answer = try wire.read() { if answer.digits(11) == trace { return answer } }
            message.messageType = 101
        }
        throw AvalProcess.Problem(description: "no answer")
    }

    private static func check(_ answer: Message, _ code: String, _ what: String) throws {
        guard answer.text(39) == code else {
            throw AvalProcess.Problem(description: "\(answer.text(39) ?? "none") instead of \(code) for \(what)")
        }
    }
}
