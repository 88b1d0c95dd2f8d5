import AuthorizationCore
import AuthorizationEngine
import Hummingbird

extension AuthorizationRoutes {
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = request.query(errors)
        var filter = AuthorizationFilter(tenant: request.tenant)
        filter.account = query.optional("account_id", "an account's id") { AccountID($0) }
        filter.card = query.optional("card_id", "a card's id") { CardID($0) }
        let states = AuthorizationStatus.allCases.map(\.name).joined(separator: ", ")
        filter.status = query.optional("status", "one of: \(states)") { AuthorizationStatus(name: $0) }
        filter.from = query.optional("created_from", "a time such as 2026-01-31T00:00:00Z", Timestamp.instant)
        filter.to = query.optional("created_to", "a time such as 2026-01-31T00:00:00Z", Timestamp.instant)
        let limit = query.pageSize()
        let seal = CursorSeal(key: services.fingerprintKey, tenant: request.tenant)
        try errors.check()
        let position: ListPosition? = try seal.position(in: query, "cursor")
        if let account = filter.account { try await services.check(account, of: request.tenant) }
        if let card = filter.card, try await services.reader.card(card, of: request.tenant) == nil {
            throw Problem.cardNotFound
        }
        let found = try await services.reader.authorizations(
            filter,
            after: position,
            limit: limit
        )
        guard let page = found else { throw Problem.cursorRefused(.parameter("cursor")) }
        let items = page.items.map { JSONOutput.object($0.authorization.fields(account: $0.account)) }
        let next = try page.next.map { try seal.close($0) }
        return .ok(["items": .list(items), "next_cursor": .optional(next) { .text($0) }])
    }
}

extension ListPosition: SealedPosition {
    static let label = "aval list cursor 2"
    static let length = 32

    var bytes: [UInt8] {
        var writer = ByteWriter(reserving: Self.length)
        writer.write(word: epoch)
        writer.write(word: transaction)
        writer.write(id)
        return writer.bytes
    }

    init(_ reader: inout ByteReader) throws(JournalError) {
        self.init(epoch: try reader.word(), transaction: try reader.word(), id: try reader.value())
    }
}
