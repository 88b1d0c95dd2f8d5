import ArgumentParser
import AuthorizationCore
import Foundation
import PostgresLedger

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Prove that the ledger is sound.",
        subcommands: [Verify.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check every stored balance, hold and counter against the transfers and decisions behind it.",
            discussion: """
                Also that sequence numbers have no gap, state hashes chain, and each transfer equals the postings \
                derived again from its decision, and that what is in transit between customers is what nobody has \
                received yet. Exits with status 1 and the offenders when something differs.
                """
        )

        func run() async throws {
            let (settings, _) = try await startUp()
            do {
                let connection = try settings.readingConnection()
                var progress = ProgressLine()
                let report = try LedgerVerifier(connection).verify { step in
                    progress.show(
                        "\(step.phase.name) \(step.done) of \(step.total), \(step.rowsPerSecond) rows a second"
                    )
                }
                progress.end()
                for offence in report.offences { announce("\(offence)") }
                for (currency, sum) in report.inTransit.sorted(by: { $0.key.numeric < $1.key.numeric }) {
                    announce("in transit: \(sum.amount) \(currency.alphabetic) of \(sum.transfers) transfers")
                }
                announce(
                    "verified \(report.accounts) accounts, \(report.journalRows) journal rows, "
                        + "\(report.transfers) transfers: \(report.offenceCount) offences"
                )
                guard report.isClean else { throw ExitCode.failure }
            } catch let code as ExitCode {
                throw code
            } catch {
                throw fail("\(error)")
            }
        }
    }
}

extension Settings {
    /// For long reads; refuses a schema that this build does not know.
    func readingConnection() throws -> PostgresConnection {
        let connection = try PostgresConnection(url: try text(.databaseURL), timeout: .seconds(600))
        try Migrator.checkVersion(connection)
        return connection
    }
}

/// One line on a terminal that shows how far long work has come; nothing when standard error is no terminal.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = ContinuousClock.now

    /// At most ten times a second.
    mutating func show(_ text: String) {
        guard isTerminal, .now - shown > .milliseconds(100) else { return }
        shown = .now
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    func end() {
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
