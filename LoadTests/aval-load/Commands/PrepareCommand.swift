import ArgumentParser

struct PrepareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Open and fund accounts, issue a card on each, and write the cards to a file.",
        discussion: """
            The program must have a EUR policy; the first program that has one is taken. The file holds card numbers \
            in clear, with mode 600: a card a line, with number, expiry as YYMM, card id and account id.
            """
    )

    @OptionGroup var api: APIOptions

    @Option(help: "Accounts to open.")
    var accounts = 2_000

    @Option(help: "Requests at once.")
    var connections = 16

    @Option(help: "Minor units of EUR on each account.")
    var funding: Int64 = 1_000_000_000

    @Option(help: "The file to write.")
    var out: String

    func validate() throws {
        guard accounts > 0, connections > 0, funding > 0 else {
            throw ValidationError("--accounts, --connections and --funding must be positive")
        }
    }

    func run() async throws {
        let address = try api.address()
        let client = try await APIClient.connect(address)
        let programs = try await client.get("/v1/programs", as: Programs.self).items
        guard let program = programs.first(where: { $0.currencies.contains { $0.currency == "EUR" } }) else {
            throw Problem("the API key's tenant has no program with a EUR policy")
        }
        let cards = try await overConnections(connections, to: address, Array(0..<accounts)) { client, _ in
            try await makeCard(client, program.id)
        }
        try CardFile.write(cards, to: out)
        tell("\(cards.count) cards are in \(out)")
    }

    private func makeCard(_ client: APIClient, _ program: String) async throws -> LoadCard {
        let opening = #"{"program_id":"\#(program)","balances":[{"currency":"EUR"}]}"#
        let account = try await client.post("/v1/accounts", opening, as: Made.self).id
        let amount = #"{"amount":{"amount":\#(funding),"currency":"EUR"},"reference":"load test"}"#
        _ = try await client.post("/v1/accounts/\(account)/fundings", amount, as: Made.self)
        let card = try await client.post("/v1/accounts/\(account)/cards", "{}", as: Made.self).id
        let revealed = try await client.post("/v1/cards/\(card)/reveal", "{}", as: Revealed.self)
        // YYYY-MM becomes YYMM.
        let expiry = revealed.expiry.utf8.dropFirst(2).filter { $0 != UInt8(ascii: "-") }
        guard expiry.count == 4 else { throw Problem("the API tells no expiry of card \(card)") }
        return LoadCard(pan: Array(revealed.pan.utf8), expiry: expiry, id: card, account: account)
    }
}

private struct Programs: Decodable {
    struct Program: Decodable {
        struct Policy: Decodable {
            var currency: String
        }

        var id: String
        var currencies: [Policy]
    }

    var items: [Program]
}

private struct Made: Decodable {
    var id: String
}

private struct Revealed: Decodable {
    var pan: String
    var expiry: String
}
