import AuthorizationEngine
import NIOCore
import NIOHTTPTypes

/// Goes ahead of an answer: what is to be told when the answer has left.
struct DeliveryAhead: Sendable {
    let delivery: Delivery
}

/// Tells deliveries when the end of their answer was written to the connection. Answers leave in order, one at a time.
/// One whose answer is not written, because the connection is gone, is let go of untold.
final class DeliveryHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var delivery: Delivery?

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let ahead = event as? DeliveryAhead else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        delivery = ahead.delivery
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data), let delivery else { return context.write(data, promise: promise) }
        self.delivery = nil
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.whenSuccess { delivery.complete() }
        context.write(data, promise: written)
    }

    func handlerRemoved(context: ChannelHandlerContext) { delivery = nil }
}
