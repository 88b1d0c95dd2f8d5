import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
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

    /// What the request needs, and what another one is told without it.
    @Test(arguments: [("version", 422), ("key", 422), ("module", 503), ("policy", 409)])
    func `a PIN that was set is told again when what set it is not there any more`(gone: String, status: Int)
        async throws
    {
        let door = try Door()
        try await door.run { caller in
            let card = try await caller.makeCard().card
            let revealed = try #require(try await caller.post("/v1/cards/\(card)/reveal")["pan"])
            let pan = try #require(PAN(ascii: revealed.utf8))
            let path = "/v1/cards/\(card)/pin"
            let body = try PINText.body(door.pins, "1234", pan, .format0)
            let first = try await caller.post(path, body, key: "k")
            #expect(first.status == 200)
            switch gone {
            case "version": _ = try door.pins.rotated(isOver: true)
            case "key": door.pins.keys.replace(by: [])
            case "module": door.pins.hsm.forget(door.pins.hsm.names)
            default:
                var program = try #require(door.ledger.program(door.programs[0]))
                program.verification = nil
                door.ledger.add(program)
            }
            let repeated = try await caller.post(path, body, key: "k")
            #expect(repeated.status == 200 && repeated.text == first.text, "\(repeated.text)")
            let other = try PINText.body(door.pins, "1234", pan, .format4)
            #expect(try await caller.post(path, other, key: "k")["code"] == "idempotency_key_reused")
            let late = try await caller.post(path, body, key: "late")
            #expect(late.status == status, "\(late.text)")
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
