import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPAPI
import PostgresLedger

struct ProgramCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program",
        abstract: "Card programs.",
        subcommands: [Verify.self, Approve.self, Withdraw.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Say what a program verifies of its cards' payments, and with which keys.",
            discussion: """
                Reads a policy in YAML and puts a new version of the program in force: it says so once no decision is \
                taken by the version before. Where the program demands it, another operator approves it first. Once \
                there is an operator, AVAL_OPERATOR_KEY must be the key of an \
                administrator.
                """
        )

        @Argument(help: "The program.")
        var program: ProgramID

        @Argument(help: "The file.")
        var file: String?

        @Flag(help: "Verify nothing any more.")
        var nothing = false

        func validate() throws {
            if (file == nil) != nothing { throw ValidationError("give a file, or --nothing") }
        }

        func run() async throws {
            let (settings, _) = try await startUp()
            let somebodyElse = "somebody else has changed the program meanwhile"
            try await reportingFailure(refusals: ["23505": somebodyElse, "AV001": somebodyElse]) {
                let policy = try file.map(PolicyFile.load)
                let administration = try settings.administration()
                let author = try settings.author(administration)
                guard let kept = try administration.keptProgram(program) else {
                    throw Settings.Problem(description: "there is no program \(program)")
                }
                if let policy { try Self.check(policy, of: kept.program, administration) }
                var changed = kept
                changed.program.verification = policy
                changed.program.version += 1
                let what = policy == nil ? "verifies nothing" : "verifies with \(changed.program.keyNames)"
                var signed = SignedWrite(by: author, kept, changed)
                signed.details = " \(what)"
                try administration.change(kept, changed.program, signed, what)
            }
        }

        private static func check(
            _ policy: VerificationPolicy,
            of program: Program,
            _ administration: Administration
        ) throws {
            for (name, usage) in policy.keys.usages {
                let versions = try KeyName(name.text).map { try administration.keys($0) } ?? []
                let held = versions.first { version in
                    version.key.state == .active && version.key.terms.owner == .program(program.id)
                        && version.key.terms.usage == usage
                }
                guard let held else {
                    throw Settings.Problem(
                        description:
                            "the program has no active key \(name.text) of usage \(usage.rawValue): see `aval keys list`"
                    )
                }
                guard held.key.terms.direction != .incoming || !policy.keys.ofMadeValues.contains(name) else {
                    throw Settings.Problem(
                        description:
                            "\(name.text) only verifies (its direction is incoming), and values of cards and PINs are made "
                            + "too: only `cavv` may name such a key"
                    )
                }
                // A release before took keys of any algorithm.
                guard !usage.lengths(of: held.key.algorithm).isEmpty else {
                    throw Settings.Problem(
                        description:
                            "nothing can be verified with \(name.text): keys of usage \(usage.rawValue) are Triple DES keys"
                    )
                }
            }
            for limit in policy.limits where program.policy(for: limit.currency) == nil {
                let code = limit.currency.alphabetic
                throw Settings.Problem(
                    description: "the program has no balances in \(code), for which there is a limit"
                )
            }
        }
    }
}

extension Program {
    /// Of those that it verifies with.
    fileprivate var keyNames: String {
        let names = verification?.keys.usages.map(\.name.text) ?? []
        return names.isEmpty ? "no key" : names.joined(separator: ", ")
    }
}
