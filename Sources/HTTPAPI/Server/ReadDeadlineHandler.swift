import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTPTypes

/// Closes connections whose requests arrive too slowly: a deadline for each whole request, however many bytes trickle
/// in, and one for the pause between requests. A request whose head has come gets status 408 first.
final class ReadDeadlineHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Waiting for a head.
        case quiet
        /// A head has come, its end has not.
        case reading
        /// The whole request has come, its answer has not left.
        case answering
    }

    private let request: TimeAmount
    private let idle: TimeAmount
    private let logger: Logger
    private var state = State.quiet
    private var hasAnswered = false
    private var timer: Scheduled<Void>?

    init(request: TimeAmount, idle: TimeAmount, logger: Logger) {
        self.request = request
        self.idle = idle
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        schedule(in: request, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            state = .reading
            hasAnswered = false
            schedule(in: request, context)
        case .body: break
        case .end:
            timer?.cancel()
            // An answer may have left before its request had wholly come.
            state = hasAnswered ? .quiet : .answering
            if hasAnswered { schedule(in: idle, context) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            hasAnswered = true
            switch state {
            case .answering:
                state = .quiet
                schedule(in: idle, context)
            case .quiet, .reading: break
            }
        }
        context.write(data, promise: promise)
    }

    private func schedule(in delay: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.expire(context) }
    }

    private func expire(_ context: ChannelHandlerContext) {
        switch state {
        case .answering: return
        case .quiet: break
        case .reading where hasAnswered: break
        case .reading: answer(context)
        }
        context.close(promise: nil)
    }

    /// No route has answered, so the answer names itself.
    private func answer(_ context: ChannelHandlerContext) {
        let requestID = APIContext.newRequestID()
        logger.info("a request took too long to arrive", metadata: ["request": "\(requestID)"])
        let problem = Problem(.requestTimeout, "Send the whole request without pauses.")
        let body = problem.json(requestID: requestID).bytes
        var response = problem.response(requestID: requestID)
        RequestGate.name(&response, requestID: requestID)
        var head = HTTPResponse(status: response.status, headerFields: response.headers)
        head.headerFields[.contentLength] = String(body.count)
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
