import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import HTTPAPI

/// A program with charges as its document states it, and what its payments cost.
private struct ChargeSample: Decodable {
    struct Payment: Decodable {
        var kind: String
        var amount: Int64
        var currency: String
        var country: String
        var isExempt: Bool?
        var hold: Int64
        var charges: [String: Int64]

        enum CodingKeys: String, CodingKey {
            case kind, amount, currency, country, hold, charges
            case isExempt = "is_exempt"
        }
    }

    var payments: [Payment]

    static func folder() -> URL { TestEnvironment.repository.appendingPathComponent("Tests/Charges") }

    static func read(_ name: String) throws -> (sample: ChargeSample, program: [String: Any]) {
        let data = try Data(contentsOf: folder().appendingPathComponent("\(name).json"))
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let program = try #require(document["program"] as? [String: Any])
        return (try JSONDecoder().decode(ChargeSample.self, from: data), program)
    }
}

@Suite struct `Charges over HTTP` {
    private static let names = ["argentina-percepciones", "atm-fee", "brazil-iof", "colombia-4x1000"]

    @Test func `every sample has a test`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ChargeSample.folder().path)
        #expect(files.sorted() == Self.names.map { "\($0).json" })
    }

    @Test(arguments: names)
    func `of a sample are taken, shown, and made on its payments`(_ name: String) async throws {
        let (sample, document) = try ChargeSample.read(name)
        var program = document
        program["name"] = name
        let body = try Self.text(program)
        let currency = try #require((program["currencies"] as? [[String: Any]])?.first?["currency"] as? String)
        let door = try Door()
        let ana = try Door.Person(.administrator, at: door, "ana")
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            let made = try await ana.send("/v1/programs", .post, body, tenant: tenant, through: caller)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made["id"])
            #expect(
                made.text == (try await caller.get("/v1/programs/\(id)")).text.replacing(#","proposal":null"#, with: "")
            )
            for payment in sample.payments {
                let card = try await Self.card(of: id, in: currency, isExempt: payment.isExempt ?? false, caller)
                let reply = try await caller.post("/v1/authorizations", Self.request(payment, with: card))
                #expect(reply["status"] == "approved", "\(reply.text)")
                let authorization = try Self.object(reply.text)
                let hold = try #require(authorization["hold"] as? [String: Any])
                #expect(hold["amount"] as? Int64 == payment.hold)
                #expect(try Self.amounts(of: authorization) == payment.charges)
                let read = try await caller.get("/v1/authorizations/\(try #require(reply["id"]))")
                #expect(try Self.amounts(of: Self.object(read.text)) == payment.charges)
            }
        }
    }

    private static func card(
        of program: String,
        in currency: String,
        isExempt: Bool,
        _ caller: Caller
    ) async throws -> String {
        let opening =
            #"{"program_id":"\#(program)","balances":[{"currency":"\#(currency)"}],"charge_exempt":\#(isExempt)}"#
        let opened = try await caller.post("/v1/accounts", opening)
        #expect(opened["charge_exempt"] == "\(isExempt)")
        let account = try #require(opened["id"])
        #expect(try await caller.get("/v1/accounts/\(account)")["charge_exempt"] == "\(isExempt)")
        let funds = #"{"amount":{"amount":100000000,"currency":"\#(currency)"}}"#
        let path = "/v1/accounts/\(account)/fundings"
        #expect(try await caller.post(path, funds, key: "fund-\(account)").status == 201)
        return try #require(try await caller.post("/v1/accounts/\(account)/cards")["id"])
    }

    private static func request(_ payment: ChargeSample.Payment, with card: String) -> String {
        """
        {"card_id":"\(card)","kind":"\(payment.kind)",
        "transaction_amount":{"amount":\(payment.amount),"currency":"\(payment.currency)"},
        "merchant":{"name":"Shop","id":"SHOP-1","mcc":"5812","country":"\(payment.country)","city":"Here"}}
        """
    }

    private static func amounts(of authorization: [String: Any]) throws -> [String: Int64] {
        let charges = try #require(authorization["charges"] as? [[String: Any]])
        return try Dictionary(
            charges.map { (try #require($0["code"] as? String), try #require($0["amount"] as? Int64)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static func text(_ object: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    }
}
