import Foundation
import ISO8583

/// Tells answers apart: DE 7, 11 and 37, which the answer echoes.
struct MessageKey: Hashable {
    var time: Int64
    var trace: Int64
    var reference: Int64

    init(time: Int64, trace: Int64, reference: Int64) {
        self.time = time
        self.trace = trace
        self.reference = reference
    }

    init?(_ message: Message) {
        guard let time = message.digits(7), let trace = message.digits(11), let reference = message.digits(37) else {
            return nil
        }
        self.init(time: time, trace: trace, reference: reference)
    }
}

/// Makes 0100 messages of 20 elements.
struct PaymentMessages {
    private static let acquirer = "400001"
    private static let forwarder = "400099"
    private static let currency = "978"

    private let cards: [LoadCard]
    /// What is the same in all messages of a merchant.
    private let templates: [Message]
    private var clock = TransmissionClock()
    /// DE 11 of the next message. It starts anywhere, so that two runs in one second hardly meet.
    private var trace: Int64
    /// Never repeats within a run; the last eight digits of DE 37.
    private var count: Int64 = 0

    init(cards: [LoadCard], firstTrace: Int64) {
        self.cards = cards
        trace = firstTrace
        templates = Merchant.all.map(Self.template)
    }

    mutating func next(for payment: Payment) -> (message: Message, key: MessageKey) {
        trace = (trace + 1) % 1_000_000
        count += 1
        let time = clock.now()
        let key = MessageKey(time: time.monthToSecond, trace: trace, reference: time.hour * 10_000_000_000 + count)
        let card = cards[payment.card]
        var message = templates[payment.merchant]
        message.set(2, bytes: card.pan)
        message.set(4, digits: payment.amount, width: 12)
        message.set(7, digits: key.time, width: 10)
        message.set(11, digits: key.trace, width: 6)
        message.set(12, digits: key.time % 1_000_000, width: 6)
        message.set(13, digits: key.time / 1_000_000, width: 4)
        message.set(14, bytes: payment.hasWrongExpiry ? Self.wrongExpiry(card.expiry) : card.expiry)
        message.set(37, digits: key.reference, width: 12)
        return (message, key)
    }

    private static func template(_ merchant: Merchant) -> Message {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.utf8.count))
        }
        var message = Message(100)
        message.set(3, text: "000000")
        message.set(18, digits: merchant.categoryCode, width: 4)
        message.set(19, digits: merchant.countryNumber, width: 3)
        message.set(22, text: merchant.entryMode)
        message.set(23, text: "000")
        message.set(25, text: merchant.condition)
        message.set(32, text: acquirer)
        message.set(33, text: forwarder)
        message.set(41, text: padded(merchant.terminal, 8))
        message.set(42, text: padded(merchant.identification, 15))
        message.set(43, text: padded(merchant.name, 25) + padded(merchant.city, 13) + merchant.country)
        message.set(49, text: currency)
        return message
    }

    /// The same month of another year.
    private static func wrongExpiry(_ expiry: [UInt8]) -> [UInt8] {
        var wrong = expiry
        wrong[1] = wrong[1] == UInt8(ascii: "9") ? UInt8(ascii: "8") : wrong[1] + 1
        return wrong
    }
}

/// The time of transmission, computed once a second.
struct TransmissionClock {
    private var second: time_t = 0
    private var current: (monthToSecond: Int64, hour: Int64) = (0, 0)

    /// MMDDhhmmss of UTC, and the hour.
    mutating func now() -> (monthToSecond: Int64, hour: Int64) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        guard now.tv_sec != second else { return current }
        second = now.tv_sec
        var parts = tm()
        gmtime_r(&second, &parts)
        let date = Int64(parts.tm_mon + 1) * 100 + Int64(parts.tm_mday)
        let time = Int64(parts.tm_hour) * 10_000 + Int64(parts.tm_min) * 100 + Int64(parts.tm_sec)
        current = (date * 1_000_000 + time, Int64(parts.tm_hour))
        return current
    }
}
