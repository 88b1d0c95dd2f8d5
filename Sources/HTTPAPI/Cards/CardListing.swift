import AuthorizationCore
import AuthorizationEngine
import Hummingbird

extension CardRoutes {
    @Sendable func listOfAccount(_ request: APIRequest) async throws -> APIAnswer {
        try await list(request) {
            let account: AccountID = try request.id(orElse: .accountNotFound)
            try await services.check(account, of: request.tenant)
            return .account(account)
        }
    }

    @Sendable func listOfCardholder(_ request: APIRequest) async throws -> APIAnswer {
        try await list(request) {
            let id: CardholderID = try request.id(orElse: .cardholderNotFound)
            guard try await services.cardholders.cardholder(id, of: request.tenant) != nil else {
                throw Problem.cardholderNotFound
            }
            return .cardholder(id)
        }
    }

    /// From the newest on.
    private func list(
        _ request: APIRequest,
        of findHolder: () async throws -> CardHolding
    ) async throws -> APIAnswer {
        let (before, limit): (CardID?, Int) = try request.page(of: "a card")
        let holder = try await findHolder()
        if let before {
            guard let view = try await services.reader.card(before, of: request.tenant), view.isOf(holder) else {
                throw Problem.invalid(parameter: "before", "The list has no such card.")
            }
        }
        let found = try await services.reader.cards(of: holder, request.tenant, before: before, limit: limit)
        return .ok(["items": .list(found.map { $0.card.json(account: $0.account) })])
    }
}

extension CardView {
    fileprivate func isOf(_ holder: CardHolding) -> Bool {
        switch holder {
        case .account(let id): account == id
        case .cardholder(let id): card.details.cardholder == id
        }
    }
}
