import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import HTTPAPI
import PostgresLedger

extension ProgramCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "Put the version of a program in force that another operator proposed.",
            discussion: "AVAL_OPERATOR_KEY must be the key of an administrator."
        )

        @OptionGroup
        var named: NamedProposal

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusal = "there is no such proposal, it does not follow the version in force, or it is your own"
            try await reportingFailure(refusals: ["AV001": refusal]) {
                let administration = try settings.administration()
                let author = try settings.author(administration)
                let (kept, proposal) = try named.found(administration, or: refusal)
                let next = proposal.program
                guard try next.bin == kept.program.bin || !administration.isTaken(bin: next.bin, except: next.id) else {
                    throw Settings.Problem(description: "numbers of another program begin with \(next.bin) by now")
                }
                try administration.write(.approve(proposal), SignedWrite(by: author, kept, kept.proposed(proposal)))
                try administration.announceInForce(proposal.program, "as \(proposal.author) proposed")
            }
        }
    }
}

/// A version of a program that waits for another operator.
struct NamedProposal: ParsableArguments {
    @Argument(help: "The program.")
    var program: ProgramID

    @Argument(help: "The proposal, as who made it was told.")
    var proposal: String

    /// - Throws: `Settings.Problem` with the refusal, when it does not wait any more.
    func found(
        _ administration: Administration,
        or refusal: String
    ) throws -> (kept: KeptProgram, proposal: ProgramProposal) {
        guard let kept = try administration.keptProgram(program), let proposal = kept.proposal,
            ProposalID(self.proposal) == proposal.id
        else { throw Settings.Problem(description: refusal) }
        return (kept, proposal)
    }
}

extension SignedWrite {
    init(by author: Operator?, _ before: KeptProgram?, _ after: KeptProgram) {
        self.init(
            author: author?.id,
            name: author.map { "\($0.name)" } ?? OperatorName.setup,
            before: before?.record,
            after: after.record,
            request: nil,
            answer: []
        )
    }
}

extension Administration {
    /// Puts the next version in force, or proposes it where the program demands that, and says which.
    ///
    /// - Parameter what: is different in it.
    func change(_ kept: KeptProgram, _ next: Program, _ signed: SignedWrite, _ what: String) throws {
        guard kept.needsApproval else {
            try write(.change(next, needsApproval: false), signed)
            return try announceInForce(next, "it \(what)")
        }
        let id = ProposalID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        try write(.propose(next, needsApproval: true, id), signed)
        announce("version \(next.version) of \(next.id) is proposed: another operator runs")
        announce("aval program approve \(next.id) \(id)")
    }

    func announceInForce(_ program: Program, _ what: String) throws {
        let version = "version \(program.version) of \(program.id)"
        announce(
            try waitUntilInForce()
                ? "\(version) is in force: \(what)"
                : "\(version) is stored; transactions from before it still run: see pg_stat_activity"
        )
    }
}
