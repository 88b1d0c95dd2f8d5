import Foundation
import Logging
import TestSupport
import Testing

@testable import HTTPAPI

/// Bodies that do not come whole, at a real server's port.
@Suite struct BrokenBodyTests {
    /// What becomes of a connection after the last byte.
    enum End {
        /// No more is sent, but the answer is waited for.
        case silence, halfClosed
        case closed, reset
    }

    private static let rows: [(framing: String, body: String, end: End, code: String?)] = [
        ("Content-Length: 100", #"{"program_id":"#, .silence, "request_timeout"),
        ("Transfer-Encoding: chunked", "", .silence, "request_timeout"),
        ("Content-Length: 100", #"{"program_id":"#, .halfClosed, "malformed_json"),
        // What has come is JSON, and still not what was meant.
        ("Content-Length: 100", "{}", .halfClosed, "malformed_json"),
        ("Transfer-Encoding: chunked", "2\r\n{}\r\n", .halfClosed, "malformed_json"),
        ("Transfer-Encoding: chunked", "many\r\n{}\r\n", .silence, "malformed_json"),
        ("Content-Length: 100", "{}", .closed, nil), ("Content-Length: 100", "{}", .reset, nil),
    ]

    @Test(arguments: rows)
    func `a body that does not come whole is its sender's affair, counted and logged so`(
        _ row: (framing: String, body: String, end: End, code: String?)
    ) async throws {
        let levels = Levels()
        let door = try Door(logger: Logger(label: "door") { _ in levels })
        let metrics = door.services.metrics
        let (answer, level) = try await door.serve(HTTPLimits(requestReadTimeout: .milliseconds(500))) { port in
            let socket = try StreamSocket.connectToLoopback(port: port)
            let head = """
                POST /v1/accounts HTTP/1.1\r
                Host: aval\r
                Authorization: Bearer \(Door.keys[0].text)\r
                Content-Type: application/json\r
                \(row.framing)\r
                \r

                """
            StreamSocket.write(Array((head + row.body).utf8), to: socket)
            var answer = ""
            switch row.end {
            case .silence: break
            case .halfClosed: shutdown(socket, Int32(SHUT_WR))
            case .closed, .reset:
                // Not before the head was read.
                usleep(100_000)
                if row.end == .reset { StreamSocket.resetAtClose(socket) }
            }
            if row.code != nil {
                while let bytes = StreamSocket.read(socket) { answer += String(decoding: bytes, as: UTF8.self) }
            }
            close(socket)
            for _ in 0..<500 where !metrics.text.contains(#"operation="open_account""#) { usleep(10_000) }
            // What a server says of its own end is another matter.
            return (answer, levels.highest)
        }
        if let code = row.code { #expect(answer.contains(#""code":"\#(code)""#), "\(answer)") }
        #expect(metrics.text.contains(#"{operation="open_account",status="4xx"} 1"#), "\(metrics.text)")
        #expect(!metrics.text.contains("5xx"))
        #expect(try #require(level) <= .info)
    }
}
