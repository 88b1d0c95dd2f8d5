import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import Hummingbird

extension AuthorizationRoutes {
    private static let parameters: Set = [
        "account_id", "card_id", "status", "created_from", "created_to", "cursor", "limit",
    ]

    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = QueryReader(request.query, parameters: Self.parameters, errors)
        var filter = AuthorizationFilter(tenant: request.tenant)
        filter.account = query.optional("account_id", "an account's id") { AccountID($0) }
        filter.card = query.optional("card_id", "a card's id") { CardID($0) }
        let states = AuthorizationStatus.allCases.map(\.name).joined(separator: ", ")
        filter.status = query.optional("status", "one of: \(states)") { AuthorizationStatus(name: $0) }
        filter.from = query.optional("created_from", "a time such as 2026-01-31T00:00:00Z", Timestamp.instant)
        filter.to = query.optional("created_to", "a time such as 2026-01-31T00:00:00Z", Timestamp.instant)
        let limit = query.pageSize()
        let seal = CursorSeal(key: services.fingerprintKey, tenant: request.tenant)
        let position = query.optional("cursor", "the `next_cursor` of an earlier page") { seal.open($0) }
        try errors.check()
        let found = try await services.reader.authorizations(
            filter,
            after: position,
            limit: limit
        )
        guard let page = found else {
            let detail = "The ledger was restored or moved since; list again from the beginning."
            throw Problem.invalid([FieldError(place: .parameter("cursor"), detail: detail)])
        }
        let items = page.items.map { JSONOutput.object($0.authorization.fields(account: $0.account)) }
        let next = try page.next.map { try seal.close($0) }
        return .ok(["items": .list(items), "next_cursor": .optional(next) { .text($0) }])
    }
}

/// Makes positions of listings opaque, and refuses ones that this server did not make for this tenant.
struct CursorSeal {
    private static let positionLength = 32
    /// Bytes of the code: half of HMAC-SHA-256, as RFC 2104 section 5 allows.
    private static let codeLength = 16

    let key: SecretKey
    let tenant: TenantID

    func close(_ position: ListPosition) throws -> String {
        var writer = ByteWriter(reserving: Self.positionLength)
        writer.write(word: position.epoch)
        writer.write(word: position.transaction)
        writer.write(position.id)
        let bytes = writer.bytes
        return Data(bytes + (try code(for: bytes))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func open(_ text: String) -> ListPosition? {
        guard text.utf8.count <= 72, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding) else { return nil }
        let bytes = [UInt8](data)
        guard bytes.count == Self.positionLength + Self.codeLength else { return nil }
        let position = Array(bytes.prefix(Self.positionLength))
        guard let expected = try? code(for: position) else { return nil }
        guard Digest.areEqual(expected, Array(bytes.suffix(Self.codeLength))) else { return nil }
        var reader = ByteReader(position)
        guard let epoch = try? reader.word(), let transaction = try? reader.word(),
            let id: AuthorizationID = try? reader.value()
        else { return nil }
        return ListPosition(epoch: epoch, transaction: transaction, id: id)
    }

    private static let alphabet = ASCII.alphanumerics.union("-_".utf8)

    private func code(for position: [UInt8]) throws -> [UInt8] {
        let label = Array("aval list cursor 2".utf8)
        return Array(try Digest.hmac(label + tenant.bytes + position, key: key).prefix(Self.codeLength))
    }
}
