import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

/// Every change of the API, sent again with its key.
@Suite struct IdempotencyTests {
    /// What two requests need: the one that is repeated, and another one that takes its key.
    struct Mutation {
        var path: String
        var body: String
        var other: String
        var asOperator = false
    }

    private final class Log: Sendable {
        private let kept = Mutex<[String]>([])

        var entries: [String] { kept.withLock { $0 } }

        func add(_ entry: String) { kept.withLock { $0.append(entry) } }
    }

    /// Answers that are secret are not kept: a repeat is carried out anew. A test message is no change.
    private static let unkept: Set<APIOperation> = [.revealCard, .makeRevealToken, .testWebhookEndpoint]
    /// Of these all is kept but the secret, which is told once.
    private static let toldOnce: Set<APIOperation> = [
        .createAPIKey, .rotateAPIKey, .createWebhookEndpoint, .rotateWebhookSecret,
    ]
    /// What takes no field has no other content that is right.
    private static let withoutFields: Set<APIOperation> = [
        .issueCard, .cancelCardBatch, .removeWebhookEndpoint, .rotateWebhookSecret, .eraseCardholder, .simulateExpiry,
    ]

    private static func program(_ limit: Int, _ more: String, bin: String = "400000") -> String {
        let currency = #"{"currency":"EUR","transaction_limit":\#(limit),"daily_limit":9000}"#
        return #"{"time_zone":"UTC","bin":"\#(bin)","currencies":[\#(currency)],"kinds":["purchase"],\#(more)}"#
    }

    /// One of each, on an account, a card and authorizations of their own.
    private static func mutations(_ caller: Caller, _ door: Door) async throws -> [APIOperation: Mutation] {
        let (account, card) = try await caller.makeCard()
        func authorize() async throws -> String {
            let reply = try await caller.post("/v1/authorizations", Caller.payment(#""card_id":"\#(card)""#))
            return try #require(reply["id"])
        }
        let revealed = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
        let pan = try #require(PAN(ascii: revealed.utf8))
        // What a block holds tells no requests apart, how it came does.
        let formats: [PINBlockFormat] = [.format0, .format4]
        let pins = try formats.map { try PINText.body(door.pins, "1234", pan, $0) }
        func money(_ amount: Int) -> String { #"{"amount":{"amount":\#(amount),"currency":"EUR"}}"# }
        func reason(_ text: String) -> String { #"{"reason":"\#(text)"}"# }
        func status(_ text: String) -> String { #"{"status":"frozen","reason":"\#(text)"}"# }
        func opening(_ limit: Int) -> String {
            let balance = #"{"currency":"EUR","credit_limit":\#(limit)}"#
            return #"{"program_id":"\#(caller.programs[0])","balances":[\#(balance)]}"#
        }
        let reversed = "/v1/authorizations/\(try await authorize())/reversals"
        let cleared = "/v1/authorizations/\(try await authorize())/clearings"
        let spare = try await caller.makeCard()
        let payments = [1_000, 2_000].map { Caller.payment(#""card_id":"\#(card)""#, $0) }
        return [
            .openAccount: Mutation(path: "/v1/accounts", body: opening(0), other: opening(1)),
            .changeAccountStatus: Mutation(
                path: "/v1/accounts/\(spare.account)/status",
                body: status("a"),
                other: status("b")
            ),
            .fundAccount: Mutation(path: "/v1/accounts/\(account)/fundings", body: money(1), other: money(2)),
            .issueCard: Mutation(path: "/v1/accounts/\(account)/cards", body: "{}", other: #"{"x":1}"#),
            .changeCardStatus: Mutation(path: "/v1/cards/\(spare.card)/status", body: status("a"), other: status("b")),
            .setPIN: Mutation(path: "/v1/cards/\(card)/pin", body: pins[0], other: pins[1]),
            .unblockPIN: Mutation(path: "/v1/cards/\(card)/pin/unblock", body: reason("a"), other: reason("b")),
            .authorize: Mutation(path: "/v1/authorizations", body: payments[0], other: payments[1]),
            .reverseAuthorization: Mutation(path: reversed, body: "{}", other: #"{"new_total":5}"#),
            .clearAuthorization: Mutation(path: cleared, body: money(10), other: money(11)),
            .createProgram: Mutation(
                path: "/v1/programs",
                body: program(5, #""name":"a""#, bin: "510000"),
                other: program(6, #""name":"a""#, bin: "510000"),
                asOperator: true
            ),
            .changeProgram: Mutation(
                path: "/v1/programs/\(caller.programs[0])/versions",
                body: program(5, #""version_in_force":1,"needs_approval":true"#),
                other: program(6, #""version_in_force":1"#),
                asOperator: true
            ),
        ]
    }

    /// Of money without a card, and of what comes in a card's place.
    private static func moreMutations(
        _ caller: Caller,
        as administrator: Door.Person,
        _ tenant: String
    ) async throws -> [APIOperation: Mutation] {
        let (account, _) = try await caller.makeCard()
        let receiver = try await caller.makeCard().account
        let (renewed, waiting, replaced) = (
            try await caller.makeCard().card, try await caller.makeCard().card, try await caller.makeCard().card
        )
        _ = try await caller.post("/v1/cards/\(waiting)/instances", #"{"reason":"renewal"}"#)
        let tokens = "/v1/cards/\(renewed)/tokens"
        func number(_ text: String) -> String { #"{"number":"\#(text)"}"# }
        let token = try #require(try await caller.post(tokens, number("4895370012345671"))["id"])
        func money(_ amount: Int, _ more: String = "") -> String {
            #"{"amount":{"amount":\#(amount),"currency":"EUR"}\#(more)}"#
        }
        func reason(_ text: String) -> String { #","reason":"\#(text)""# }
        let holds = "/v1/accounts/\(account)/legal-holds"
        let held = try await administrator.send(holds, .post, money(5, reason("a")), tenant: tenant, through: caller)
        let release = "/v1/legal-holds/\(try #require(held["id"]))/release"
        func transfer(_ amount: Int) -> String { money(amount, #","to_account_id":"\#(receiver)""#) }
        func adjustment(_ amount: Int) -> String { money(amount, #","direction":"credit""# + reason("a")) }
        func ending(_ status: String) -> String { #"{"status":"\#(status)","reason":"a"}"# }
        func batch(_ reference: String) -> String {
            #"{"rows":[{"reference":"\#(reference)","account_id":"\#(account)"}]}"#
        }
        let cancelled = try #require(try await caller.post("/v1/card-batches", batch("c"), key: "batch-c")["id"])
        return try await webhookMutations(caller).merging(cardholderMutations(caller)) { first, _ in first }.merging([
            .createCardBatch: Mutation(path: "/v1/card-batches", body: batch("a"), other: batch("b")),
            .cancelCardBatch: Mutation(
                path: "/v1/card-batches/\(cancelled)/cancellation",
                body: "{}",
                other: #"{"x":1}"#
            ),
            .withdraw: Mutation(path: "/v1/accounts/\(account)/withdrawals", body: money(1), other: money(2)),
            .setCreditLimit: Mutation(
                path: "/v1/accounts/\(account)/credit-limit",
                body: money(1, reason("a")),
                other: money(1, reason("b"))
            ),
            .transferMoney: Mutation(path: "/v1/accounts/\(account)/transfers", body: transfer(1), other: transfer(2)),
            .adjustBalance: Mutation(
                path: "/v1/accounts/\(account)/adjustments",
                body: adjustment(1),
                other: adjustment(2),
                asOperator: true
            ),
            .placeLegalHold: Mutation(
                path: holds,
                body: money(1, reason("a")),
                other: money(1, reason("b")),
                asOperator: true
            ),
            .releaseLegalHold: Mutation(
                path: release,
                body: #"{"reason":"a"}"#,
                other: #"{"reason":"b"}"#,
                asOperator: true
            ),
            .registerToken: Mutation(
                path: tokens,
                body: number("4895370012345689"),
                other: number("4895370012003478")
            ),
            .changeTokenStatus: Mutation(
                path: "/v1/tokens/\(token)/status",
                body: ending("suspended"),
                other: ending("deleted")
            ),
            .reissueCard: Mutation(
                path: "/v1/cards/\(renewed)/instances",
                body: #"{"reason":"renewal"}"#,
                other: #"{"reason":"replacement"}"#
            ),
            .activateInstance: Mutation(
                path: "/v1/cards/\(waiting)/instances/activate",
                body: #"{"sequence_number":1}"#,
                other: #"{"sequence_number":2}"#
            ),
            .replaceCard: Mutation(
                path: "/v1/cards/\(replaced)/replacements",
                body: ending("lost"),
                other: ending("stolen")
            ),
        ]) { first, _ in first }
    }

    private static func cardholderMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        func cardholder(_ more: [String] = []) async throws -> String {
            let path = "/v1/cardholders/" + (try #require(try await caller.post("/v1/cardholders")["id"]))
            for status in more {
                _ = try await caller.post("\(path)/status", #"{"status":"\#(status)","reason":"a"}"#)
            }
            return path
        }
        func reference(_ text: String) -> String { #"{"reference":"\#(text)"}"# }
        func status(_ text: String) -> String { #"{"status":"\#(text)","reason":"a"}"# }
        let (changed, closed) = (try await cardholder(), try await cardholder(["closed"]))
        return [
            .createCardholder: Mutation(path: "/v1/cardholders", body: reference("a"), other: reference("b")),
            .changeCardholder: Mutation(path: "\(changed)/changes", body: reference("c"), other: reference("d")),
            .changeCardholderStatus: Mutation(
                path: "\(changed)/status",
                body: status("suspended"),
                other: status("closed")
            ),
            .eraseCardholder: Mutation(path: "\(closed)/erasure", body: "{}", other: #"{"x":1}"#),
        ]
    }

    private static func webhookMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        let path = "/v1/webhook-endpoints"
        let body = #"{"url":"https://example.com/"}"#
        var made: [String] = []
        for _ in 0..<2 { made.append("\(path)/\(try #require(try await caller.post(path, body)["id"]))") }
        let others = #"{"x":1}"#
        func replay(_ day: Int) -> String {
            #"{"occurred_from":"2020-01-0\#(day)T00:00:00Z","occurred_to":"2020-01-03T00:00:00Z"}"#
        }
        return [
            .createWebhookEndpoint: Mutation(path: path, body: body, other: #"{"url":"https://example.org/"}"#),
            .changeWebhookEndpoint: Mutation(
                path: "\(made[0])/changes",
                body: #"{"enabled":false}"#,
                other: #"{"enabled":true}"#
            ),
            .rotateWebhookSecret: Mutation(path: "\(made[0])/secret", body: "{}", other: others),
            .replayWebhookEvents: Mutation(path: "\(made[0])/replays", body: replay(1), other: replay(2)),
            .removeWebhookEndpoint: Mutation(path: "\(made[1])/removal", body: "{}", other: others),
        ]
    }

    /// Of the tenant's keys, each on one of its own.
    private static func keyMutations(_ caller: Caller) async throws -> [APIOperation: Mutation] {
        func key() async throws -> String {
            let made = try await caller.post("/v1/api-keys", #"{"label":"a"}"#)
            return "/v1/api-keys/" + (try #require(made["id"]))
        }
        func overlap(_ seconds: Int) -> String { #"{"overlap_seconds":\#(seconds)}"# }
        func rate(_ number: Int) -> String { #"{"rate":{"per_second":\#(number)}}"# }
        let (changed, rotated, revoked) = (try await key(), try await key(), try await key())
        return [
            .createAPIKey: Mutation(path: "/v1/api-keys", body: #"{"label":"a"}"#, other: #"{"label":"b"}"#),
            .changeAPIKey: Mutation(path: changed + "/terms", body: rate(1), other: rate(2)),
            .rotateAPIKey: Mutation(path: rotated + "/secrets", body: overlap(1), other: overlap(2)),
            .revokeAPIKey: Mutation(path: revoked + "/revoke", body: "{}", other: #"{"even_last":true}"#),
        ]
    }

    private static func withoutSecret(_ text: String) -> String {
        text.replacing(/"secret":"(?:whsec|aval_sk)_[^"]*"/, with: #""secret":null"#)
    }

    @Test func `what was made is told again when the program has no such product or type of account any more`()
        async throws
    {
        let door = try Door()
        var program = try #require(door.ledger.program(door.programs[0]))
        program.accountTypes = [.debit]
        program.issuing.products = [CardProduct(name: "gold", form: .virtual)]
        door.ledger.add(program)
        program.accountTypes = [.credit]
        program.issuing.products = [CardProduct(name: "blue", form: .virtual)]
        let changed = program
        try await door.run { caller in
            let balances = #""balances":[{"currency":"EUR"}]"#
            let opening = #"{"program_id":"\#(caller.programs[0])","type":"debit",\#(balances)}"#
            let account = try await caller.post("/v1/accounts", opening, key: "open")
            let cards = "/v1/accounts/\(try #require(account["id"]))/cards"
            let gold = #"{"product":"gold"}"#
            let card = try await caller.post(cards, gold, key: "issue")
            let replacements = "/v1/cards/\(try #require(card["id"]))/replacements"
            let lost = #"{"status":"lost","reason":"x"}"#
            let new = try await caller.post(replacements, lost, key: "replace")
            door.ledger.add(changed)
            for (path, body, key, first) in [
                ("/v1/accounts", opening, "open", account), (cards, gold, "issue", card),
                (replacements, lost, "replace", new),
            ] {
                #expect(first.status == 201)
                #expect(try await caller.post(path, body, key: key).text == first.text, "\(key)")
                #expect(try await caller.post(path, body, key: key + "-late").status == 422, "\(key)")
            }
            #expect(try await caller.post(cards, "{}", key: "issue")["code"] == "idempotency_key_reused")
        }
    }

    @Test func `a key of a payment is not a key of what is changed away from the lanes, nor the other way`()
        async throws
    {
        try await Door().run { caller in
            let opening = #"{"program_id":"\#(caller.programs[0])","balances":[{"currency":"EUR"}]}"#
            #expect(try await caller.post("/v1/accounts", opening, key: "one").status == 201)
            let account = try await caller.makeCard().account
            let batch = #"{"rows":[{"reference":"a","account_id":"\#(account)"}]}"#
            for (path, body) in [("/v1/api-keys", #"{"label":"x"}"#), ("/v1/card-batches", batch)] {
                #expect(try await caller.post(path, body, key: "one")["code"] == "idempotency_key_reused", "\(path)")
                #expect(try await caller.post(path, body, key: path).status == 201, "\(path)")
                let funding = #"{"amount":{"amount":1,"currency":"EUR"}}"#
                let funded = try await caller.post("/v1/accounts/\(account)/fundings", funding, key: path)
                #expect(funded.status == 422 && funded["code"] == "idempotency_key_reused", "\(path): \(funded.text)")
            }
            #expect(try await caller.get("/v1/accounts/\(account)").text.contains(#""posted":100000"#))
        }
    }

    @Test func `each change sent again gets its answer, and with other content is refused`() async throws {
        let door = try Door()
        let administrator = try Door.Person(.administrator, at: door)
        let tenant = "\(door.tenants[0])"
        try await door.run { caller in
            let mutations = try await Self.mutations(caller, door).merging(
                Self.moreMutations(caller, as: administrator, tenant)
            ) { first, _ in first }.merging(Self.keyMutations(caller)) { first, _ in first }
                .merging(Self.simulations(caller, door)) { first, _ in first }
            let changes = APIOperation.allCases.filter { $0.method == .post }
            // An approval needs two operators and a proposal, a withdrawal a proposal: they are with the programs.
            let elsewhere = Self.unkept.union([.approveProgram, .withdrawProgram])
            #expect(Set(changes) == Set(mutations.keys).union(elsewhere))
            for operation in changes {
                guard let mutation = mutations[operation] else { continue }
                func send(_ body: String) async throws -> Caller.Reply {
                    let key = "key-\(operation)"
                    return mutation.asOperator
                        ? try await administrator.send(
                            mutation.path,
                            .post,
                            body,
                            tenant: tenant,
                            key: key,
                            through: caller
                        ) : try await caller.post(mutation.path, body, key: key)
                }
                let first = try await send(mutation.body)
                #expect((200...201).contains(first.status), "\(operation): \(first.text)")
                let repeated = try await send(mutation.body)
                let name = try #require(HTTPField.Name("Idempotency-Replayed"))
                #expect(first.headers[name] == nil && repeated.headers[name] == "true", "\(operation)")
                var expected = first.text
                if Self.toldOnce.contains(operation) {
                    let secret = try #require(first["secret"])
                    #expect(!repeated.text.contains(secret), "\(operation)")
                    expected = Self.withoutSecret(expected)
                }
                #expect(repeated.status == first.status && repeated.text == expected, "\(operation)")
                let other = try await send(mutation.other)
                let code = Self.withoutFields.contains(operation) ? "invalid_request" : "idempotency_key_reused"
                #expect(other.status == 422 && other["code"] == code, "\(operation): \(other.text)")
            }
        }
    }

    @Test func `the document gives each change a key, and the answer that it is in use`() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../openapi/aval.yaml").standardizedFileURL
        let parts = try String(contentsOf: document, encoding: .utf8).components(separatedBy: "\n      operationId: ")
        for operation in APIOperation.allCases where operation.method == .post {
            let text = try #require(parts.first { $0.hasPrefix(operation.rawValue + "\n") })
            let parameter = operation.needsIdempotencyKey ? "RequiredIdempotencyKey" : "IdempotencyKey"
            #expect(text.contains("parameters/\(parameter)'") && text.contains("'409':"), "\(operation)")
        }
    }

    @Test func `what moves money or makes many cards is refused without a key, and does nothing`() async throws {
        let needing: Set<APIOperation> = [.fundAccount, .withdraw, .adjustBalance, .transferMoney, .createCardBatch]
        #expect(Set(APIOperation.allCases.filter(\.needsIdempotencyKey)) == needing)
        let door = try Door()
        let person = try Door.Person(.operator, at: door)
        try await door.run { caller in
            let account = try await caller.makeCard().account
            let receiver = try await caller.makeCard().account
            let amount = #""amount":{"amount":1,"currency":"EUR"}"#
            let bodies: [APIOperation: String] = [
                .createCardBatch: #"{"rows":[{"reference":"a","account_id":"\#(account)"}]}"#,
                .adjustBalance: #"{\#(amount),"direction":"credit","reason":"a"}"#,
                .transferMoney: #"{\#(amount),"to_account_id":"\#(receiver)"}"#,
            ]
            for operation in needing {
                let path = operation.path.replacing(":id", with: account)
                let body = bodies[operation] ?? "{\(amount)}"
                let reply = try await person.send(path, .post, body, tenant: "\(door.tenants[0])", through: caller)
                #expect(reply.status == 422 && reply["code"] == "invalid_request", "\(operation)")
                #expect(reply.text.contains(#""header":"Idempotency-Key""#), "\(operation): \(reply.text)")
            }
            #expect(try await caller.get("/v1/accounts/\(account)").text.contains(#""posted":100000"#))
            #expect(try await caller.get("/v1/card-batches").text == #"{"items":[]}"#)
        }
    }

    @Test func `a repeat waits for the first one, and gets 409 only when its own time is up`() async throws {
        let keys = KeysInFlight()
        let key = ClientKey(tenant: TenantID(at: .wallClock, shard: Shard(truncating: 0), entropy: 1), text: "k")
        let (gate, hold) = AsyncStream<Void>.makeStream()
        let log = Log()
        async let first: Void = keys.run(key, within: .seconds(1)) {
            log.add("running")
            for await _ in gate { break }
            log.add("first")
        }
        while log.entries.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let problem = await #expect(throws: Problem.self) { try await keys.run(key, within: .milliseconds(30)) {} }
        #expect(problem?.code == .requestInProgress && problem?.code.status.code == 409)
        #expect(problem?.retryAfter == 1)
        // Others pass by.
        try await keys.run(ClientKey(tenant: key.tenant, text: "l"), within: .zero) {}
        try await keys.run(nil, within: .zero) {}
        async let second: Void = keys.run(key, within: .seconds(60)) { log.add("second") }
        hold.yield()
        _ = try await (first, second)
        #expect(log.entries == ["running", "first", "second"])
        // One that failed leaves nothing behind.
        await #expect(throws: Problem.self) { try await keys.run(key, within: .zero) { throw Problem.accountNotFound } }
        try await keys.run(key, within: .zero) {}
    }
}
