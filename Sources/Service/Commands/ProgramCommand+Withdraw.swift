import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import HTTPAPI
import PostgresLedger

extension ProgramCommand {
    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: "Take the version of a program back that you proposed.",
            discussion: "AVAL_OPERATOR_KEY must be the key of the administrator who proposed it."
        )

        @Argument(help: "The program.")
        var program: ProgramID

        @Argument(help: "The proposal, as who made it was told.")
        var proposal: String

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusal = "there is no such proposal, or it is another operator's"
            try await reportingFailure(refusals: ["AV001": refusal]) {
                let administration = try settings.administration()
                let author = try settings.author(administration)
                guard let kept = try administration.keptProgram(program), let proposal = kept.proposal,
                    ProposalID(self.proposal) == proposal.id
                else { throw Settings.Problem(description: refusal) }
                try administration.write(.withdraw(proposal), SignedWrite(by: author, kept.proposed(proposal), kept))
                announce("version \(proposal.program.version) of \(program) is withdrawn")
            }
        }
    }
}
