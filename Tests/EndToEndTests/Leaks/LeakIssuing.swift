import Foundation
import TestSupport

/// What an issuer does beside payments: a batch of cards, one that is blocked, one that is replaced, their order with the
/// bureau, a wallet's token, and a sandbox.
struct LeakIssuing {
    struct Outcome {
        var secrets: [KnownSecret]
        /// What clients were told of their errors.
        var errors: [Data]
        /// What commands said.
        var commands: [Data]
    }

    private static let token = "4895380012345670"

    private let world: LeakWorld
    private let story: LeakStory
    let bureau: LeakBureau
    private var client: Client { world.client }

    init(_ world: LeakWorld, _ story: LeakStory) throws {
        self.world = world
        self.story = story
        bureau = try LeakBureau(world)
    }

    func run() async throws -> Outcome {
        let issued = try await issueBatch(4)
        let (blocked, stolen) = (issued[0], issued[1])
        for card in [blocked, stolen] {
            try await client.carryOut("/v1/cards/\(card.card)/status", #"{"status":"active","reason":"arrived"}"#)
        }
        let network = try LeakFileNetwork(world)
        try await network.tell(of: blocked)
        let next = try await replace(stolen)
        try await network.settle("acknowledged", stolen)
        try await registerToken()
        let played = try await playSandbox()
        let (cards, told) = try bureau.order(story.program)
        let ordered = issued.map(\.pan).filter { $0 != stolen.pan } + [next]
        guard Set(cards.compactMap { $0["pan"] as? String }) == Set(ordered) else {
            throw AvalProcess.Problem(description: "\(cards.count) cards are ordered")
        }
        let numbers = issued.map(\.pan) + [next, played.pan, Self.token]
        let secrets =
            numbers.enumerated().map { KnownSecret(name: "number \($0)", content: .digits($1)) }
            + KnownSecret.grouped("number of the stolen card", stolen.pan)
        return Outcome(
            secrets: try secrets + cards.enumerated().flatMap { try Self.codes($1, $0) },
            errors: try await refused(played),
            commands: told
        )
    }

    /// As the bureau's file has them.
    private static func codes(_ card: [String: Any], _ index: Int) throws -> [KnownSecret] {
        try ["cvv", "icvv", "cvv2"].map { name in
            guard let code = card[name] as? String else {
                throw AvalProcess.Problem(description: "no \(name) is ordered")
            }
            return KnownSecret(name: "\(name) of ordered card \(index)", content: .text(#""\#(name)":"\#(code)""#))
        }
    }

    private func issueBatch(_ count: Int) async throws -> [Holder] {
        let opening = #"{"program_id":"\#(story.program)","balances":[{"currency":"EUR"}]}"#
        let rows = (0..<count).map { row in
            let reference = "\(row) after \(story.card.holder.pan.inGroups("-"))"
            return #"{"reference":"\#(reference)","opening":\#(opening),"form":"physical"}"#
        }
        let body = #"{"rows":[\#(rows.joined(separator: ","))]}"#
        let batch = "/v1/card-batches/" + (try await client.carryOut("/v1/card-batches", body).text("id"))
        for _ in 0..<600 {
            if try await client.get(batch).text("status") == "ended" { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let items = try await client.get("\(batch)/rows").expecting(200).value("items") as? [[String: Any]] ?? []
        var holders: [Holder] = []
        for item in items {
            guard let account = item["account_id"] as? String, let card = item["card_id"] as? String else { continue }
            holders.append(Holder(account: account, card: card, pan: try await number(of: card)))
        }
        guard holders.count == count else { throw AvalProcess.Problem(description: "the batch has \(items)") }
        return holders
    }

    private func number(of card: String) async throws -> String {
        try await client.carryOut("/v1/cards/\(card)/reveal", "{}").text("pan")
    }

    /// - Returns: the new number.
    private func replace(_ old: Holder) async throws -> String {
        let body = #"{"status":"stolen","reason":"\#(old.pan), \#(old.pan.inGroups())"}"#
        let next = try await client.carryOut("/v1/cards/\(old.card)/replacements", body)
        return try await number(of: next.text("id"))
    }

    /// Registers a token of the story's card, pays with it, and suspends it.
    private func registerToken() async throws {
        let holder = story.card.holder
        let body = #"{"number":"\#(Self.token)","reference":"of \#(holder.pan) and \#(Self.token)"}"#
        let id = try await client.carryOut("/v1/cards/\(holder.card)/tokens", body).text("id")
        try await pay("00", trace: 902_000)
        let change = #"{"status":"suspended","reason":"\#(Self.token) is lost"}"#
        try await client.carryOut("/v1/tokens/\(id)/status", change)
        try await pay("62", trace: 903_000)
    }

    private func pay(_ code: String, trace: Int64) async throws {
        try await onOwnThread { [world, card = story.card] in
            var door = try LeakDoor(world, card, trace: trace, counter: 200)
            try door.pay(with: Self.token, code)
        }
    }

    /// - Returns: the card.
    private func playSandbox() async throws -> Holder {
        let programs = try await client.get("/v1/programs").expecting(200).value("items") as? [[String: Any]] ?? []
        guard let program = programs.first(where: { $0["sandbox"] as? Bool == true })?["id"] as? String else {
            throw AvalProcess.Problem(description: "no sandbox")
        }
        let holder = try await client.openAccount(funded: 10_000, program: program)
        let path = "/v1/simulate/authorizations"
        let id = try await client.carryOut(path, Self.payment(holder)).text("authorization.id")
        try await client.carryOut("\(path)/\(id)/clearings", #"{"amount":{"amount":100,"currency":"EUR"}}"#)
        return holder
    }

    private static func payment(_ holder: Holder) -> String {
        """
        {"card_id":"\(holder.card)","amount":{"amount":100,"currency":"EUR"},"card_code":"match",
         "merchant":{"name":"Cafe \(holder.pan)","id":"M1","mcc":"5812","country":"ES","city":"Madrid"}}
        """
    }

    /// Card data where none belongs.
    private func refused(_ played: Holder) async throws -> [Data] {
        let (card, pan) = (story.card, story.card.holder.pan)
        let tokens = "/v1/cards/\(card.holder.card)/tokens"
        let codes = card.printed + card.cavv
        let requests = [
            ("/v1/card-batches", #"{"rows":[{"reference":"\#(pan)","account_id":"\#(pan)"}]}"#),
            ("/v1/cards/\(card.holder.card)/replacements", #"{"status":"\#(pan)","reason":"\#(codes)"}"#),
            (tokens, #"{"number":"\#(Self.token.inGroups("-"))"}"#),
            (tokens, #"{"number":"\#(Self.token)","requestor":"\#(pan)"}"#),
            ("/v1/tokens/\(Self.token)/status", #"{"status":"active","reason":"\#(Self.token)"}"#),
            ("/v1/simulate/authorizations", Self.payment(played).replacing(played.card, with: played.pan)),
            ("/v1/simulate/authorizations", Self.payment(played).replacing("match", with: codes)),
        ]
        var told: [Data] = []
        for (path, body) in requests {
            let answer = try await client.post(path, body, key: UUID().uuidString)
            guard answer.status >= 400 else {
                throw AvalProcess.Problem(description: "\(path.prefix(16)) has status \(answer.status)")
            }
            told.append(answer.told)
        }
        return told
    }
}
