import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Decide journaled requests again and prove that every decision comes out the same.",
        discussion: """
            Uses the program versions that were in force. Exits with status 1 and both sides of the first difference \
            when there is one.

              aval replay --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z
            """
    )

    @Option(help: "Decided at or after, ISO 8601 with a time zone.")
    var from: Instant

    @Option(help: "Decided before.")
    var to: Instant

    @Option(help: "Only this account.")
    var account: String?

    func validate() throws {
        guard from < to else { throw ValidationError("--from must be before --to") }
    }

    func run() async throws {
        let (settings, _) = try await startUp()
        do {
            var progress = ProgressLine()
            let report = try Replayer(try settings.readingConnection()).replay(
                from: from,
                to: to,
                account: try accountID()
            ) { step in
                progress.show(
                    "\(step.accountsDone) of \(step.accountsTotal) accounts, \(step.rowsPerSecond) decisions a second"
                )
            }
            progress.end()
            if let difference = report.firstDifference { announce("\(difference)") }
            announce(
                "replayed \(report.rowsCompared + report.unroutedCompared) decisions of \(report.accounts) accounts: "
                    + "\(report.differenceCount) differ"
            )
            if account == nil, report.rowsCompared + report.unroutedCompared == 0 {
                announce("no decision was taken in that time: nothing was compared")
            }
            if let account, report.rowsCompared == 0 {
                throw Settings.Problem(description: "no decision of \(account) is in that time")
            }
            guard report.isIdentical else { throw ExitCode.failure }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)")
        }
    }

    private func accountID() throws -> AccountID? {
        guard let account else { return nil }
        guard let id = AccountID(account) else {
            throw Settings.Problem(description: "--account \(account) is not an identifier such as acc_…")
        }
        return id
    }
}
