import NIOCore

/// Who decides when the next payment is sent.
enum Pace: Sendable {
    /// As soon as an answer makes room: shows how much Aval can do.
    case closed
    /// So many a second, whatever Aval does: shows how long payers wait.
    case open(rate: Double)
}

/// Sends payments over connections for a time and records their answers. Lives on one event loop, as its connections
/// do, so nothing in it is locked.
final class LoadRun: PaymentSink {
    private let eventLoop: any EventLoop
    private let pace: Pace
    private let duration: TimeAmount
    private let onProgress: (String) -> Void
    private let finished: EventLoopPromise<LoadResult>
    private var connections: [any PaymentConnection] = []
    private var mix: PaymentMix
    private var recorder: Recorder
    private var start = NIODeadline.now()
    private var end = NIODeadline.distantFuture
    /// Payments that were drawn, which in the open loop fixes when the next is due.
    private var drawn = 0
    private var inFlight = 0
    /// Amounts that wait for their answers, by card.
    private var open: [Int64]
    /// The connection that takes the next payment.
    private var turn = 0
    private var timers: [RepeatedTask] = []
    private var isFinished = false
    /// Decided when progress was last told.
    private var reportedDecided = 0

    init(
        eventLoop: any EventLoop,
        pace: Pace,
        duration: TimeAmount,
        cardCount: Int,
        seed: UInt64,
        onProgress: @escaping (String) -> Void
    ) {
        self.eventLoop = eventLoop
        self.pace = pace
        self.duration = duration
        self.onProgress = onProgress
        finished = eventLoop.makePromise()
        mix = PaymentMix(cardCount: cardCount, seed: seed)
        recorder = Recorder(cardCount: cardCount)
        open = [Int64](repeating: 0, count: cardCount)
    }

    /// Starts sending. The result comes when all is answered, or the time for that is up.
    func run(over connections: [any PaymentConnection]) -> EventLoopFuture<LoadResult> {
        self.connections = connections
        start = .now()
        end = start + duration
        schedule(every: .seconds(1)) { $0.reportProgress() }
        if case .open = pace { schedule(every: Limits.openLoopTick) { $0.sendDue(.now()) } }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: end) { bound.value.finishIfAnswered() }
        eventLoop.scheduleTask(deadline: end + Limits.drain) { bound.value.finish() }
        sendDue(start)
        return finished.futureResult
    }

    func answered(_ payment: Payment, _ result: PaymentResult) {
        let now = NIODeadline.now()
        inFlight -= 1
        open[payment.card] -= payment.amount
        recorder.record(payment, result, at: now, isInTime: now < end)
        sendDue(now)
        finishIfAnswered()
    }

    func broken(_ description: String) {
        guard !isFinished else { return }
        isFinished = true
        stopTimers()
        finished.fail(Problem(description))
    }

    private func schedule(every period: TimeAmount, _ body: @escaping @Sendable (LoadRun) -> Void) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timers.append(
            eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in body(bound.value) }
        )
    }

    /// Sends what is due while a connection has room.
    private func sendDue(_ now: NIODeadline) {
        while let intended = nextIntended(now), let connection = nextFreeConnection() {
            let payment = mix.next(intended: intended)
            drawn += 1
            inFlight += 1
            open[payment.card] += payment.amount
            connection.send(payment)
        }
    }

    /// When the next payment was to be sent; nil when none is due. In the open loop those that were due before the
    /// end are sent after it too: leaving them out would hide the longest waits.
    private func nextIntended(_ now: NIODeadline) -> NIODeadline? {
        switch pace {
        case .closed: return now < end ? now : nil
        case .open(let rate):
            let intended = start + .nanoseconds(Int64(Double(drawn) / rate * 1e9))
            return intended <= now && intended < end ? intended : nil
        }
    }

    private func nextFreeConnection() -> (any PaymentConnection)? {
        for _ in connections.indices {
            let connection = connections[turn]
            turn = (turn + 1) % connections.count
            if connection.freeSlots > 0 { return connection }
        }
        return nil
    }

    private func reportProgress() {
        let seconds = (NIODeadline.now() - start).nanoseconds / 1_000_000_000
        let decided = recorder.decided
        onProgress("\(seconds) s: \(decided - reportedDecided) decided, \(inFlight) in flight")
        reportedDecided = decided
    }

    private func finishIfAnswered() {
        let now = NIODeadline.now()
        if inFlight == 0, now >= end, nextIntended(now) == nil { finish() }
    }

    private func finish() {
        guard !isFinished else { return }
        isFinished = true
        stopTimers()
        var unanswered = inFlight
        while nextIntended(.now()) != nil {
            drawn += 1
            unanswered += 1
        }
        finished.succeed(
            LoadResult(
                recorder: recorder,
                seconds: Double(duration.nanoseconds) / 1e9,
                unansweredAmounts: open,
                unanswered: unanswered
            )
        )
    }

    private func stopTimers() {
        for timer in timers { timer.cancel() }
        timers = []
    }
}
