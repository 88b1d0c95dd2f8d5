import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging
import NIOCore
import NIOTLS

/// One connection of a network. Requests go to the lanes as they come; answers leave as they are ready, those that
/// are ready together in one write, told apart by their elements and never by order. What to do is ``SessionState``'s
/// to say; this runs it.
final class NetworkSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long the network may take to end its direction after we have ended ours.
    private static let longestEnd = TimeAmount.seconds(1)

    let gateway: NetworkGateway
    let counts: NetworkMetrics.Table
    var state: SessionState
    var context: ChannelHandlerContext?
    var sent = SentAnswers()
    var isCompletionScheduled = false
    var held = HeldMessages()
    /// Told what becomes of file updates whose answers have not come.
    var fileReplies: [AnswerKey: @Sendable (FileReply) -> Void] = [:]
    /// Whether the network has ended its direction.
    var hasInputEnded = false
    /// Whether we have ended our direction, with every answer written.
    private var hasOutputEnded = false
    /// Writes begun and ended, and whether they are being watched.
    var writes = (begun: 0, ended: 0, areWatched: false)
    let reader: RequestReader
    private let isEncrypted: Bool
    private let onClose: (SessionState) -> Void
    private var decoder: FrameDecoder
    private var outbox: SessionOutbox?
    private var wakeUp: (at: ContinuousClock.Instant, task: Scheduled<Void>)?
    private var isReading = true
    private var lastRead = ContinuousClock.now
    private var isCountedSignedOn = false
    /// Those whose reply has not come, by number.
    var waiting: [UInt64: WaitingRequest] = [:]
    private var takenCount: UInt64 = 0
    /// The other side's address.
    private(set) var peer = "-"

    /// - Parameters:
    ///   - isEncrypted: whether a TLS handshake comes first.
    ///   - onClose: called once, on the event loop, when the connection is gone.
    init(
        gateway: NetworkGateway,
        rules: SessionRules,
        isEncrypted: Bool,
        onClose: @escaping (SessionState) -> Void
    ) {
        self.gateway = gateway
        self.isEncrypted = isEncrypted
        self.onClose = onClose
        counts = gateway.metrics.table()
        reader = RequestReader(profile: gateway.profile)
        decoder = FrameDecoder(gateway.profile.framing)
        state = SessionState(rules, openedAt: .now, trace: .random(in: 0..<1_000_000))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outbox = SessionOutbox(eventLoop: context.eventLoop, session: NIOLoopBound(self, eventLoop: context.eventLoop))
    }

    func channelActive(context: ChannelHandlerContext) {
        if let address = context.remoteAddress { peer = "\(address.ipAddress ?? "-"):\(address.port ?? 0)" }
        counts.update { $0.connections += 1 }
        run(isEncrypted ? [] : state.connected(at: .now))
    }

    func channelInactive(context: ChannelHandlerContext) {
        run(state.broken())
        let (isSignedOn, inFlight) = (isCountedSignedOn, waiting.values.map(\.messageType))
        counts.update { counts in
            counts.connections -= 1
            counts.signedOn -= isSignedOn ? 1 : 0
            for type in inFlight { counts.kinds[gateway.metrics.kind(of: type)].inFlight -= 1 }
        }
        detach()
        // Many a break looks like an end here. Only who ends after we did has taken what was written.
        if hasOutputEnded { sent.completeAll() } else { sent.lose() }
    }

    /// Also of a connection that was never made.
    func handlerRemoved(context: ChannelHandlerContext) {
        detach()
        onClose(state)
    }

    private func detach() {
        wakeUp?.task.cancel()
        wakeUp = nil
        context = nil
        // Replies that are still to come hold it themselves; with it the session would hold itself for ever.
        outbox = nil
        held.messages = []
        giveUpFileUpdates()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // One that was never open, or that we have closed, changes nothing.
        let wasOpen = state.phase == .open
        gateway.logger.log(
            level: wasOpen ? .notice : .info,
            "a network's connection broke",
            metadata: ["network": "\(gateway.profile.name)", "problem": "\(error)"]
        )
        counts.count(.broken)
        sent.lose()
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { inputEnded() }
        if let event = event as? TLSUserEvent {
            switch event {
            case .handshakeCompleted: run(state.connected(at: .now))
            case .shutdownCompleted: inputEnded()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Whoever ends in order has taken what was written before. What is written later may find nobody.
    private func inputEnded() {
        hasInputEnded = true
        sent.completeAll()
        run(state.inputClosed())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Read only to have it away.
        guard state.phase != .closed else { return }
        lastRead = .now
        decoder.append(unwrapInboundIn(data).readableBytesView)
        takeFrames()
    }

    /// Takes what has been read, no more than there is room for: the rest waits for answers.
    private func takeFrames() {
        do {
            while state.hasRoom, let frame = try decoder.next() {
                switch frame {
                case .message(let header, let bytes): received(bytes, header, lastRead)
                case .keepAlive: state.messageArrived(at: lastRead)
                case .rejected, .malformed: counts.count(.dropped)
                }
            }
        } catch {
            counts.count(.framingError)
            gateway.logger.warning("a network's stream cannot be followed", metadata: ["problem": "\(error)"])
            run(state.broken())
        }
        // Not even an idle connection keeps card data.
        decoder.dropConsumed()
        updateReading()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(to: context.channel.isWritable)
        updateReading()
    }

    /// Takes no more requests; the connection closes once every answer has left.
    func drain() { run(state.drain(at: .now)) }

    private func received(_ bytes: [UInt8], _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        state.messageArrived(at: arrival)
        do {
            let message = try Codec.decode(bytes, dialect: gateway.profile.dialect)
            let kind = gateway.metrics.kind(of: message.messageType)
            let unknown = gateway.metrics.unknownParts(of: message)
            let unexpected = gateway.metrics.unexpectedElements(of: message)
            counts.update { $0.received(kind: kind, unknown: unknown, unexpected: unexpected) }
            if isAuthentic(message, bytes, header, arrival) { handle(message, header, arrival) }
        } catch {
            log(unreadable: bytes.count, error)
            unreadable(error, bytes, header, arrival, mayWait: true)
        }
    }

    func handle(_ message: Message, _ header: FrameHeader, _ arrival: ContinuousClock.Instant) {
        guard !message.messageType.isResponse else { return answered(by: message) }
        let request = reader.read(message, now: .wallClock)
        // What a lane takes is kept with what becomes of it.
        if case .take = request {} else { log(message, .received) }
        switch request {
        case .ignore:
            counts.count(.dropped)
        case .refuse(let code):
            let answer = gateway.profile.answer(refusing: message, with: code)
            if answer == nil || code == .formatError { counts.count(answer == nil ? .dropped : .formatError) }
            send(answer, to: message, header, arrival)
        case .manage(let code):
            state.managed(code)
            countSignOn()
            send(gateway.profile.answer(to: message, code: ResponseCode.approved), to: message, header, arrival)
        case .changeKey: changeKey(message, header, arrival)
        case .acknowledge:
            send(gateway.profile.answer(to: message, code: ResponseCode.approved), to: message, header, arrival)
        case .take(let pan, let command, let identity):
            take(message, header, arrival, pan, identity) { command.command(for: $0, $1, tokenIndex: $2) }
        }
    }

    func take(
        _ message: Message,
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant,
        _ pan: PAN?,
        _ identity: RequestIdentity,
        command: @escaping NetworkCommandMaker
    ) {
        guard state.requestArrived(mustBeAccepted: message.mustBeAccepted) == .taken, let outbox else {
            let kind = gateway.metrics.kind(of: message.messageType)
            counts.update { message.mustBeAccepted ? $0.silent(kind: kind) : $0.count(.refused) }
            log(message, .received)
            return send(gateway.profile.refusal(of: message), to: message, header, arrival)
        }
        let kind = gateway.metrics.kind(of: message.messageType)
        counts.update { $0.kinds[kind].inFlight += 1 }
        takenCount += 1
        let number = takenCount
        waiting[number] = WaitingRequest(messageType: message.messageType, trace: message.text(11) ?? "-")
        let deadline = arrival + gateway.profile.dialect.answerTime
        let coding: AnswerCoding = { [gateway] in gateway.profile.codes(of: $0, $1, for: message) }
        let presented = PresentedCard(
            pan: pan,
            token: reader.token(of: message),
            proofs: pan.flatMap { reader.proofs(of: message, $0) }
        )
        if presented.proofs?.chip?.unreadable != nil { counts.count(.chipUnreadable) }
        gateway.submit(presented, identity, deadline: deadline, command: command, coding: coding) {
            outbox.add(
                FinishedRequest(
                    number: number,
                    message: message,
                    header: header,
                    arrival: arrival,
                    reply: $0,
                    isPINOpened: $1
                )
            )
        }
    }

    /// The network answers what we asked, or nothing that we know of.
    private func answered(by message: Message) {
        log(message, .received)
        guard message.messageType.messageClass != .fileAction else { return fileUpdateAnswered(by: message) }
        let key = AnswerKey(answer: message, to: .network)
        let isApproved = gateway.profile.isApproval(message)
        let hasKey = isApproved && key.map(state.asksForKey) == true
        let actions = key.flatMap { state.answerArrived($0, isApproved: isApproved) }
        guard let actions else { return counts.count(.unsolicited) }
        run(actions)
        if hasKey, gateway.profile.keys?.change?.request?.isAnsweredWithKey == true {
            changeKey(message, .none, .now)
        }
    }
}

// MARK: - What the state says

extension NetworkSession {
    func run(_ actions: [SessionState.Action]) {
        for action in actions {
            switch action {
            case .ask(let code, let key):
                send(gateway.profile.request(code, key, at: .wallClock))
            case .giveUp(let key): fileReplies.removeValue(forKey: key)?(.unanswered)
            case .finish: closeBehindAnswers()
            case .close: context?.close(promise: nil)
            case .abort:
                counts.count(.unanswered)
                sent.lose()
                context?.close(promise: nil)
            }
        }
        countSignOn()
        updateReading()
        scheduleWakeUp()
    }

    /// Reads from the socket, or lets it wait.
    func updateReading() {
        guard state.isReading != isReading, let context else { return }
        isReading = state.isReading
        context.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
        // What was read before there was room. Not at once: an answer may have come while frames are taken.
        if isReading { context.eventLoop.assumeIsolated().execute { self.takeFrames() } }
    }

    private func countSignOn() {
        guard state.isSignedOn != isCountedSignedOn else { return }
        isCountedSignedOn = state.isSignedOn
        let change = isCountedSignedOn ? 1 : -1
        counts.update { $0.signedOn += change }
    }

    /// Ends our direction behind the answers, and the connection when the network has ended its own or takes too long.
    /// Until then what arrives is read and dropped: what a socket holds unread at its close makes it a reset, which
    /// takes answers along.
    private func closeBehindAnswers() {
        write(ByteBuffer()) { [self] hasLeft in
            guard hasLeft, let context else { return }
            hasOutputEnded = true
            context.close(mode: .output, promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.longestEnd) { [self] in
                guard let context = self.context else { return }
                sent.completeAll()
                context.close(promise: nil)
            }
        }
    }

    /// Messages put the next moment off and never bring it nearer, so that it need not be moved with each of them.
    private func scheduleWakeUp() {
        guard let context, let wakeAt = state.wakeAt else {
            wakeUp?.task.cancel()
            return wakeUp = nil
        }
        if let wakeUp, wakeUp.at <= wakeAt { return }
        wakeUp?.task.cancel()
        let delay = TimeAmount(max(.zero, wakeAt - .now))
        let task = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
            wakeUp = nil
            run(state.timePassed(at: .now))
        }
        wakeUp = (wakeAt, task)
    }
}
