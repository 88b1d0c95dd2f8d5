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

        @OptionGroup
        var named: NamedProposal

        func run() async throws {
            let (settings, _) = try await startUp()
            let refusal = "there is no such proposal, or it is another operator's"
            try await reportingFailure(refusals: ["AV001": refusal]) {
                let administration = try settings.administration()
                let author = try settings.author(administration)
                let (kept, proposal) = try named.found(administration, or: refusal)
                try administration.write(.withdraw(proposal), SignedWrite(by: author, kept.proposed(proposal), kept))
                announce("version \(proposal.program.version) of \(named.program) is withdrawn")
            }
        }
    }
}
