import NIOCore
import NIOHTTP1
import NIOPosix

/// An answer of the API.
struct HTTPAnswer: Sendable {
    var status: UInt
    var body: [UInt8]
}

/// One kept-alive HTTP connection with one request at a time. Used on its event loop only.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let address: APIAddress
    private var context: ChannelHandlerContext?
    private var status: UInt = 0
    private var body: [UInt8] = []
    private var completion: ((Result<HTTPAnswer, any Error>) -> Void)?

    init(address: APIAddress) { self.address = address }

    var isBusy: Bool { completion != nil }

    /// Connects to the API. The connection belongs to the event loop.
    static func connect(
        _ address: APIAddress,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<NIOLoopBound<HTTPConnection>> {
        ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .connect(host: address.host, port: address.port)
            .flatMapThrowing { channel in
                let connection = HTTPConnection(address: address)
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(connection)
                return NIOLoopBound(connection, eventLoop: eventLoop)
            }
    }

    /// Sends a request. The connection must not be busy.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [UInt8],
        idempotencyKey: String?,
        completion: @escaping (Result<HTTPAnswer, any Error>) -> Void
    ) {
        precondition(!isBusy, "one request at a time")
        guard let context else { return completion(.failure(Problem("the API closed the connection"))) }
        self.completion = completion
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "host", value: "\(address.host):\(address.port)")
        head.headers.add(name: "authorization", value: "Bearer \(address.key)")
        if let idempotencyKey { head.headers.add(name: "idempotency-key", value: idempotencyKey) }
        if method != .GET {
            head.headers.add(name: "content-type", value: "application/json")
            head.headers.add(name: "content-length", value: String(body.count))
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = head.status.code
            body = []
        case .body(let part):
            guard body.count + part.readableBytes <= Limits.answerBytes else {
                finish(.failure(Problem("an answer of the API is longer than \(Limits.answerBytes) bytes")))
                return context.close(promise: nil)
            }
            body += part.readableBytesView
        case .end: finish(.success(HTTPAnswer(status: status, body: body)))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        finish(.failure(Problem("the API closed the connection")))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(error))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<HTTPAnswer, any Error>) {
        guard let completion else { return }
        self.completion = nil
        completion(result)
    }
}
