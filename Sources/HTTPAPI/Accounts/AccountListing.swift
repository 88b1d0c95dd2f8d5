import AuthorizationCore
import AuthorizationEngine
import Hummingbird

extension AccountRoutes {
    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = request.query(errors)
        let wanted = query.optional("program_id", "a program's id") { ProgramID($0) }
        let before = query.optional("before", "the id of an account") { AccountID($0) }
        let limit = query.pageSize()
        try errors.check()
        let programs = try await services.reader.programs(of: request.tenant)
        if let wanted, !programs.contains(where: { $0.id == wanted }) {
            throw Problem.programNotFound(.parameter("program_id"))
        }
        if let before {
            let account = try await services.reader.account(before, of: request.tenant)?.account
            guard let account, wanted == nil || account.program == wanted else {
                throw Problem.invalid(parameter: "before", "The list has no such account.")
            }
        }
        let views = try await services.reader.accounts(
            of: request.tenant,
            program: wanted,
            before: before,
            limit: limit
        )
        let countingCredits = Set(programs.filter(\.spendsPendingCredits).map(\.id))
        let items = views.map { $0.json(countingCredits: countingCredits.contains($0.account.program)) }
        return .ok(["items": .list(items)])
    }
}
