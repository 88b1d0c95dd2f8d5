import AuthorizationEngine
import ISO8583
import Logging
import NIOCore

// What leaves, and what becomes of it.
extension NetworkSession {
    /// Network, message type and trace number of each request whose reply has not come.
    var unanswered: [String] {
        waiting.values.map { "\(gateway.profile.name) \($0.messageType) trace \($0.trace)" }
    }

    /// Answers finished requests in one write.
    func answer(_ finished: [FinishedRequest]) {
        let now = ContinuousClock.now
        let dialect = gateway.profile.dialect
        // Decided within the dialect's answer time, and sent as long as the network waits: the margin is for the
        // commit and the way back.
        let latest = now + dialect.margin / 10
        var output: [UInt8] = []
        var answered: [(request: FinishedRequest, answer: Message)] = []
        var leaving: [LeavingAnswer] = []
        var unanswered: [FinishedRequest] = []
        for request in finished {
            waiting[request.number] = nil
            let limit = request.arrival + dialect.deadline
            guard latest < limit || request.message.mustBeAccepted,
                let answer = gateway.profile.answer(to: request.message, with: request.reply),
                append(answer, request.header.reply, answering: request.message, to: &output)
            else {
                unanswered.append(request)
                continue
            }
            answered.append((request, answer))
            if let delivery = request.delivery { leaving.append(LeavingAnswer(delivery: delivery, limit: limit)) }
        }
        count(answered, of: finished, unanswered: unanswered, now)
        sent.complete(until: now)
        write(output) { [self] hasLeft in
            log(finished, hasLeft ? answered : [])
            note(leaving, hasLeft: hasLeft)
        }
        let actions = finished.compactMap(\.isPINOpened).flatMap(judgePIN) + state.answered(finished.count)
        if actions.isEmpty { updateReading() } else { run(actions) }
    }

    /// One that no key opens says that the two sides may have different keys.
    private func judgePIN(isOpened: Bool) -> [SessionState.Action] {
        guard isOpened else { return state.pinNotOpened(at: .now) }
        state.pinOpened()
        return []
    }

    private func count(
        _ answered: [(request: FinishedRequest, answer: Message)],
        of finished: [FinishedRequest],
        unanswered: [FinishedRequest],
        _ now: ContinuousClock.Instant
    ) {
        // A connection that is gone has taken its own back.
        let isCountedInFlight = context != nil
        let advice = gateway.profile.merchantAdvice?.element
        func kind(of request: FinishedRequest) -> Int { gateway.metrics.kind(of: request.message.messageType) }
        counts.update { counts in
            if isCountedInFlight { for request in finished { counts.kinds[kind(of: request)].inFlight -= 1 } }
            for request in unanswered {
                switch request.reply {
                // Silence as the dialect's form of a refusal.
                case .refused where !request.message.mustBeAccepted: counts.count(.refused)
                case .decided, .keyConflict, .notFound, .misrouted, .late, .refused, .failed:
                    if request.message.mustBeAccepted {
                        counts.silent(kind: kind(of: request))
                    } else {
                        counts.late(kind: kind(of: request))
                    }
                }
            }
            for (request, answer) in answered {
                if request.isRepeated { counts.repeated(kind: kind(of: request)) }
                counts.answered(answer, advice: advice, kind: kind(of: request), after: now - request.arrival)
            }
        }
    }

    /// Sends what answers a message without a decision; nil is silence.
    func send(_ answer: Message?, to request: Message?, _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        var output: [UInt8] = []
        guard let answer, let request, append(answer, header.reply, answering: request, to: &output) else { return }
        let kind = gateway.metrics.kind(of: request.messageType)
        let latency = ContinuousClock.now - arrival
        counts.update { $0.answered(answer, advice: nil, kind: kind, after: latency) }
        write(output) { [self] hasLeft in if hasLeft { log(answer, .sent, latency: latency) } }
    }

    /// Sends a message of our own.
    func send(_ message: Message) {
        var output: [UInt8] = []
        guard append(message, .none, answering: nil, to: &output) else { return }
        write(output) { [self] hasLeft in if hasLeft { log(message, .sent) } }
    }

    /// False when it cannot be put into bytes.
    private func append(
        _ message: Message,
        _ header: FrameHeader,
        answering request: Message?,
        to output: inout [UInt8]
    ) -> Bool {
        do {
            let packed = try gateway.pack(message, answering: request)
            try gateway.profile.framing.append(packed, header: header, to: &output)
            return true
        } catch {
            gateway.logger.error("a message cannot be written", metadata: ["problem": "\(error)"])
            return false
        }
    }

    private func write(_ output: [UInt8], ended: @escaping (Bool) -> Void) {
        output.isEmpty ? ended(false) : write(ByteBuffer(bytes: output), ended: ended)
    }

    /// - Parameter leaving: approvals in what was written.
    private func note(_ leaving: [LeavingAnswer], hasLeft: Bool) {
        guard !leaving.isEmpty else { return }
        guard hasLeft else { return sent.lose() }
        // Dropped, they are lost.
        guard !hasInputEnded, context != nil else { return }
        for answer in leaving { sent.add(answer) }
        completeLater()
    }

    /// Answers do not wait for more traffic to count as arrived.
    private func completeLater() {
        guard !sent.isEmpty, !isCompletionScheduled, let context else { return }
        isCompletionScheduled = true
        let limit = TimeAmount(gateway.profile.dialect.deadline)
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            isCompletionScheduled = false
            sent.complete(until: .now)
            completeLater()
        }
    }
}
