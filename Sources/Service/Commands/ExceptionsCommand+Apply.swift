import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

extension ExceptionsCommand {
    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "apply",
            abstract: "Have an exception take effect after all.",
            discussion: """
                An advice takes the place of the authorization that is named, by the option or else by its message; \
                where its message names none that it fits, it is held or posted on its own. A reversal takes back \
                what the authorization holds, then what it has posted. An exception is applied once, however often \
                this is run.
                """
        )

        @Argument(help: "The exception's id, evt_….")
        var id: EventID

        @Option(help: "The authorization that it is about.")
        var authorization: AuthorizationID?

        @Option(help: "The card, when the message did not tell it.")
        var card: CardID?

        @Option(help: "The account, when the message did not tell it; with its only card.")
        var account: AccountID?

        @Option(
            help: "What to move instead, such as 1250EUR: a reversal in the transaction's currency, else the balance's."
        )
        var amount: Money?

        @Option(help: "Why, for the journal; at most 200 bytes.")
        var reason: Reason?

        func run() async throws {
            let (settings, logger) = try await startUp()
            try await reportingFailure {
                let administration = try settings.administration()
                let author = try settings.settlingOperator(administration)
                let record = try administration.known(id)
                if let settled = record.settled { return try settled.announceRepeat(of: .applied, id) }
                guard let message = record.message else {
                    throw Settings.Problem(description: "\(id) cannot be read, only written off")
                }
                let place = try place(of: record, administration)
                let command = Command.applyException(
                    ApplyException(
                        exception: id,
                        message: message,
                        authorization: authorization,
                        card: place.card,
                        amount: amount,
                        reason: reason?.text ?? ""
                    )
                )
                let lane = OperatorLane(settings: settings, logger: logger)
                let reply = try await lane.perform(command, on: place.account, by: author)
                try report(reply, administration)
            }
        }

        /// The account, and the card when the operator tells it.
        private func place(
            of record: ExceptionRecord,
            _ administration: Administration
        ) throws -> (account: AccountID, card: CardID?) {
            var found = record.account
            if let card {
                guard let owner = try administration.account(of: card) else {
                    throw Settings.Problem(description: "there is no card \(card)")
                }
                found = found ?? owner
            }
            guard let place = found ?? account else {
                throw Settings.Problem(description: "\(id) came without an account: name --card or --account")
            }
            if let account, account != place {
                throw Settings.Problem(description: "\(account) is not the account: it is \(place)")
            }
            guard record.account == nil, card == nil else { return (place, card) }
            let cards = try administration.cards(of: place, limit: 2)
            guard cards.count == 1 else {
                throw Settings.Problem(
                    description: "\(place) has \(cards.isEmpty ? "no" : "several") cards: name --card"
                )
            }
            return (place, cards.first)
        }

        private func report(_ reply: Reply, _ administration: Administration) throws {
            guard case .decided(let answer) = reply else { throw reply.problem }
            switch answer.decision.outcome {
            case .acknowledged(let acknowledgement, let authorization):
                let about = authorization.map { " to \($0)" } ?? ""
                announce("applied \(id)\(about): \(acknowledgement.isNothingLeft ? "nothing was left to do" : "done")")
                for transfer in answer.decision.transfers { announce(transfer.described) }
            case .refused(let refusal):
                // Somebody else may have been faster.
                if let settled = try administration.known(id).settled {
                    return try settled.announceRepeat(of: .applied, id)
                }
                throw Settings.Problem(description: "not applied: \(refusal.advice)")
            case .approved, .declined, .done:
                throw Settings.Problem(description: "an unexpected decision: look at the journal")
            }
        }
    }
}

/// Minor units and a currency, as `1250EUR`.
extension Money: ExpressibleByArgument {
    package init?(argument: String) {
        guard argument.utf8.count <= 16, let currency = Currency(alphabetic: String(argument.suffix(3))),
            let units = Int64(argument.dropLast(3)), (0...largestAmount).contains(units)
        else { return nil }
        self.init(units, currency)
    }
}

extension Settings {
    /// Who settles exceptions: an operator or an administrator, never nobody.
    func settlingOperator(_ administration: Administration) throws -> Operator {
        guard let author = try author(administration, atLeast: .operator) else {
            throw Problem(description: "there are no operators: make one with `aval operator add`")
        }
        return author
    }
}

extension ExceptionRecord.Settled {
    /// To do again what was done is no failure; to do something else is.
    func announceRepeat(of wanted: Settlement, _ id: EventID) throws {
        let text = "\(id) was \(settlement == .applied ? "applied" : "written off") by \(name) at \(at.listed)"
        guard settlement == wanted else { throw Settings.Problem(description: text) }
        announce(text)
    }
}

extension Reply {
    /// Why there is no decision.
    var problem: Settings.Problem {
        switch self {
        case .notFound: Settings.Problem(description: "there is no such account")
        case .decided, .keyConflict, .misrouted, .late, .refused, .failed:
            Settings.Problem(description: "the ledger did not take it now: run the same again")
        }
    }
}

extension Acknowledgement {
    fileprivate var isNothingLeft: Bool { self == .nothingLeft }
}

extension Decision {
    fileprivate var transfers: [Transfer] {
        changes.compactMap { if case .transfer(let transfer) = $0 { transfer } else { nil } }
    }
}

extension Transfer {
    fileprivate var described: String {
        "\(id)  \(layer.name)  \(direction.name)  \(amount) \(balance.currency.alphabetic)"
    }
}

extension Refusal {
    /// What an operator can do about it.
    var advice: String {
        switch self {
        case .cardNotFound: "the account does not have the card: name one with --card"
        case .authorizationNotFound: "the account has no such authorization: name one with --authorization"
        case .currencyNotHeld: "no balance has its currency: give --amount in a balance's"
        case .currencyMismatch: "another currency, or another direction of money, than the authorization's"
        case .balanceOutOfRange: "the amount is out of range"
        case .transitionNotAllowed:
            "it does not fit what the authorization is now: name another, none, or --amount for the part that does"
        case .accountNotFound, .accountNotOpen, .programNotFound, .pinChanged, .insufficientFunds, .legalHoldNotFound,
            .transferNotInTransit, .tokenNotFound, .creditNotAllowed, .productNotFound, .cardholderNotActive:
            "the account does not take it"
        }
    }
}
