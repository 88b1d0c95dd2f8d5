import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging
import NIOCore
import Synchronization

/// One connection of a network. Requests go to the lanes as they come; answers leave as they are ready, those that
/// are ready together in one write, told apart by their elements and never by order.
final class NetworkSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let gateway: NetworkGateway
    private let reader: RequestReader
    private var decoder: FrameDecoder
    private var state: SessionState
    private var context: ChannelHandlerContext?
    private var outbox: SessionOutbox?
    private var sent = SentAnswers()
    private var isCompletionScheduled = false
    private var waiting: [UInt64: WaitingRequest] = [:]
    private var takenCount: UInt64 = 0
    private let onClose: () -> Void

    /// - Parameter onClose: called once, on the event loop, when the connection is gone.
    init(gateway: NetworkGateway, onClose: @escaping () -> Void) {
        self.gateway = gateway
        reader = RequestReader(profile: gateway.profile)
        decoder = FrameDecoder(gateway.profile.framing)
        state = SessionState(isSignOnRequired: gateway.profile.dialect.isSignOnRequired)
        self.onClose = onClose
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outbox = SessionOutbox(eventLoop: context.eventLoop, session: NIOLoopBound(self, eventLoop: context.eventLoop))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        // Replies that are still to come hold it themselves; with it the session would hold itself for ever.
        outbox = nil
        // Whoever closes in order has taken what was written; after a break the answers are gone already.
        sent.completeAll()
        onClose()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        gateway.logger.info("a network's connection broke", metadata: ["problem": "\(error)"])
        sent.lose()
        context.close(promise: nil)
    }

    /// The network sends nothing more; what it sent is still answered.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { drain() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let arrival = ContinuousClock.now
        decoder.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try decoder.next() {
                switch frame {
                case .message(let header, let bytes): received(bytes, header, arrival)
                case .keepAlive: break
                case .rejected, .malformed: gateway.metrics.count(.dropped)
                }
            }
        } catch {
            gateway.metrics.count(.framingError)
            gateway.logger.warning("a network's stream cannot be followed", metadata: ["problem": "\(error)"])
            context.close(promise: nil)
        }
        // Not even an idle connection keeps card data.
        decoder.dropConsumed()
    }

    /// A peer that sends without reading is not read from.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !state.isDraining else { return }
        context.channel.setOption(.autoRead, value: context.channel.isWritable).whenFailure { _ in }
    }

    /// Takes no more requests; the connection closes once every answer has left.
    func drain() {
        state.drain()
        context?.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        closeIfDrained()
    }

    /// Network, message type and trace number of each request whose reply has not come.
    var unanswered: [String] {
        waiting.values.map { "\(gateway.profile.name) \($0.messageType) trace \($0.trace)" }
    }

    private func received(_ bytes: [UInt8], _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        gateway.metrics.count(.received)
        do {
            let message = try Codec.decode(bytes, dialect: gateway.profile.dialect)
            handle(message, header, arrival)
        } catch {
            gateway.logger.info(
                "a message cannot be read",
                metadata: [
                    "class": "\(error.class.rawValue)", "element": "\(error.element)", "offset": "\(error.offset)",
                ]
            )
            let answer = error.partial.flatMap { partial in
                error.isAnswerable ? gateway.profile.answer(refusing: partial, with: ResponseCode.formatError) : nil
            }
            gateway.metrics.count(answer == nil ? .dropped : .formatError)
            send(answer, header)
        }
    }

    private func handle(_ message: Message, _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        switch reader.read(message, now: .wallClock) {
        case .ignore:
            gateway.metrics.count(.dropped)
        case .refuse(let code):
            let answer = gateway.profile.answer(refusing: message, with: code)
            if code == ResponseCode.formatError { gateway.metrics.count(answer == nil ? .dropped : .formatError) }
            send(answer, header)
        case .manage(let code):
            state.managed(code)
            send(gateway.profile.answer(to: message, code: ResponseCode.approved), header)
        case .acknowledge:
            send(gateway.profile.answer(to: message, code: ResponseCode.approved), header)
        case .take(let pan, let command, let identity):
            take(message, header, arrival, pan, identity) { command.command(for: $0, $1) }
        }
    }

    private func take(
        _ message: Message,
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant,
        _ pan: PAN?,
        _ identity: RequestIdentity,
        command: @escaping @Sendable (CardID?, MessageIdentity?) -> Command
    ) {
        guard state.takes(mustBeAccepted: message.mustBeAccepted), let outbox else {
            gateway.metrics.count(.refused)
            return send(gateway.profile.refusal(of: message), header)
        }
        let dialect = gateway.profile.dialect
        let limit = arrival + dialect.deadline
        takenCount += 1
        let number = takenCount
        waiting[number] = WaitingRequest(messageType: message.messageType, trace: message.text(11) ?? "-")
        gateway.submit(pan, identity, deadline: arrival + dialect.answerTime, command: command) { reply in
            outbox.add(FinishedRequest(number: number, message: message, header: header, limit: limit, reply: reply))
        }
    }

    /// Answers finished requests in one write.
    fileprivate func answer(_ finished: [FinishedRequest]) {
        let now = ContinuousClock.now
        // Decided within the dialect's answer time, and sent as long as the network waits: the margin is for the
        // commit and the way back.
        let latest = now + gateway.profile.dialect.margin / 10
        var output: [UInt8] = []
        var leaving: [FinishedRequest] = []
        for request in finished {
            state.answered()
            waiting[request.number] = nil
            guard latest < request.limit || request.message.mustBeAccepted else {
                gateway.metrics.count(.late)
                continue
            }
            let answer = gateway.profile.answer(to: request.message, with: request.reply)
            if append(answer, request.header, to: &output), request.delivery != nil { leaving.append(request) }
        }
        sent.complete(until: now)
        write(output, leaving)
        closeIfDrained()
    }

    private func send(_ answer: Message?, _ header: FrameHeader) {
        var output: [UInt8] = []
        append(answer, header, to: &output)
        write(output, [])
    }

    /// False when there is nothing to send.
    @discardableResult
    private func append(_ answer: Message?, _ header: FrameHeader, to output: inout [UInt8]) -> Bool {
        guard let answer else { return false }
        do {
            let packed = try Codec.encode(answer, dialect: gateway.profile.dialect)
            try gateway.profile.framing.append(packed, header: header.reply, to: &output)
            gateway.metrics.count(.answered)
            return true
        } catch {
            gateway.logger.error("an answer cannot be written", metadata: ["problem": "\(error)"])
            return false
        }
    }

    /// - Parameter leaving: whose approvals are in the output.
    private func write(_ output: [UInt8], _ leaving: [FinishedRequest]) {
        guard !output.isEmpty, let context else { return }
        let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)))
        guard !leaving.isEmpty else { return }
        written.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success: keep(leaving)
            case .failure: sent.lose()
            }
        }
    }

    private func keep(_ leaving: [FinishedRequest]) {
        for request in leaving {
            guard let delivery = request.delivery else { continue }
            sent.add(delivery, until: request.limit)
        }
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

    private func closeIfDrained() {
        guard state.isDrained, let context else { return }
        // Behind the answers that are being written.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { [channel = context.channel] _ in
            channel.close(promise: nil)
        }
    }
}

/// What can be told of a request that waits for its reply.
private struct WaitingRequest {
    var messageType: MessageTypeIndicator
    /// Element 11, the systems trace audit number.
    var trace: String
}

/// A request whose reply has come.
struct FinishedRequest: Sendable {
    /// Its place among the session's requests.
    let number: UInt64
    let message: Message
    let header: FrameHeader
    /// When the network stops waiting for the answer.
    let limit: ContinuousClock.Instant
    let reply: Reply

    /// Of an approval: to be told when it has left.
    var delivery: Delivery? { if case .decided(let answer) = reply { answer.delivery } else { nil } }
}

/// Brings replies from the lanes' threads to the session's event loop, many in one hop.
final class SessionOutbox: Sendable {
    private struct Waiting {
        var requests: [FinishedRequest] = []
        var isScheduled = false
    }

    private let waiting = Mutex(Waiting())
    private let eventLoop: any EventLoop
    private let session: NIOLoopBound<NetworkSession>

    init(eventLoop: any EventLoop, session: NIOLoopBound<NetworkSession>) {
        self.eventLoop = eventLoop
        self.session = session
    }

    func add(_ request: FinishedRequest) {
        let mustSchedule = waiting.withLock { waiting in
            waiting.requests.append(request)
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { eventLoop.execute { self.flush() } }
    }

    private func flush() {
        let requests = waiting.withLock { waiting in
            waiting.isScheduled = false
            defer { waiting.requests = [] }
            return waiting.requests
        }
        session.value.answer(requests)
    }
}
