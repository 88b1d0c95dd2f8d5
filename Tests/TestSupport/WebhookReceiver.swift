import Foundation
import Synchronization

/// An HTTP server of a test, that takes messages and answers what it is told to.
package final class WebhookReceiver: Sendable {
    package struct Message: Sendable {
        package var headers: [String: String]
        package var body: [UInt8]
        /// What it was answered with.
        package var status: Int

        package func field(_ name: String) -> Any? {
            ((try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any])?[name]
        }
    }

    package typealias Answer = @Sendable (_ count: Int, Message) -> (status: Int, headers: [String], body: [UInt8])

    package let port: UInt16
    private let listener: Int32
    private let answer: Answer
    private let afterwards: @Sendable () -> Void
    private let kept = Mutex<[Message]>([])

    /// - Parameters:
    ///   - answer: to the message that came after so many.
    ///   - afterwards: when an answer was sent.
    package init(
        _ answer: @escaping Answer = { _, _ in (200, [], []) },
        afterwards: @escaping @Sendable () -> Void = {}
    ) throws {
        self.afterwards = afterwards
        (listener, port) = try StreamSocket.listenOnLoopback()
        self.answer = answer
        Thread.detachNewThread { [self] in
            while let connection = StreamSocket.accept(listener) {
                Thread.detachNewThread { [self] in
                    serve(connection)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    package var messages: [Message] { kept.withLock { $0 } }

    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32) {
        var bytes: [UInt8] = []
        while let part = StreamSocket.read(connection) {
            bytes += part
            while let message = Self.take(&bytes) {
                let count = kept.withLock { $0.count }
                let told = answer(count, message)
                kept.withLock { $0.append(Message(headers: message.headers, body: message.body, status: told.status)) }
                let lines = ["HTTP/1.1 \(told.status) Told", "Content-Length: \(told.body.count)"] + told.headers
                let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
                guard StreamSocket.write(Array(head.utf8) + told.body, to: connection) else { return }
                afterwards()
            }
        }
    }

    /// A whole request, once it is there.
    private static func take(_ bytes: inout [UInt8]) -> Message? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        var headers: [String: String] = [:]
        for line in text[..<end.lowerBound].components(separatedBy: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let start = text[..<end.upperBound].utf8.count
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= start + length else { return nil }
        defer { bytes.removeFirst(start + length) }
        return Message(headers: headers, body: Array(bytes[start..<(start + length)]), status: 0)
    }
}
