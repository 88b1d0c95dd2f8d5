import AuthorizationCore
import AuthorizationEngine
import Hummingbird
import ServiceLifecycle

/// The journal as events.
struct EventRoutes: Sendable {
    /// Seconds for which a request waits for an event at most: less than proxies usually wait for an answer.
    private static let longestWait = 30

    let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = request.query(errors)
        let filter = Self.filter(query, request.tenant)
        let limit = query.pageSize()
        let wait = query.optional("wait", "an integer from 0 to \(Self.longestWait)") { text in
            Int(text).flatMap { (0...Self.longestWait).contains($0) && "\($0)" == text ? $0 : nil }
        }
        let seal = CursorSeal(key: services.fingerprintKey, tenant: request.tenant)
        try errors.check()
        let position: EventPosition? = try seal.position(in: query, "after")
        if let account = filter.account { try await services.check(account, of: request.tenant) }
        let page = try await page(filter, after: position, limit: limit, wait: .seconds(wait ?? 0))
        return .ok([
            "items": .list(page.events.map(\.json)),
            "next_cursor": .text(try seal.close(page.next)),
            "has_more": .boolean(!page.isAtEnd),
        ])
    }

    /// What of all events a client wants.
    static func filter(_ query: QueryReader, _ tenant: TenantID) -> EventFilter {
        var filter = EventFilter(tenant: tenant)
        filter.account = query.optional("account_id", "an account's id") { AccountID($0) }
        filter.types = query.optional("types", "of these, with commas between them: \(EventType.names)") { text in
            let names = text.split(separator: ",", omittingEmptySubsequences: false)
            let types = Set(names.compactMap { EventType(rawValue: String($0)) })
            return types.count == names.count ? types : nil
        }
        filter.from = query.optional("occurred_from", "a time such as 2026-01-31T00:00:00Z", Timestamp.instant)
        return filter
    }

    /// - Throws: a problem when the position means nothing any more, or too many wait.
    func page(
        _ filter: EventFilter,
        after position: EventPosition?,
        limit: Int,
        wait: Duration
    ) async throws -> EventPage {
        let next = try await services.events.next(filter, after: position, limit: limit, wait: wait) {
            Task.isShuttingDownGracefully
        }
        switch next {
        case .page(let page): return page
        case .otherEpoch:
            throw Problem.cursorRefused(.parameter("after"))
        case .tooManyWait:
            throw Problem.tooManyAtOnce("Too many wait for events. Ask again later, or without `wait`.")
        }
    }
}

extension EventPosition: SealedPosition {
    static let label = "aval event cursor 1"
    static let length = 48

    var bytes: [UInt8] {
        var writer = ByteWriter(reserving: Self.length)
        writer.write(word: epoch)
        writer.write(word: transaction)
        writer.write(account)
        writer.write(word: UInt64(bitPattern: sequence))
        writer.write(word: UInt64(bitPattern: since.microseconds))
        return writer.bytes
    }

    init(_ reader: inout ByteReader) throws(JournalError) {
        self.init(
            epoch: try reader.word(),
            transaction: try reader.word(),
            account: try reader.value(),
            sequence: Int64(bitPattern: try reader.word()),
            since: Instant(microseconds: Int64(bitPattern: try reader.word()))
        )
    }
}
