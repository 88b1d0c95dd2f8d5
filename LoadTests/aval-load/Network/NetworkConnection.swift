import ISO8583
import NIOCore
import NIOPosix

/// One connection of a card network: many payments in flight, answers told apart by their elements, never by order.
final class NetworkConnection: ChannelInboundHandler, PaymentConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What all connections of a run share: drawn in one place, so that no two messages have the same key.
    final class Source {
        var messages: PaymentMessages
        let dialect: Dialect
        let framing = FrameFormat(.bigEndian2)

        init(messages: PaymentMessages, dialect: Dialect) {
            self.messages = messages
            self.dialect = dialect
        }
    }

    private let source: Source
    private let sink: any PaymentSink
    private let limit: Int
    private var decoder: FrameDecoder
    private var context: ChannelHandlerContext?
    private var waiting: [MessageKey: Payment] = [:]
    private var output: [UInt8] = []

    init(source: Source, sink: any PaymentSink, inFlight: Int) {
        self.source = source
        self.sink = sink
        limit = inFlight
        decoder = FrameDecoder(source.framing)
        waiting.reserveCapacity(inFlight)
    }

    var freeSlots: Int { limit - waiting.count }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func send(_ payment: Payment) {
        guard let context else { return }
        let (message, key) = source.messages.next(for: payment)
        do {
            let packed = try Codec.encode(message, dialect: source.dialect)
            if output.isEmpty { flushLater(context.eventLoop) }
            try source.framing.append(packed, header: .none, to: &output)
            waiting[key] = payment
        } catch {
            sink.broken("a message cannot be written: \(error)")
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try decoder.next() {
                guard case .message(_, let bytes) = frame else { continue }
                received(try Codec.decode(bytes, dialect: source.dialect))
            }
        } catch {
            sink.broken("an answer cannot be read: \(error)")
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        sink.broken("Aval closed a connection with \(waiting.count) payments in flight")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        sink.broken("a connection broke: \(error)")
        context.close(promise: nil)
    }

    private func received(_ message: Message) {
        // An answer to nothing that waits would be counted twice.
        guard message.messageType == 110, let key = MessageKey(message), let payment = waiting.removeValue(forKey: key)
        else { return sink.broken("an answer came that nothing waits for: \(message)") }
        sink.answered(payment, Self.result(message))
    }

    private static func result(_ message: Message) -> PaymentResult {
        if message.has(39, "00") { return .approved }
        let code = message.text(39) ?? "none"
        return undecided.contains(code) ? .refused(code) : .declined(code)
    }

    /// DE 39 of answers that decide nothing: format error, issuer inoperative, duplicate, malfunction.
    private static let undecided: Set = ["30", "91", "94", "96", "none"]

    private func flushLater(_ eventLoop: any EventLoop) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.flush() }
    }

    private func flush() {
        guard let context, !output.isEmpty else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)), promise: nil)
        output.removeAll(keepingCapacity: true)
    }
}
