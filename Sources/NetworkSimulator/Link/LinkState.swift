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

/// A message that the issuer has started.
struct IssuerRequest: Sendable {
    var message: Message
    var header: FrameHeader
    /// Whether its MAC is right; true where the scenario has no key.
    var isAuthentic: Bool
    /// Whether the link has accepted it. Else the step that takes it answers.
    var isAnswered = false
}

/// What a link knows of the messages on it. Its mutex is held by whoever asks.
struct LinkState {
    typealias Waiter = CheckedContinuation<Arrival, Never>

    var channel: (any Channel)?
    var seal: MACSeal?
    /// Answers that came to nothing that was sent, and requests that came to nothing.
    private var unsolicited = Unsolicited()
    /// Frames that are no message of the dialect.
    private(set) var unreadable = Unsolicited()
    /// What the issuer has started and no step has taken, the oldest first.
    private var requests: [IssuerRequest] = []
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

    init(_ dialect: Dialect, _ seal: MACSeal? = nil) {
        correlator = Correlator(dialect)
        self.seal = seal
    }

    /// What nothing has waited for, so far.
    var unexpected: Unsolicited {
        requests.reduce(into: unsolicited) { if !$1.isAnswered { $0.add($1.message.description) } }
    }

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

    /// A message that the issuer starts.
    mutating func receivedRequest(_ request: IssuerRequest) {
        if requests.count == Limits.requests {
            let oldest = requests.removeFirst()
            if !oldest.isAnswered { unsolicited.add(oldest.message.description) }
        }
        requests.append(request)
    }

    /// The oldest of a type that has not been taken.
    mutating func takeRequest(_ type: MessageTypeIndicator) -> IssuerRequest? {
        requests.firstIndex { $0.message.messageType == type }.map { requests.remove(at: $0) }
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
