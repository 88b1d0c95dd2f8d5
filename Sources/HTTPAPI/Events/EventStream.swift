import AuthorizationEngine
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Events as they come, as `text/event-stream` (WHATWG HTML, section 9.2). What is not sent yet is read when the client
/// has taken what was: nothing is queued for one who is slow.
struct EventStream: Sendable {
    /// How long nothing is sent at most, so that nobody on the way takes the connection for dead.
    private static let heartbeat = Duration.seconds(15)
    /// How long the client may take nothing before it is disconnected. It goes on where it was.
    private static let longestStall = TimeAmount.seconds(30)
    /// Events that are read at once.
    static let pageSize = 100

    let routes: EventRoutes
    let filter: EventFilter
    let seal: CursorSeal
    let client: StreamingClient

    /// - Parameter first: what was read before the answer began.
    func response(_ first: EventPage) -> Response {
        Response(
            status: .init(code: 200),
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await write(first, to: &writer)
                try await follow(after: first.next, &writer)
                try await writer.finish(nil)
            }
        )
    }

    /// Goes on until the process stops, the stream is old enough, or its client may have it no longer.
    private func follow(after start: EventPosition, _ writer: inout any ResponseBodyWriter) async throws {
        let end = ContinuousClock.now + routes.services.longestStream
        var position = start
        while .now < end, !Task.isShuttingDownGracefully {
            let page: EventPage
            do {
                try await client.checkAccess()
                let wait = min(Self.heartbeat, end - .now)
                page = try await routes.page(filter, after: position, limit: Self.pageSize, wait: wait)
            } catch is Problem {
                // Told with the client's next request.
                return
            }
            position = page.next
            try await write(page, to: &writer)
        }
    }

    private func write(_ page: EventPage, to writer: inout any ResponseBodyWriter) async throws {
        let channel = client.channel
        let stall = channel.eventLoop.scheduleTask(in: Self.longestStall) { channel.close(promise: nil) }
        defer { stall.cancel() }
        try await writer.write(ByteBuffer(bytes: try bytes(of: page)))
    }

    /// After the events an identifier alone: a client that comes back need not look through those of others again.
    func bytes(of page: EventPage) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for event in page.events {
            bytes += "id: \(try seal.close(event.position))\nevent: \(event.type.rawValue)\ndata: ".utf8
            bytes += event.json.bytes + "\n\n".utf8
        }
        return bytes + "id: \(try seal.close(page.next))\n\n".utf8
    }
}

extension EventRoutes {
    private static let lastEventID = "Last-Event-ID"

    @Sendable func stream(_ request: APIRequest, _ client: StreamingClient) async throws -> Response {
        let errors = FieldErrors()
        let query = request.query(errors)
        let filter = Self.filter(query, request.tenant)
        let seal = CursorSeal(key: services.fingerprintKey, tenant: request.tenant)
        try errors.check()
        var position: EventPosition? = try seal.position(in: query, "after")
        if let name = HTTPField.Name(Self.lastEventID), let text = client.headers[name] {
            // Of a client that comes back: it is later than where the client once began.
            guard let last: EventPosition = seal.open(text) else {
                throw Problem.cursorRefused(.header(Self.lastEventID))
            }
            position = last
        }
        if let account = filter.account { try await services.check(account, of: request.tenant) }
        let first = try await page(filter, after: position, limit: EventStream.pageSize, wait: .zero)
        return EventStream(routes: self, filter: filter, seal: seal, client: client).response(first)
    }
}
