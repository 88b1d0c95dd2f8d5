import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// What comes in a card's place: another instance with its number, or a card with another one.
struct InstanceRoutes: Sendable {
    /// Why a card gets another instance.
    private enum Reason: UInt8, ClosedList {
        /// The old instance is valid to its own end.
        case renewal = 1
        /// The old instance is damaged: it ends when the new one is activated.
        case replacement = 2
    }

    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func reissue(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(["reason"], errors)
        let reason: Reason? = fields.required("reason", .closedList)
        let isReplacement = try errors.require(reason) == .replacement
        let view = try await services.card(request)
        let program = try await services.programOfKnown(view.account, request.tenant)
        let last = view.card.instances.map { Int($0.sequenceNumber) }.max() ?? 0
        // A repeat is known by its key, whatever has come of the card since.
        let next = UInt8(min(last + 1, Self.sequenceNumbers.upperBound))
        var instance = try CardIssuing(services).newInstance(next, program, active: false)
        instance.endsOthers = isReplacement
        let command = CardCommand.reissue(ReissueCard(card: view.card.id, instance: instance))
        return try await services.explaining {
            try await services.card(request).card.problem(of: .reissue) ?? .noFurtherInstance
        } _: {
            try await perform(command, on: view.account, request, .created)
        }
    }

    @Sendable func activate(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(["sequence_number"], errors)
        let range = Int64(Self.sequenceNumbers.lowerBound)...Int64(Self.sequenceNumbers.upperBound)
        let number = UInt8(clamping: try errors.require(fields.required("sequence_number", .integer(range))))
        let view = try await services.card(request)
        _ = try await services.unlessDecided(request) {
            guard view.card.instances.contains(where: { $0.sequenceNumber == number }) else {
                throw Problem.invalid("/sequence_number", "The card has no such instance.")
            }
        }
        let command = CardCommand.activateInstance(ActivateInstance(card: view.card.id, sequenceNumber: number))
        return try await services.explaining {
            try await services.card(request).card.problem(of: .activateInstance) ?? .instanceNotWaiting
        } _: {
            try await perform(command, on: view.account, request, .ok)
        }
    }

    @Sendable func replace(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(CardWish.fields.union(StatusWish.fields), errors)
        let wish = CardWish(fields)
        let end = try StatusWish(fields, errors, \.isEnd)
        let view = try await services.card(request)
        let (program, currencies) = try await services.programAndCurrencies(of: view.account, request.tenant)
        let old = view.card.details.terms
        let found = try await services.unlessDecided(request) {
            try wish.terms(in: program, currencies, inPlaceOf: old)
        }
        try await services.checkCardholder(view.card.details.cardholder, request)
        let terms = found ?? CardTerms()
        let issuing = CardIssuing(services)
        return try await services.explaining {
            try await services.card(request).card.problem(ofReplacementBy: end.status)
        } _: {
            try await issuing.perform(request, on: view.account, program, notFound: .cardNotFound) {
                .cardCommand(
                    .replace(
                        ReplaceCard(
                            card: view.card.id,
                            status: end.status,
                            reason: end.reason,
                            new: $0.with(terms),
                            statusReason: end.statusReason,
                            keepsUses: wish.keepsUses(of: old),
                            tellsBefore: true
                        )
                    )
                )
            }
        }
    }

    /// ISO 8583 element 23 of instances after the first.
    private static let sequenceNumbers = 1...99

    private func perform(
        _ command: CardCommand,
        on account: AccountID,
        _ request: APIRequest,
        _ status: APIAnswer.Status
    ) async throws -> APIAnswer {
        let answer = try await services.perform(.cardCommand(command), on: account, request, notFound: .cardNotFound)
        guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
        return APIAnswer(status: status, body: card.json(account: account), isReplayed: answer.isRepeated)
    }
}

extension Card {
    /// Why it is not replaced and left in this status.
    fileprivate func problem(ofReplacementBy end: CardStatus) -> Problem? {
        if details.replacedBy != nil {
            return Problem(.transitionNotAllowed, "Another card is in its place: see its `replaced_by`.")
        }
        return problem(of: .replace)
            ?? .transition(of: "card", from: status) { $0.isEnd && ($0 == status || status.allows($0)) }
    }
}

extension Problem {
    fileprivate static var noFurtherInstance: Problem {
        Problem(.transitionNotAllowed, "The card got another instance meanwhile, or has 99 of them; read it again.")
    }

    fileprivate static var instanceNotWaiting: Problem {
        let error = FieldError(place: .pointer("/sequence_number"), detail: "This instance waits for no activation.")
        let detail = "Only the newest instance is activated, and once. Nothing was changed."
        return Problem(.transitionNotAllowed, detail, errors: [error])
    }
}
