import ArgumentParser

@main
struct AvalLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aval-load",
        abstract: "Put load on a running Aval and measure it.",
        discussion: """
            `prepare` makes accounts and cards through the HTTP API and writes them to a file; `iso8583` and `http` \
            pay with these cards, measure, and compare the approvals they received with the holds in the ledger. \
            `codec` and `fuzz` time and try the ISO 8583 codec alone, `crypto` times payment cryptography.

            Use it with a test program only: the file holds card numbers in clear.
            """,
        subcommands: [
            PrepareCommand.self, ISO8583Command.self, HTTPCommand.self, CodecCommand.self, FuzzCommand.self,
            CryptoCommand.self,
        ]
    )
}
