import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Money that comes to an account, leaves it, is mended, or goes to another account.
struct MoneyRoutes: Sendable {
    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func fund(_ request: APIRequest) async throws -> APIAnswer {
        try await move(request) { .fund(Funding(amount: $0, reference: $1)) }
    }

    @Sendable func withdraw(_ request: APIRequest) async throws -> APIAnswer {
        try await move(request) { .moneyCommand(.move(MoneyMovement(.withdrawal, $0, text: $1))) }
    }

    /// Between an account and the world.
    private func move(
        _ request: APIRequest,
        by command: (_ amount: Money, _ reference: String) -> Command
    ) async throws -> APIAnswer {
        let id: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["amount", "reference"], errors)
        let wanted = fields.required("amount", .money(1...largestAmount))
        let reference = fields.optional("reference", .note(0...64)) ?? ""
        let amount = try errors.require(wanted)
        let answer = try await services.perform(command(amount, reference), on: id, request)
        return try .posting(answer, on: id, amount, [("reference", .text(reference))])
    }

    @Sendable func adjust(_ request: APIRequest) async throws -> APIAnswer {
        let id: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["direction", "amount", "reason"], errors)
        let direction: Transfer.Direction? = fields.required("direction", .closedList)
        let amount = fields.required("amount", .money(1...largestAmount))
        let reason = fields.required("reason", .note(1...200))
        let kind: MoneyMovement.Kind =
            switch try errors.require(direction) {
            case .credit: .creditAdjustment
            case .debit: .debitAdjustment
            }
        let movement = MoneyMovement(kind, try errors.require(amount), text: try errors.require(reason))
        let answer = try await services.perform(.moneyCommand(.move(movement)), on: id, request)
        let more: [(String, JSONOutput)] = [
            ("direction", .optional(direction) { .text($0.name) }), ("reason", .text(movement.text)),
        ]
        return try .posting(answer, on: id, movement.amount, more)
    }

    /// Answers once the money has left, which is certain to arrive then; usually it has.
    @Sendable func transfer(_ request: APIRequest) async throws -> APIAnswer {
        let sender: AccountID = try request.id(orElse: .accountNotFound)
        let outgoing = try await outgoing(request, from: sender)
        let answer: Answer
        do {
            answer = try await services.perform(.moneyCommand(.send(outgoing)), on: sender, request)
        } catch let problem as Problem where problem.code == .accountNotOpen && outgoing.receiverStatus == .closed {
            throw Problem.receiverClosed
        }
        guard let first = answer.decision.firstTransfer else { throw Problem.unexpectedDecision }
        let transfer = TransferInTransit(
            id: first.id,
            from: sender,
            to: outgoing.receiver,
            outgoing.amount,
            reference: outgoing.reference
        )
        let hasArrived = await services.engine.complete(transfer, within: services.requestTimeout)
        let status = Self.status(hasArrived: hasArrived)
        var posting = try APIAnswer.posting(
            answer,
            on: sender,
            outgoing.amount,
            [("to_account_id", .text(outgoing.receiver.description)), ("reference", .text(outgoing.reference)), status]
        )
        posting.location = "/v1/transfers/\(first.id)"
        return posting
    }

    @Sendable func getTransfer(_ request: APIRequest) async throws -> APIAnswer {
        let id: TransferID = try request.id(orElse: .transferNotFound)
        guard let view = try await services.reader.transfer(id, of: request.tenant) else {
            throw Problem.transferNotFound
        }
        let transfer = view.transfer
        return .ok(
            .object([
                ("id", .text(id.description)), ("account_id", .text(transfer.sender.description)),
                ("to_account_id", .text(transfer.receiver.description)), ("amount", transfer.amount.json),
                ("reference", .text(transfer.reference)), Self.status(hasArrived: view.receivedAt != nil),
                ("created_at", .text(Timestamp.text(view.sentAt))),
                ("completed_at", .optional(view.receivedAt) { .text(Timestamp.text($0)) }),
            ])
        )
    }

    private static func status(hasArrived: Bool) -> (name: String, value: JSONOutput) {
        ("status", .text(hasArrived ? "completed" : "in_transit"))
    }

    /// Balances are never taken away, so what is there now can be sent to later. Each program has books of its own.
    private func outgoing(_ request: APIRequest, from sender: AccountID) async throws -> OutgoingTransfer {
        let errors = FieldErrors()
        let fields = try request.fields(["to_account_id", "amount", "reference"], errors)
        let receiver: AccountID? = fields.required("to_account_id", .identifier())
        let amount = fields.required("amount", .money(1...largestAmount))
        let reference = fields.optional("reference", .note(0...64)) ?? ""
        if let receiver, receiver == sender { errors.add("/to_account_id", "Expected another account.") }
        let (id, money) = (try errors.require(receiver), try errors.require(amount))
        guard let own = try await services.reader.account(sender, of: request.tenant) else {
            throw Problem.accountNotFound
        }
        guard let view = try await services.reader.account(id, of: request.tenant) else {
            let error = FieldError(place: .pointer("/to_account_id"), detail: "There is no such account.")
            throw Problem(
                .receiverNotFound,
                "Check the id; an account of another tenant is as unknown.",
                errors: [error]
            )
        }
        guard own.account.program == view.account.program else {
            throw Problem.receiverOfOtherProgram
        }
        guard view.balances.contains(where: { $0.key == BalanceKey(money.currency) }) else {
            throw Problem.currencyNotHeld(by: "The account to send to")
        }
        return OutgoingTransfer(to: id, view.account.status, money, reference: reference)
    }
}

extension APIAnswer {
    /// Of a command that posts one transfer.
    ///
    /// - Parameter more: fields behind the amount.
    static func posting(
        _ answer: Answer,
        on account: AccountID,
        _ amount: Money,
        _ more: [(name: String, value: JSONOutput)]
    ) throws -> APIAnswer {
        guard let transfer = answer.decision.firstTransfer, let movement = answer.decision.balance else {
            throw Problem.unexpectedDecision
        }
        let fields: [(name: String, value: JSONOutput)] = [
            ("id", .text(transfer.id.description)), ("account_id", .text(account.description)), ("amount", amount.json),
        ]
        let balances: [(name: String, value: JSONOutput)] = [
            ("balance_before", movement.before.json(movement.key)),
            ("balance_after", movement.after.json(movement.key)),
            ("created_at", .text(Timestamp.text(answer.decidedAt))),
        ]
        return APIAnswer(status: .created, body: .object(fields + more + balances), isReplayed: answer.isRepeated)
    }
}

extension Problem {
    fileprivate static var receiverClosed: Problem {
        let error = FieldError(place: .pointer("/to_account_id"), detail: "This account is `closed`, for good.")
        return Problem(.accountNotOpen, "Send it to another account; nothing was changed.", errors: [error])
    }

    fileprivate static var receiverOfOtherProgram: Problem {
        let error = FieldError(place: .pointer("/to_account_id"), detail: "This account is of another program.")
        let detail = "Withdraw it from the one account, and fund the other with it."
        return Problem(.receiverOfOtherProgram, detail, errors: [error])
    }
}
