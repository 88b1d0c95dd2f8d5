import Foundation

/// A client's requests, with card data where none belongs.
struct LeakRequests {
    let client: Client
    let card: CardSecrets

    /// - Returns: the answers to what was refused, headers included.
    func run(_ holders: [Holder]) async throws -> [Data] {
        var refused: [Data] = []
        for holder in holders {
            for (path, body) in accepted(holder) {
                try await client.carryOut(path, body)
            }
            let pan = holder.pan
            for key in [
                pan, "pay-\(pan.inGroups("-"))", "20261122\(pan)", "\(pan)7", pan.inGroups("_", of: 8),
                pan.inGroups("--"),
            ] {
                let answer = try await client.authorize(holder.card, 100, key: key).expecting(422)
                refused.append(answer.told)
            }
            for amount in [100, 99_999_999, Int(LeakTraffic.refusedAmount)] {
                let answer = try await client.authorize(holder.card, amount)
                if answer.status >= 400 { refused.append(answer.told) }
            }
            for (method, path, body) in requests(holder) {
                let answer = try await client.send(method, path, body)
                guard answer.status >= 400 else {
                    throw AvalProcess.Problem(description: "\(method) \(path.prefix(16)) has status \(answer.status)")
                }
                refused.append(answer.told)
            }
            let stranger = Client(port: client.port, apiKey: client.apiKey + "x")
            refused.append(try await stranger.authorize(holder.card, 100).told)
        }
        return refused
    }

    /// What is carried out, with numbers in free text.
    private func accepted(_ holder: Holder) -> [(path: String, body: String)] {
        let money = #""amount":{"amount":1,"currency":"EUR"}"#
        let (words, dashes) = (holder.pan.inGroups(), holder.pan.inGroups("-"))
        let payment = Client.purchase(card: holder.card, 100)
        return [
            ("/v1/authorizations", payment.replacing("Cafe", with: "Cafe \(holder.pan)")),
            ("/v1/authorizations", payment.replacing("Madrid", with: "Madrid \(words)")),
            ("/v1/authorizations", payment.replacing("Madrid", with: "Madrid \(holder.pan.inGroups("_", of: 8))")),
            ("/v1/authorizations", payment.replacing("Cafe", with: "Cafe \(holder.pan.inFullWidth)")),
            ("/v1/accounts/\(holder.account)/fundings", #"{\#(money),"reference":"for \#(words)"}"#),
            ("/v1/accounts/\(holder.account)/withdrawals", #"{\#(money),"reference":"\#(dashes)."}"#),
            ("/v1/cards/\(holder.card)/pin/unblock", #"{"reason":"\#(holder.pan) \#(words)"}"#),
            ("/v1/accounts/\(holder.account)/fundings", #"{\#(money),"reference":"20261122\#(holder.pan)"}"#),
            ("/v1/accounts/\(holder.account)/fundings", #"{\#(money),"reference":"\#(holder.pan.inGroups("  "))"}"#),
            ("/v1/api-keys", #"{"label":"till \#(dashes)"}"#),
        ]
    }

    private func requests(_ holder: Holder) -> [(method: String, path: String, body: String?)] {
        let good = Client.purchase(card: holder.card, 100)
        let paths = ["/v1/cards/\(holder.pan)", "/v1/\(holder.pan)", "/v1/authorizations?card_id=\(holder.pan)"]
        return paths.map { ("GET", $0, nil) } + [
            ("DELETE", "/v1/cards/\(holder.pan)", nil), ("POST", "/v1/cards/\(holder.pan)/reveal", "{}"),
            ("POST", "/v1/cards/\(holder.card)/status", #"{"status":"\#(holder.pan)","reason":"\#(card.track)"}"#),
        ] + misplacedPINs(holder)
            + [
                Client.purchase(card: holder.pan, 100), good.replacing("100", with: holder.pan),
                good.replacing("EUR", with: holder.pan), good.replacing("purchase", with: card.cavv),
                good.replacing("5812", with: card.track), good.replacing("\"kind\"", with: "\"\(holder.pan)\""),
                good.replacing("{\"card_id\"", with: "{\"pan\":\"\(holder.pan)\",\"card_id\""),
                good + holder.pan, holder.pan, String(good.dropLast(3)) + card.cavv, "[\"\(holder.pan)\"",
            ].map { ("POST", "/v1/authorizations", $0) }
    }

    /// Digits where a block belongs, and a block that is told twice or under no key.
    private func misplacedPINs(_ holder: Holder) -> [(method: String, path: String, body: String?)] {
        guard let pin = card.pins[holder.pan] else { return [] }
        let path = "/v1/cards/\(holder.card)/pin"
        return [
            #"{"pin":"\#(pin.digits)"}"#, pin.body.replacing("\"format\":0", with: "\"format\":\"\(pin.digits)\""),
            pin.body.replacing("app-pin", with: pin.digits), pin.body.replacing("\"block\"", with: "\"blocks\""),
            String(pin.body.dropLast()),
        ].map { ("POST", path, $0) }
    }
}

extension Client {
    /// Again while the service has too much to do.
    @discardableResult
    func carryOut(_ path: String, _ body: String) async throws -> Response {
        let key = UUID().uuidString
        for _ in 0..<600 {
            let answer = try await post(path, body, key: key)
            if answer.status < 300 { return answer }
            guard [429, 503].contains(answer.status) else {
                throw AvalProcess.Problem(description: "\(path) has status \(answer.status): \(answer.text("code"))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw AvalProcess.Problem(description: "\(path) is not carried out")
    }
}

extension Client.Response {
    /// All that a client sees of it.
    var told: Data { body + Data("\(headers)".utf8) }
}
