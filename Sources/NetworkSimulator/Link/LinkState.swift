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
    /// When each was sent whose answer may still come.
    private var sent: [Int: ContinuousClock.Instant] = [:]
    private var arrived: [Int: Arrival] = [:]
    private var waiting: [Int: (waiter: Waiter, timer: Scheduled<Void>)] = [:]
    private var givenUp: Set<Int> = []

    init(_ dialect: Dialect) { correlator = Correlator(dialect) }

    mutating func sent(_ message: Message, now: ContinuousClock.Instant) -> Int {
        defer { nextIdentifier += 1 }
        correlator.sent(message, nextIdentifier)
        sent[nextIdentifier] = now
        return nextIdentifier
    }

    /// Takes an answer; gives whoever waits for it.
    mutating func received(
        _ answer: Message,
        isAuthentic: Bool,
        now: ContinuousClock.Instant
    ) -> (Waiter, Arrival)? {
        guard let identifier = correlator.answered(answer), let start = sent.removeValue(forKey: identifier) else {
            unsolicited.add(answer.description)
            return nil
        }
        let arrival = Arrival.answer(answer, isAuthentic: isAuthentic, after: now - start)
        if givenUp.remove(identifier) != nil { late += 1 }
        guard let (waiter, timer) = waiting.removeValue(forKey: identifier) else {
            arrived[identifier] = arrival
            return nil
        }
        timer.cancel()
        return (waiter, arrival)
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
        arrived.removeValue(forKey: identifier) ?? (sent[identifier] == nil ? .closed : nil)
    }

    mutating func wait(for identifier: Int, _ waiter: Waiter, _ timer: Scheduled<Void>) {
        waiting[identifier] = (waiter, timer)
    }

    mutating func timedOut(_ identifier: Int) -> Waiter? {
        guard let waiter = waiting.removeValue(forKey: identifier)?.waiter else { return nil }
        givenUp.insert(identifier)
        return waiter
    }

    /// The connection has ended: no answer comes any more. Gives those who wait.
    mutating func ended(_ ended: any Channel) -> [Waiter] {
        guard let channel, channel === ended else { return [] }
        self.channel = nil
        correlator.removeAll()
        sent = [:]
        defer { waiting = [:] }
        return waiting.values.map { waiter, timer in
            timer.cancel()
            return waiter
        }
    }
}
