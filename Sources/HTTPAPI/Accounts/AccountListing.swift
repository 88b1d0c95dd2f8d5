import AuthorizationCore
import AuthorizationEngine
import Hummingbird

extension AccountRoutes {
    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit, filter): (AccountID?, Int, AccountFilter) = try request.page(of: "an account") { query in
            AccountFilter(
                tenant: request.tenant,
                program: query.optional("program_id", "a program's id") { ProgramID($0) },
                cardholder: query.optional("cardholder_id", "a cardholder's id") { CardholderID($0) }
            )
        }
        let programs = try await services.reader.programs(of: request.tenant)
        if let wanted = filter.program, !programs.contains(where: { $0.id == wanted }) {
            throw Problem.programNotFound(.parameter("program_id"))
        }
        if let holder = filter.cardholder,
            try await services.cardholders.cardholder(holder, of: request.tenant) == nil
        {
            throw Problem.invalid(parameter: "cardholder_id", "There is no such cardholder.")
        }
        if let before {
            guard let account = try await services.reader.account(before, of: request.tenant)?.account,
                filter.takes(account)
            else { throw Problem.invalid(parameter: "before", "The list has no such account.") }
        }
        let views = try await services.reader.accounts(filter, before: before, limit: limit)
        let countingCredits = Set(programs.filter(\.spendsPendingCredits).map(\.id))
        let items = views.map { $0.json(countingCredits: countingCredits.contains($0.account.program)) }
        return .ok(["items": .list(items)])
    }
}
