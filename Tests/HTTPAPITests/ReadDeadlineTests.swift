import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HTTPAPI

/// Requests that arrive too slowly, with time passed in.
@Suite struct ReadDeadlineTests {
    private let channel = EmbeddedChannel()

    init() throws {
        let logger = Logger(label: "deadlines") { _ in SwiftLogNoOpLogHandler() }
        let handler = ReadDeadlineHandler(request: .seconds(10), idle: .seconds(60), logger: logger)
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.pipeline.fireChannelActive()
    }

    @Test func `a request whose body does not come gets 408 with a request id, and the connection closes`() throws {
        let head = HTTPRequest(method: .post, scheme: "http", authority: "aval", path: "/v1/authorizations")
        try channel.writeInbound(HTTPRequestPart.head(head))
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        guard case .head(let response)? = try channel.readOutbound(as: HTTPResponsePart.self),
            case .body(let body)? = try channel.readOutbound(as: HTTPResponsePart.self)
        else {
            Issue.record("no answer")
            return
        }
        #expect(response.status.code == 408)
        #expect(response.headerFields[.contentType] == "application/problem+json")
        let name = try #require(HTTPField.Name("X-Request-Id"))
        let id = try #require(response.headerFields[name])
        #expect(id.wholeMatch(of: /req_[0-9a-f]{32}/) != nil, "\(id)")
        #expect(String(buffer: body).contains(#""code":"request_timeout""#))
        #expect(String(buffer: body).contains(#""request_id":"\#(id)""#))
        #expect(!channel.isActive)
    }

    @Test func `a connection that never sends a head is closed without an answer`() throws {
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        #expect(!channel.isActive)
    }
}
