import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Programs, and accounts with what they may spend.
struct AccountRoutes: Sendable {
    /// Balances of one account.
    static let balanceCounts = 1...16

    let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func listPrograms(_ request: APIRequest) async throws -> APIAnswer {
        let programs = try await services.reader.programs(of: request.tenant)
        return .ok(["items": .list(programs.map(\.json))])
    }

    @Sendable func open(_ request: APIRequest) async throws -> APIAnswer {
        let wanted = try OpeningBody(request)
        let programs = try await services.reader.programs(of: request.tenant)
        guard let program = programs.first(where: { $0.id == wanted.program }) else { throw Problem.programNotFound }
        _ = try await services.unlessDecided(request) { try wanted.check(against: program) }
        try await services.checkCardholder(wanted.cardholder, request)
        let id = AccountID(
            at: .wallClock,
            shard: Shard(truncating: .random(in: .min ... .max)),
            entropy: .random(in: .min ... .max)
        )
        let opening = OpenAccount(
            account: id,
            tenant: request.tenant,
            program: program.id,
            balances: wanted.balances,
            type: wanted.type,
            isChargeExempt: wanted.isChargeExempt,
            cardholder: wanted.cardholder
        )
        let answer = try await services.perform(.openAccount(opening), on: id, request)
        // A repeat finds the account that was made the first time.
        guard let account = answer.decision.changes.openedAccount else { throw Problem.unexpectedDecision }
        let view = AccountView(account: account, balances: answer.decision.changes.openedBalances)
        return APIAnswer(
            status: .created,
            body: view.json(countingCredits: program.spendsPendingCredits),
            isReplayed: answer.isRepeated,
            location: "/v1/accounts/\(account.id)"
        )
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        let id: AccountID = try request.id(orElse: .accountNotFound)
        guard let view = try await services.reader.account(id, of: request.tenant) else {
            throw Problem.accountNotFound
        }
        let programs = try await services.reader.programs(of: request.tenant)
        let program = programs.first { $0.id == view.account.program }
        return .ok(view.json(countingCredits: program?.spendsPendingCredits ?? false))
    }

    @Sendable func changeStatus(_ request: APIRequest) async throws -> APIAnswer {
        let id: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["status", "reason"], errors)
        let status: AccountStatus? = fields.required("status", .closedList)
        let reason = fields.required("reason", .note(1...200))
        let change = ChangeAccount(
            status: try errors.require(status),
            reason: try errors.require(reason),
            tellsBefore: true
        )
        let answer = try await services.explaining {
            try await services.reader.account(id, of: request.tenant).map { view in
                .transition(of: "account", from: view.account.status) { view.account.status.allows($0) }
            }
        } _: {
            try await services.perform(.changeAccount(change), on: id, request)
        }
        let body: JSONOutput = [
            "id": .text(id.description),
            "status": .text(change.status.name),
            "changed_at": .text(Timestamp.text(answer.decidedAt)),
        ]
        return APIAnswer(status: .ok, body: body, isReplayed: answer.isRepeated)
    }

    @Sendable func setCreditLimit(_ request: APIRequest) async throws -> APIAnswer {
        let id: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["amount", "reason"], errors)
        let limit = fields.required("amount", .money(-largestAmount...largestAmount))
        let reason = fields.required("reason", .note(1...200))
        let command = SetCreditLimit(try errors.require(limit), reason: try errors.require(reason))
        let answer = try await services.perform(.moneyCommand(.setCreditLimit(command)), on: id, request)
        guard let movement = answer.decision.balance else { throw Problem.unexpectedDecision }
        let body: JSONOutput = [
            "account_id": .text(id.description),
            "amount": command.limit.json,
            "reason": .text(command.reason),
            "balance_before": movement.before.json(movement.key),
            "balance_after": movement.after.json(movement.key),
            "changed_at": .text(Timestamp.text(answer.decidedAt)),
        ]
        return APIAnswer(status: .ok, body: body, isReplayed: answer.isRepeated)
    }
}
