import ISO8583
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The connection between the network and the issuer: messages out, answers told apart by their elements.
final class NetworkLink: Sendable {
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private static let patience = Duration.seconds(10)

    let endpoint: Endpoint
    let dialect: Dialect
    /// Types of network management that steps answer.
    private let held: Set<MessageTypeIndicator>
    private let state: Mutex<LinkState>
    private let listener = Mutex<(any Channel)?>(nil)

    init(_ endpoint: Endpoint, _ dialect: Dialect, _ seal: MACSeal?, held: Set<MessageTypeIndicator>) {
        self.endpoint = endpoint
        self.dialect = dialect
        self.held = held
        state = Mutex(LinkState(dialect, seal))
    }

    /// Nil where messages have no MAC.
    var seal: MACSeal? {
        get { state.withLock { $0.seal } }
        set { state.withLock { $0.seal = newValue } }
    }

    /// Messages that nothing waited for, unreadable frames, and answers that came too late.
    var remarks: (unsolicited: Unsolicited, unreadable: Unsolicited, late: Int) {
        state.withLock { ($0.unexpected, $0.unreadable, $0.late) }
    }

    /// Connects, or waits until the issuer has.
    ///
    /// - Parameter announce: told where we listen.
    func open(_ announce: (String) -> Void) async throws {
        if endpoint.isListener {
            if listener.withLock({ $0 }) == nil { announce("listening on \(try await listen())") }
            try await waitForIssuer()
        } else {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(10))
                .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.prepare(channel) } }
                .connect(host: endpoint.host, port: endpoint.port)
                .get()
            state.withLock { $0.channel = channel }
            // It may have ended before anybody could be told.
            if !channel.isActive { ended(channel) }
        }
    }

    /// - Parameter isReset: what is under way is lost.
    func close(isReset: Bool) async {
        guard let channel = state.withLock({ $0.channel }) else { return }
        if isReset, let options = channel as? any SocketOptionProvider {
            try? await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.close().get()
        ended(channel)
    }

    /// Ends the listener too.
    func shutDown() async {
        await close(isReset: false)
        if let listener = listener.withLock({ $0 }) { try? await listener.close().get() }
    }

    /// - Returns: what to ask for the answer with.
    func send(_ message: Message) throws -> Int {
        let framed = try framed(message)
        let (channel, identifier) = try state.withLock { state in
            guard let channel = state.channel else { throw Problem(description: "the connection is closed") }
            return (channel, state.sent(message, now: .now))
        }
        channel.writeAndFlush(ByteBuffer(bytes: framed), promise: nil)
        return identifier
    }

    /// Answers a message of the issuer's own.
    func answer(_ request: IssuerRequest, with message: Message) throws {
        try write(try framed(message, header: request.header.reply))
    }

    private func framed(_ message: Message, header: FrameHeader = .none) throws -> [UInt8] {
        let sealed = try seal?.sealed(message) ?? message
        return try dialect.framing.encode(try Codec.encode(sealed, dialect: dialect), header: header)
    }

    func write(_ bytes: [UInt8]) throws {
        guard let channel = state.withLock({ $0.channel }) else {
            throw Problem(description: "the connection is closed")
        }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// The answer to a message, or what came instead. Asked again after an answer, it gives a second one.
    func arrival(of identifier: Int, within limit: Duration) async -> Arrival {
        await withCheckedContinuation { waiter in
            let known: Arrival? = state.withLock { state in
                if let known = state.arrival(of: identifier) { return known }
                guard let eventLoop = state.channel?.eventLoop else { return .closed }
                let timer = eventLoop.scheduleTask(in: TimeAmount(limit)) { self.timedOut(identifier) }
                state.wait(for: identifier, waiter, timer)
                return nil
            }
            if let known { waiter.resume(returning: known) }
        }
    }

    /// A conversation has ended whose messages these are.
    func forget(_ identifiers: [Int]) { state.withLock { $0.forget(identifiers) } }

    /// A message that the issuer has started; nil when none comes in time.
    func request(_ type: MessageTypeIndicator, within limit: Duration) async -> IssuerRequest? {
        let end = ContinuousClock.now + limit
        while true {
            if let request = state.withLock({ $0.takeRequest(type) }) { return request }
            guard ContinuousClock.now < end else { return nil }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func timedOut(_ identifier: Int) {
        state.withLock { $0.timedOut(identifier) }?.resume(returning: .nothing)
    }
}

extension NetworkLink {
    private func listen() async throws -> String {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.prepare(channel)
                    self.state.withLock { $0.channel = channel }
                }
            }
            .bind(host: endpoint.host, port: endpoint.port)
            .get()
        listener.withLock { $0 = channel }
        return "\(endpoint.host):\(channel.localAddress?.port ?? endpoint.port)"
    }

    private func waitForIssuer() async throws {
        let end = ContinuousClock.now + Self.patience
        while state.withLock({ $0.channel }) == nil {
            guard ContinuousClock.now < end else { throw Problem(description: "nobody connects to us") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func prepare(_ channel: any Channel) throws {
        if let tls = endpoint.tls {
            try channel.pipeline.syncOperations.addHandler(
                endpoint.isListener
                    ? NIOSSLServerHandler(context: tls.context) as any ChannelHandler
                    : NIOSSLClientHandler(context: tls.context, serverHostname: serverName(tls))
            )
        }
        try channel.pipeline.syncOperations.addHandler(LinkHandler(self))
    }

    /// Addresses are no server names (RFC 6066, section 3).
    private func serverName(_ tls: LinkTLS) -> String? {
        let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: 0)) != nil
        return tls.serverName ?? (isAddress ? nil : endpoint.host)
    }

    fileprivate func received(_ bytes: [UInt8], _ header: FrameHeader, on channel: any Channel) {
        do throws(DecodeError) {
            let message = try Codec.decode(bytes, dialect: dialect)
            let isAuthentic = seal?.isGood(message, bytes) ?? true
            guard message.messageType.isResponse else {
                return requested(IssuerRequest(message: message, header: header, isAuthentic: isAuthentic), on: channel)
            }
            let found = state.withLock { $0.received(message, isAuthentic: isAuthentic, now: .now) }
            if let (waiter, arrival) = found { waiter.resume(returning: arrival) }
        } catch {
            state.withLock { $0.receivedUnreadable(error) }
        }
    }

    /// The issuer's own sign-on, echo and the like are accepted at once; all else waits for its step.
    private func requested(_ request: IssuerRequest, on channel: any Channel) {
        var request = request
        let (message, isHeld) = (request.message, held.contains(request.message.messageType))
        if message.messageType.messageClass == .network, !isHeld,
            let answer = UsualFields.acceptance(of: message, dialect.edition),
            let framed = try? framed(answer, header: request.header.reply)
        {
            channel.writeAndFlush(ByteBuffer(bytes: framed), promise: nil)
            request.isAnswered = true
        }
        state.withLock { $0.receivedRequest(request) }
    }

    fileprivate func ended(_ channel: any Channel) {
        for waiter in state.withLock({ $0.ended(channel) }) { waiter.resume(returning: .closed) }
    }
}

/// Takes frames out of what arrives.
private final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: NetworkLink
    private var decoder: FrameDecoder

    init(_ link: NetworkLink) {
        self.link = link
        decoder = FrameDecoder(link.dialect.framing)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try decoder.next() {
                if case .message(let header, let bytes) = frame { link.received(bytes, header, on: context.channel) }
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { link.ended(context.channel) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
