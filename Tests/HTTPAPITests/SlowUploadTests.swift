import AuthorizationEngine
import Foundation
import Logging
import TestSupport
import Testing

@testable import HTTPAPI

/// Large bodies that come slowly, at a real server's port.
@Suite struct SlowUploadTests {
    private static func head(of tenant: Int, _ length: Int) -> String {
        """
        POST /v1/card-batches HTTP/1.1\r
        Host: aval\r
        Authorization: Bearer \(Door.keys[tenant].text)\r
        Idempotency-Key: slow\r
        Content-Type: application/json\r
        Content-Length: \(length)\r
        \r

        """
    }

    /// The status of the answer; nil when the connection ends without one.
    private static func status(_ socket: Int32) -> Int? {
        StreamSocket.read(socket).flatMap { bytes in
            Int(String(decoding: bytes, as: UTF8.self).dropFirst("HTTP/1.1 ".count).prefix(3))
        }
    }

    @Test func `a tenant's slow uploads keep its own out alone, and only until they are cut`() async throws {
        let levels = Levels()
        let door = try Door(logger: Logger(label: "door") { _ in levels })
        let seen = try await door.serve(HTTPLimits(requestReadTimeout: .seconds(3))) { port in
            func send(_ tenant: Int, _ length: Int, _ body: String) throws -> Int32 {
                let socket = try StreamSocket.connectToLoopback(port: port)
                StreamSocket.write(Array((Self.head(of: tenant, length) + body).utf8), to: socket)
                return socket
            }
            func answer(to tenant: Int) throws -> Int? {
                let socket = try send(tenant, 2, "{}")
                defer { close(socket) }
                return Self.status(socket)
            }
            /// What the server does with one connection shows on another after a while.
            func comes(_ status: Int) throws -> Bool {
                for _ in 0..<500 {
                    if try answer(to: 0) == status { return true }
                    usleep(5_000)
                }
                return false
            }
            let slow = try (0..<LargeBodies.mostOfTenant).map { _ in try send(0, 1_000, "{") }
            defer { for socket in slow { close(socket) } }
            let (refused, other) = (try comes(503), try answer(to: 1))
            let (cut, after) = (slow.map(Self.status), try comes(422))
            return (refused: refused, other: other, slow: cut, after: after, level: levels.highest)
        }
        #expect(seen.refused && seen.after)
        #expect(seen.other == 422 && seen.slow.allSatisfy { $0 == 408 })
        #expect(try #require(seen.level) <= .info)
    }
}
