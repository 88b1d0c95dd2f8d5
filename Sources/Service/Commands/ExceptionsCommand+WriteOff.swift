import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

extension ExceptionsCommand {
    struct WriteOff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "write-off",
            abstract: "Give an exception up; takes two operators.",
            discussion: """
                The first one proposes. It takes effect when another operator runs the same command: what the network \
                has moved is posted between the internal accounts for write-offs and for settlement.
                """
        )

        @Argument(help: "The exception's id, evt_….")
        var id: EventID

        @Option(help: "Why; at most 200 bytes.")
        var reason: Reason

        @Option(help: "What the network has moved, such as 1250EUR or 0EUR, when the message does not tell.")
        var amount: Money?

        @Option(help: "Whose loss it is, when the exception has no account.")
        var program: ProgramID?

        @Flag(help: "Take the proposal away.")
        var withdraw = false

        func run() async throws {
            let (settings, logger) = try await startUp()
            let conflict = "\(id) was changed by somebody else meanwhile, or there is no proposal"
            try await reportingFailure(refusals: ["AV001": conflict]) {
                let administration = try settings.administration()
                let author = try settings.settlingOperator(administration)
                let record = try administration.known(id)
                if let settled = record.settled { return try settled.announceRepeat(of: .writtenOff, id) }
                if withdraw {
                    try administration.withdrawProposal(for: id, reason: reason.text, by: author)
                    return announce("withdrew the proposal for \(id)")
                }
                let program = try program(of: record, administration)
                let terms = try terms(of: record, program)
                guard let proposal = record.proposal else {
                    try administration.propose(terms, for: id, reason: reason.text, by: author)
                    return announce("proposed to write off \(terms.described); another operator has to run the same")
                }
                try check(proposal, terms, author)
                guard try administration.wasThere(author, before: proposal.at) else {
                    throw Settings.Problem(
                        description: "\(author.name) was made after it was proposed: another operator has to confirm"
                    )
                }
                let command = Command.writeOffException(
                    WriteOffException(
                        exception: id,
                        terms: terms,
                        program: program,
                        proposedBy: proposal.by,
                        confirmedBy: author.id,
                        reason: reason.text
                    )
                )
                let lane = OperatorLane(settings: settings, logger: logger)
                let reply = try await lane.perform(command, on: terms.account, by: author)
                try report(reply, terms, administration)
            }
        }

        private func check(_ proposal: ExceptionRecord.Proposal, _ terms: WriteOffTerms, _ author: Operator) throws {
            if proposal.by == author.id {
                throw Settings.Problem(description: "\(author.name) proposed it: another operator has to confirm")
            }
            guard proposal.terms == terms else {
                throw Settings.Problem(
                    description: "\(proposal.name) proposed \(proposal.terms.described), this is \(terms.described)"
                )
            }
        }

        private func program(of record: ExceptionRecord, _ administration: Administration) throws -> ProgramID {
            if let account = record.account, let program = try administration.program(of: account) { return program }
            guard let program else {
                throw Settings.Problem(description: "\(id) came without an account: name --program")
            }
            guard try administration.hasProgram(program) else {
                throw Settings.Problem(description: "there is no program \(program)")
            }
            return program
        }

        private func terms(of record: ExceptionRecord, _ program: ProgramID) throws -> WriteOffTerms {
            let told = record.message?.told(about: record.original)
            let known = told.map { $0.isPosted ? $0.amount : Money(0, $0.amount.currency) }
            guard let amount = amount ?? known else {
                throw Settings.Problem(
                    description: "the message does not tell what the network has moved: give --amount, 0EUR for nothing"
                )
            }
            // A reversal that tells nothing of its payment most likely gives money back.
            let isReversal = if case .reversal? = record.message { true } else { false }
            let account = InternalAccount.writeOff.identifier(
                shard: (record.account?.shard ?? record.event.shard),
                program: program,
                currency: amount.currency
            )
            return WriteOffTerms(
                account: account,
                amount: amount,
                direction: told?.direction ?? (isReversal ? .credit : .debit)
            )
        }

        private func report(_ reply: Reply, _ terms: WriteOffTerms, _ administration: Administration) throws {
            guard case .decided(let answer) = reply else { throw reply.problem }
            guard case .done = answer.decision.outcome else {
                if let settled = try administration.known(id).settled {
                    return try settled.announceRepeat(of: .writtenOff, id)
                }
                throw Settings.Problem(description: "not written off: look at `aval exceptions show \(id)`")
            }
            announce("wrote off \(id): \(terms.described)")
        }
    }
}

extension WriteOffTerms {
    fileprivate var described: String {
        let side = direction == .debit ? "lost to the network" : "given back by the network"
        let money = "\(amount.minorUnits) \(amount.currency.alphabetic)"
        return amount.minorUnits == 0 ? "\(money), nothing was moved" : "\(money), \(side)"
    }
}
