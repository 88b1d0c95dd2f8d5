import ISO8583
import NIOCore
import NIOPosix
import Synchronization

/// An issuer that does what a test wants of it, good or bad.
final class StubIssuer: Sendable {
    /// What to do about a message, and how many came before it.
    typealias Script = @Sendable (Message, Int) -> [Reply]

    enum Reply: Sendable {
        case message(Message, after: Duration = .zero)
        case bytes([UInt8])
        case close

        /// The answer with a DE 39.
        static func answer(_ request: Message, _ code: String, after delay: Duration = .zero) -> [Reply] {
            guard var answer = dialect.answer(to: request) else { return [] }
            answer.set(39, text: code)
            return [.message(answer, after: delay)]
        }
    }

    let port: Int
    private let channel: any Channel
    private let messages: Messages

    /// What has come, in order.
    var received: [Message] { messages.all.withLock { $0 } }

    init(_ script: @escaping Script) async throws {
        let messages = Messages()
        self.messages = messages
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StubHandler(messages, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async throws { try await channel.close() }
}

private final class Messages: Sendable {
    let all = Mutex<[Message]>([])
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let messages: Messages
    private let script: StubIssuer.Script
    private var decoder = FrameDecoder(dialect.framing)

    init(_ messages: Messages, _ script: @escaping StubIssuer.Script) {
        self.messages = messages
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data).readableBytesView)
        while let frame = try? decoder.next() {
            guard case .message(_, let bytes) = frame, let message = try? Codec.decode(bytes, dialect: dialect) else {
                continue
            }
            let before = messages.all.withLock { all in
                all.append(message)
                return all.count - 1
            }
            for reply in script(message, before) { play(reply, on: context.channel) }
        }
    }

    private func play(_ reply: StubIssuer.Reply, on channel: any Channel) {
        switch reply {
        case .close: channel.close(promise: nil)
        case .bytes(let bytes): channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .message(let message, let delay):
            guard let packed = try? Codec.encode(message, dialect: dialect),
                let framed = try? dialect.framing.encode(packed)
            else { return }
            channel.eventLoop.scheduleTask(in: TimeAmount(delay)) {
                channel.writeAndFlush(ByteBuffer(bytes: framed), promise: nil)
            }
        }
    }
}
