import AuthorizationCore
import Foundation
import ISO8583

/// A network's messages of every kind, with card data in them, good and bad.
struct LeakTraffic {
    let wire: Wire
    let pans: [String]
    let secrets: CardSecrets
    private(set) var sent = 0
    private var trace: Int64 = 0
    private var generator: SplitMix64

    /// An amount that the database refuses.
    static let refusedAmount: Int64 = 66_66

    /// Where numbers are tried out.
    static let triedMerchant = "MERCHANT0000002"

    init(_ wire: Wire, _ pans: [String], _ secrets: CardSecrets, seed: UInt64) {
        self.wire = wire
        self.pans = pans
        self.secrets = secrets
        generator = SplitMix64(seed: seed)
    }

    /// Sends at least so many, and waits until all are dealt with.
    mutating func run(_ count: Int) throws {
        while sent < count {
            var bytes: [UInt8] = []
            for _ in 0..<4 { bytes += try round() }
            wire.write(bytes)
            try synchronize()
        }
    }

    /// Bytes of one round of all kinds.
    private mutating func round() throws -> [UInt8] {
        let pan = pans[Int.random(in: pans.indices, using: &generator)]
        let payment = payment(100, 150, pan)
        let first = trace
        var messages = [payment, payment.of(101), payment.with([4: "000000000151"])]
        messages += [self.payment(200, 120, pan), self.payment(100, 99_999_999, pan)]
        // Seldom, since the batch that it came in is tried again in parts.
        let refused = Int.random(in: 0..<8, using: &generator) == 0 ? Self.refusedAmount : 100
        messages += [self.payment(100, refused, pan), self.payment(120, refused, pan)]
        messages += [self.payment(120, 130, pan), self.payment(220, 140, pan)].map { $0.with([39: "00"]) }
        messages.append(self.payment(400, 150, pan).with([90: original(first, 100)]))
        messages.append(self.payment(420, 150, pan).with([90: original(999_999, 200)]))
        messages += [100, 200, 120, 220, 420].map { self.payment($0, 100, secrets.foreignPAN) }
        messages += [100, 200].map { self.payment($0, 100, secrets.unissuedPAN).with([42: Self.triedMerchant]) }
        messages += [300, 600, 620, 110, 820].map { self.payment($0, 100, pan) }
        messages.append(self.payment(100, 100, pan).with([7: nil, 11: nil]))
        messages.append(self.payment(100, 100, String(pan.dropLast())))
        messages += misplaced(pan)
        var frames: [[UInt8]] = []
        for message in messages {
            let bytes = try Codec.encode(message.of(wire.dialect), dialect: wire.dialect)
            frames += [bytes, damaged(bytes)]
        }
        sent += frames.count
        return try frames.flatMap { try wire.framing.encode($0, header: .none) }
    }

    /// Card data where none belongs.
    private mutating func misplaced(_ pan: String) -> [Message] {
        let places: [Int: String] = [
            43: "SHOP \(pan)".padding(toLength: 40, withPad: " ", startingAt: 0), 44: pan, 60: secrets.track,
            62: secrets.cavv, 63: pan, 102: pan, 120: "\(pan)=\(secrets.track)",
        ]
        let grouped = [
            43: "SHOP \(pan.inGroups())".padding(toLength: 40, withPad: " ", startingAt: 0), 44: pan.inGroups("-"),
            61: pan.inGroups(), 63: "T-\(pan.inGroups("-"))", 102: pan.inGroups(), 120: pan.inGroups("-"),
        ]
        let others = [
            43: "SHOP \(pan.inGroups("_"))".padding(toLength: 40, withPad: " ", startingAt: 0),
            44: pan.inGroups("  "), 61: pan.inGroups(":", of: 8), 63: "T\(pan.inGroups("--"))7",
        ]
        let another = [61: secrets.foreignPAN.inGroups("-")]
        return [places, grouped, others, another].flatMap { places in
            places.sorted { $0.key < $1.key }.map { payment(100, 110, pan).with([$0.key: $0.value]) }
        }
    }

    private mutating func payment(_ type: MessageTypeIndicator, _ amount: Int64, _ pan: String) -> Message {
        trace = trace % 900_000 + 1
        return secrets.payment(MessageFactory(pan: pan).purchase(amount, trace: trace, type: type), pan: pan)
    }

    private func original(_ trace: Int64, _ type: MessageTypeIndicator) -> String {
        let time = Int64(MessageFactory(pan: "").time) ?? 0
        let data = OriginalDataElements(
            messageType: type,
            systemTraceAuditNumber: trace,
            time: time,
            acquirer: 123_456
        )
        return String(decoding: data.iso1987, as: UTF8.self)
    }

    /// With its end cut off, or a byte behind the bit maps that is no digit in any code. One digit more beside a card
    /// number would make another number of both, which nobody could tell from any other.
    private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        if Bool.random(using: &generator) {
            bytes.removeLast(Int.random(in: 1...bytes.count / 2, using: &generator))
        } else {
            bytes[Int.random(in: 40..<bytes.count, using: &generator)] = 0xFF
        }
        return bytes
    }

    /// What came before an echo's answer is dealt with.
    private mutating func synchronize() throws {
        trace += 1
        try wire.write(MessageFactory.echo(trace: trace).of(wire.dialect))
        sent += 1
        while let answer = try wire.read() {
            if answer.messageType.messageClass == .network, answer.digits(11) == trace { return }
        }
        throw AvalProcess.Problem(description: "no answer to an echo")
    }
}

extension Message {
    fileprivate func of(_ type: MessageTypeIndicator) -> Message {
        var message = self
        message.messageType = type
        return message
    }

    /// The same as the dialect's edition has it: in 1993 other types, DE 12 with a date, DE 22 of twelve positions, DE 24
    /// and 56, an action code of three digits.
    fileprivate func of(_ dialect: Dialect) -> Message {
        guard dialect.edition == .iso1993 else { return self }
        let isManagement = messageType.messageClass == .network
        var message = of(isManagement ? 1804 : MessageTypeIndicator(number: Int(messageType.number) + 1_000) ?? 1100)
        message.set(12, text: "\(thisYear)" + (text(7) ?? MessageFactory.transmissionTime()))
        message.set(24, text: isManagement ? "831" : messageType.messageClass == .reversal ? "400" : "100")
        if contains(22) { message.set(22, text: "510101511344") }
        if contains(39) { message.set(39, text: "000") }
        if let data = bytes(of: 90), let original = try? OriginalDataElements(iso1987: data) {
            message.set(56, bytes: original.since1993.iso1993)
        }
        for element in message.elements where !dialect.defined.contains(element) || [18, 70, 90].contains(element) {
            message.remove(element)
        }
        return message
    }
}

/// Its last two digits, which DE 7 does not have.
private let thisYear = Int64(Calendar(identifier: .gregorian).component(.year, from: Date())) % 100

extension OriginalDataElements {
    fileprivate var since1993: OriginalDataElements {
        OriginalDataElements(
            messageType: MessageTypeIndicator(number: Int(messageType.number) + 1_000) ?? messageType,
            systemTraceAuditNumber: systemTraceAuditNumber,
            time: thisYear * 10_000_000_000 + time,
            acquirer: acquirer
        )
    }
}
