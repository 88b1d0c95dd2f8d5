import ArgumentParser
import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

struct NetworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "What card networks know of us.",
        subcommands: [Files.self]
    )

    struct Files: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "files",
            abstract: "The files of hot cards by which networks decline when they stand in for us.",
            subcommands: [List.self, Check.self, Retire.self]
        )
    }
}

extension FileEntry.State: ExpressibleByArgument {}

/// The networks that a command is for.
struct FileNetworkOptions: ParsableArguments {
    @Option(help: "Only this network.")
    var network: String?

    func networks(_ administration: Administration) throws -> [String] {
        let known = try administration.fileNetworks()
        guard let network else { return known }
        guard known.contains(network) else {
            throw Settings.Problem(description: "no network \(network) was served with file_updates")
        }
        return [network]
    }
}

extension NetworkCommand.Files {
    /// Rows of one read.
    fileprivate static let pageSize: Int64 = 1_000

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List what networks were told: network, card, state, wanted, acknowledged, code, since.",
            discussion: "What is not in the network's file is shown as none."
        )

        @OptionGroup
        var scope: FileNetworkOptions

        @Option(help: "Only entries in this state.")
        var state: FileEntry.State?

        @Flag(help: "One JSON object a line.")
        var json = false

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure {
                let administration = try settings.administration()
                var count = 0
                for network in try scope.networks(administration) {
                    var last: CardID?
                    repeat {
                        let page = try administration.fileEntries(of: network, after: last, limit: pageSize)
                        for entry in page where state == nil || entry.state == state {
                            announce(json ? try jsonLine(ListedEntry(entry)) : ListedEntry(entry).columns)
                            count += 1
                        }
                        last = page.count == pageSize ? page.last?.card : nil
                    } while last != nil
                }
                if count == 0, !json { announce("no entries") }
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Compare every card's status with what each network has acknowledged.",
            discussion: """
                Prints the differences: network, card, standing, ours, network's. Exits with status 1 when one of them \
                is not on its way already. With --repair the network is told again, also what it refused before; the \
                change needs an operator's key.
                """
        )

        @OptionGroup
        var scope: FileNetworkOptions

        @Flag(help: "Have networks told of what they do not know, or refused.")
        var repair = false

        func run() async throws {
            let (settings, _) = try await startUp()
            do {
                let administration = try settings.administration()
                let author = repair ? try settings.author(administration, atLeast: .operator) : nil
                var counts: [Administration.Standing: Int] = [:]
                for network in try scope.networks(administration) {
                    try check(network, administration, author, &counts)
                }
                let wrong = counts[.refused, default: 0] + counts[.unknown, default: 0]
                announce(
                    "compared \(counts.values.reduce(0, +)): \(counts[.pending, default: 0]) on their way, "
                        + "\(wrong) wrong" + (repair ? ", which are told again" : "")
                )
                if !repair, wrong > 0 { throw ExitCode.failure }
            } catch let code as ExitCode {
                throw code
            } catch {
                throw fail("\(error)")
            }
        }

        private func check(
            _ network: String,
            _ administration: Administration,
            _ author: Operator?,
            _ counts: inout [Administration.Standing: Int]
        ) throws {
            var last: CardID?
            repeat {
                let page = try administration.cardsInFile(of: network, after: last, limit: pageSize)
                for card in page.cards {
                    let standing = card.standing
                    counts[standing, default: 0] += 1
                    guard standing != .right else { continue }
                    let theirs = card.entry?.acknowledged?.name ?? "none"
                    announce("\(network)  \(card.card)  \(standing.rawValue)  \(card.status.name)  \(theirs)")
                    guard repair, standing != .pending else { continue }
                    try administration.repairFile(of: network, card.card, by: author)
                }
                last = page.last
            } while last != nil
        }
    }
}

extension NetworkCommand.Files {
    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retire",
            abstract: "Keep no more changes of cards for a network.",
            discussion: """
                For a network that takes no updates any more, once no process has file_updates for it: each that has \
                takes it up again when it starts. What the network was told stays known. Needs an operator's key.
                """
        )

        @Argument(help: "The network's name.")
        var network: String

        func run() async throws {
            let (settings, _) = try await startUp()
            try await reportingFailure(refusals: ["AV001": "no network \(network) takes file updates"]) {
                let administration = try settings.administration()
                let author = try settings.author(administration, atLeast: .operator)
                try administration.retireFile(of: network, by: author)
                announce("retired \(network)")
            }
        }
    }
}

/// An entry as it is printed.
private struct ListedEntry: Encodable {
    private let network: String
    private let card: String
    private let state: String
    private let wanted: String
    private let acknowledged: String
    private let code: String?
    private let since: String
    private let attempts: Int32

    init(_ entry: FileEntry) {
        network = entry.network
        card = "\(entry.card)"
        state = entry.state.rawValue
        wanted = entry.wanted?.name ?? "none"
        acknowledged = entry.acknowledged?.name ?? "none"
        code = entry.lastAnswer?.code
        since = entry.since.listed
        attempts = entry.attempts
    }

    var columns: String {
        [network, card, state, wanted, acknowledged, code ?? "-", since].joined(separator: "  ")
    }
}
