import ISO8583
import NIOCore

/// What came of a message that was sent.
enum Arrival: Sendable {
    /// - Parameter isAuthentic: whether its MAC is right; true where the scenario has no key.
    case answer(Message, isAuthentic: Bool, after: Duration)
    /// Nothing within the time.
    case nothing
    /// The connection ended before an answer came.
    case closed
}

/// Messages that nobody waited for, for the report.
struct Unsolicited: Sendable {
    var count = 0
    /// Masked.
    var examples: [String] = []

    mutating func add(_ example: String) {
        count += 1
        if examples.count < Limits.examples { examples.append(example) }
    }
}

/// What a link knows of the messages on it. Its mutex is held by whoever asks.
struct LinkState {
    typealias Waiter = CheckedContinuation<Arrival, Never>

    var channel: (any Channel)?
    /// Answers that came to nothing that was sent.
    private(set) var unsolicited = Unsolicited()
    /// Frames that are no message of the dialect.
    private(set) var unreadable = Unsolicited()
    /// Messages of network management that the issuer has started, the oldest first.
    private var requests: [Message] = []
    /// Answers that came after they were waited for.
    private(set) var late = 0
    private var correlator: Correlator
    private var nextIdentifier = 1
    private(set) var sendings: [Int: Sending] = [:]
    /// Messages without an answer whose conversation has ended, the oldest first.
    private var forgotten: [Int] = []

    /// What is known of a message that was sent.
    struct Sending {
        var time: ContinuousClock.Instant
        /// What no step has taken yet; two at most, because a second one is as wrong as a third.
        var arrivals: [Arrival] = []
        var isAnswered = false
        var waiting: (waiter: Waiter, timer: Scheduled<Void>)?
        /// Whether a step has waited in vain.
        var isGivenUp = false
    }

    init(_ dialect: Dialect) { correlator = Correlator(dialect) }

    mutating func sent(_ message: Message, now: ContinuousClock.Instant) -> Int {
        defer { nextIdentifier += 1 }
        correlator.sent(message, nextIdentifier)
        sendings[nextIdentifier] = Sending(time: now)
        return nextIdentifier
    }

    /// Takes an answer; gives whoever waits for it. A second answer goes to whoever waits for one.
    mutating func received(
        _ answer: Message,
        isAuthentic: Bool,
        now: ContinuousClock.Instant
    ) -> (Waiter, Arrival)? {
        guard let identifier = correlator.answered(answer) ?? correlator.answeredAgain(answer),
            var sending = sendings[identifier]
        else {
            unsolicited.add(answer.description)
            return nil
        }
        defer { sendings[identifier] = sending }
        let isSecond = sending.isAnswered
        sending.isAnswered = true
        if !isSecond, sending.isGivenUp { late += 1 }
        let arrival = Arrival.answer(answer, isAuthentic: isAuthentic, after: now - sending.time)
        if let (waiter, timer) = sending.waiting {
            sending.waiting = nil
            timer.cancel()
            return (waiter, arrival)
        }
        if isSecond { unsolicited.add(answer.description) }
        if sending.arrivals.count < 2 { sending.arrivals.append(arrival) }
        return nil
    }

    /// A conversation has ended: nobody asks for its messages any more. Those that are still without an answer are kept
    /// for a while, so that a late answer is told from one to nothing.
    mutating func forget(_ identifiers: [Int]) {
        for identifier in identifiers {
            guard let sending = sendings[identifier] else { continue }
            guard !sending.isAnswered else {
                drop(identifier)
                continue
            }
            sendings[identifier]?.isGivenUp = true
            forgotten.append(identifier)
            if forgotten.count > Limits.forgotten { drop(forgotten.removeFirst()) }
        }
    }

    private mutating func drop(_ identifier: Int) {
        sendings[identifier] = nil
        correlator.forget(identifier)
    }

    mutating func receivedUnreadable(_ error: DecodeError) { unreadable.add("\(error)") }

    /// A message that the issuer starts. One that is not answered is nothing that a network expects.
    mutating func receivedRequest(_ message: Message, isAnswered: Bool) {
        guard isAnswered else { return unsolicited.add(message.description) }
        if requests.count == Limits.requests { requests.removeFirst() }
        requests.append(message)
    }

    /// The oldest of a type that has not been taken.
    mutating func takeRequest(_ type: MessageTypeIndicator) -> Message? {
        requests.firstIndex { $0.messageType == type }.map { requests.remove(at: $0) }
    }

    /// What is known already; nil when it has to be waited for.
    mutating func arrival(of identifier: Int) -> Arrival? {
        guard let sending = sendings[identifier] else { return .closed }
        return sending.arrivals.isEmpty ? nil : sendings[identifier]?.arrivals.removeFirst()
    }

    mutating func wait(for identifier: Int, _ waiter: Waiter, _ timer: Scheduled<Void>) {
        sendings[identifier]?.waiting = (waiter, timer)
    }

    mutating func timedOut(_ identifier: Int) -> Waiter? {
        guard let waiter = sendings[identifier]?.waiting?.waiter else { return nil }
        sendings[identifier]?.waiting = nil
        sendings[identifier]?.isGivenUp = true
        return waiter
    }

    /// The connection has ended: no answer comes any more. Gives those who wait.
    mutating func ended(_ ended: any Channel) -> [Waiter] {
        guard let channel, channel === ended else { return [] }
        self.channel = nil
        correlator.removeAll()
        let waiting = sendings.values.compactMap(\.waiting)
        sendings = sendings.filter { $0.value.isAnswered }
        for identifier in sendings.keys { sendings[identifier]?.waiting = nil }
        forgotten = []
        return waiting.map { waiter, timer in
            timer.cancel()
            return waiter
        }
    }
}
