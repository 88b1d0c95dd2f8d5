import ISO8583
import NIOCore
import NIOPosix

/// The sending side of a connection, for tools: one message at a time.
package struct NetworkClient: Sendable {
    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let framing: FrameFormat

    package static func connect(host: String, port: Int, framing: FrameFormat) async throws -> NetworkClient {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return NetworkClient(channel: channel, framing: framing)
    }

    /// Sends a packed message and gives its answer.
    ///
    /// - Parameter answer: what a message that comes is to us; nil for one that is no answer: the other side may say
    ///   other things first.
    package func exchange<Answer: Sendable>(
        _ packed: [UInt8],
        within limit: Duration,
        _ answer: @escaping @Sendable ([UInt8]) -> Answer?
    ) async throws -> Answer {
        let framed = try framing.encode(packed, header: .none)
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask {
                try await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(bytes: framed))
                    return try await Self.first(inbound, framing, answer)
                }
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Problem(description: "no answer within \(limit)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw Problem(description: "no answer") }
            return answer
        }
    }

    private static func first<Answer>(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ framing: FrameFormat,
        _ answer: @Sendable ([UInt8]) -> Answer?
    ) async throws -> Answer {
        var decoder = FrameDecoder(framing)
        for try await buffer in inbound {
            decoder.append(buffer.readableBytesView)
            while let frame = try decoder.next() {
                if case .message(_, let bytes) = frame, let answer = answer(bytes) { return answer }
            }
        }
        throw Problem(description: "the connection was closed without an answer")
    }
}
