import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import CardNetwork
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import TestSupport
import Testing

@testable import HTTPAPI

/// The HTTP door over a ledger in memory, with two tenants that have a program each.
struct Door {
    static let keys = ["a", "b"].compactMap { AccessKey(text: "aval_sk_" + String(repeating: $0, count: 64)) }

    let ledger = InMemoryLedger()
    let inbox = LaneInbox()
    let reveals = InMemoryReveals()
    let kept: InMemoryPrograms
    let cardholders: InMemoryCardholders
    let batches: InMemoryCardBatches
    let clients: InMemoryClients
    let webhooks: InMemoryWebhooks
    let programs: [ProgramID]
    let tenants: [TenantID]
    let services: HTTPServices
    /// Of the first program.
    let pins: TestPINs

    /// - Parameter holdsProgramsUp: no version of a program comes into force.
    init(
        revealsDirectly: Bool = true,
        rates: KeyRates = KeyRates(),
        holdsProgramsUp: Bool = false,
        longestStream: Duration = .seconds(1),
        logger: Logger = Logger(label: "door") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        let keys = try (1...3).map { digit in
            try #require(SecretKey(hexadecimal: Array(String(repeating: "\(digit)", count: 64).utf8)))
        }
        let euro = try #require(Currency(alphabetic: "EUR"))
        let start = Instant(microseconds: 1_700_000_000_000_000)
        var programs: [ProgramID] = [], tenants: [TenantID] = []
        for (index, key) in Self.keys.enumerated() {
            let tenant = TenantID(at: start, shard: Shard(truncating: 0), entropy: UInt64(index))
            let program = ProgramID(at: start, shard: Shard(truncating: 0), entropy: UInt64(index))
            let id = APIKeyID(at: start, shard: Shard(truncating: 0), entropy: UInt64(index))
            ledger.add(TenantKey(id: id, tenant: tenant), hash: key.hash)
            tenants.append(tenant)
            ledger.add(
                Program(
                    id: program,
                    tenant: tenant,
                    version: 1,
                    timeZone: "UTC",
                    bin: "400000",
                    currencies: [CurrencyPolicy(currency: euro, transactionLimit: 500_000, dailyLimit: 900_000)],
                    kinds: Set(TransactionKind.allCases)
                )
            )
            programs.append(program)
        }
        self.programs = programs
        self.tenants = tenants
        let vault = PANVault(encryptionKey: keys[0], indexKey: keys[1])
        pins = try TestPINs(for: programs[0], vault: vault)
        var verifying = try #require(ledger.program(programs[0]))
        verifying.verification = pins.policy
        ledger.add(verifying)
        let calendar = BusinessCalendar()
        kept = InMemoryPrograms(ledger, isHeldUp: holdsProgramsUp)
        cardholders = InMemoryCardholders(ledger, kept)
        batches = InMemoryCardBatches(ledger, kept, cardholders)
        clients = InMemoryClients(ledger, kept)
        webhooks = InMemoryWebhooks(kept)
        let engine = AuthorizationEngine(inboxes: [inbox])
        services = HTTPServices(
            engine: engine,
            simulator: PlayedNetwork(engine: engine, fingerprintKey: keys[2]),
            expirer: HoldExpirer(HoldLifetimes(), engine: engine, store: ledger, logger: logger),
            reader: ledger,
            events: EventFeed(ledger),
            programs: kept,
            cardholders: cardholders,
            networks: ["blue", "green"],
            cardBatches: batches,
            clients: clients,
            webhooks: webhooks,
            webhookSender: PretendedSender(),
            vault: vault,
            reveals: reveals,
            revealsDirectly: revealsDirectly,
            fingerprintKey: keys[2],
            calendar: calendar,
            logger: logger,
            pins: pins.module,
            rates: rates,
            longestStream: longestStream
        )
        let (inbox, ledger) = (inbox, ledger)
        Thread.detachNewThread {
            // No answer leaves for a connection here; that none does is recorded elsewhere.
            let answers = LaneAnswers(inbox: LaneInbox())
            Lane(inbox: inbox, store: InMemoryStore(ledger), answers: answers, calendar: calendar, logger: logger).run()
        }
    }

    /// An operator with a key, known to the ledger.
    struct Person {
        let key: AccessKey

        init(_ role: OperatorRole, at door: Door, _ name: String = "alice") throws {
            key = try AccessKey.random(for: .operator)
            let id = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
            door.ledger.add(Operator(id: id, name: try #require(OperatorName(name)), role: role), keyHash: key.hash)
        }

        func send(
            _ path: String,
            _ method: HTTPRequest.Method = .get,
            _ body: String = "",
            tenant: String?,
            key idempotencyKey: String? = nil,
            through caller: Caller
        ) async throws -> Caller.Reply {
            var headers = HTTPFields()
            headers[.authorization] = "Bearer \(key.text)"
            if method == .post { headers[.contentType] = "application/json" }
            if let tenant { headers[try #require(HTTPField.Name(Authenticator.tenantHeader))] = tenant }
            if let idempotencyKey { headers[try #require(HTTPField.Name("Idempotency-Key"))] = idempotencyKey }
            return try await caller.send(path, method, headers, body, as: nil)
        }
    }

    /// Makes the cards of all batches.
    func carryOutBatches() async {
        await CardBatchRunner(
            engine: services.engine,
            issuer: CardIssuer(
                engine: services.engine,
                vault: services.vault,
                calendar: services.calendar,
                keys: services.heldKeys
            ),
            reader: ledger,
            store: batches,
            logger: services.logger
        ).run()
    }

    /// At a real port.
    func serve<Value: Sendable>(
        _ limits: HTTPLimits,
        _ body: @escaping @Sendable (_ port: UInt16) throws -> Value
    ) async throws -> Value {
        let (ports, tell) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(HTTPServerConfiguration(port: 0, limits: limits), services) { tell.yield($0) }
        let serving = Task { try await server.run() }
        var listening = ports.makeAsyncIterator()
        let port = UInt16(try #require(await listening.next()))
        let value = try await onOwnThread { try body(port) }
        serving.cancel()
        _ = await serving.result
        inbox.close()
        return value
    }

    func run(_ body: @escaping @Sendable (Caller) async throws -> Void) async throws {
        let application = Application(router: httpRouter(services), logger: services.logger)
        try await application.test(.router) { client in
            try await body(Caller(client: client, programs: programs))
        }
        inbox.close()
    }
}

/// Sends requests as one of the two tenants.
struct Caller: Sendable {
    let client: any TestClientProtocol
    let programs: [ProgramID]

    struct Reply: Sendable {
        var status: Int
        var headers: HTTPFields
        var text: String

        /// The first string or number that a field of this name has.
        subscript(field: String) -> String? {
            guard let start = text.range(of: "\"\(field)\":")?.upperBound else { return nil }
            let value = text[start...].prefix { $0 != "," && $0 != "}" && $0 != "]" }
            return String(value.replacing("\"", with: ""))
        }
    }

    func post(_ path: String, _ body: String = "", as tenant: Int? = 0, key: String? = nil) async throws -> Reply {
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        if let key, let name = HTTPField.Name("Idempotency-Key") { headers[name] = key }
        return try await send(path, .post, headers, body, as: tenant)
    }

    func get(_ path: String, as tenant: Int? = 0) async throws -> Reply {
        try await send(path, .get, HTTPFields(), "", as: tenant)
    }

    func send(
        _ path: String,
        _ method: HTTPRequest.Method,
        _ headers: HTTPFields,
        _ body: String,
        as tenant: Int?
    ) async throws -> Reply {
        var headers = headers
        if let tenant { headers[.authorization] = "Bearer \(Door.keys[tenant].text)" }
        return try await client.execute(
            uri: path,
            method: method,
            headers: headers,
            body: body.isEmpty ? nil : ByteBuffer(string: body)
        ) { response in
            Reply(
                status: Int(response.status.code),
                headers: response.headers,
                text: String(buffer: response.body)
            )
        }
    }

    /// Opens and funds an account with 1,000 euro and issues a card.
    func makeCard() async throws -> (account: String, card: String) {
        let opening = #"{"program_id":"\#(programs[0])","balances":[{"currency":"EUR"}]}"#
        let account = try #require(try await post("/v1/accounts", opening)["id"])
        _ = try await post(
            "/v1/accounts/\(account)/fundings",
            #"{"amount":{"amount":100000,"currency":"EUR"}}"#,
            key: "fund-\(account)"
        )
        let card = try #require(try await post("/v1/accounts/\(account)/cards")["id"])
        return (account, card)
    }

    static func payment(_ subject: String, _ amount: Int64 = 2_500) -> String {
        let merchant = #"{"name":"Corner Bakery","id":"B1","mcc":"5462","country":"DE","city":"Berlin"}"#
        let money = #"{"amount":\#(amount),"currency":"EUR"}"#
        return #"{\#(subject),"transaction_amount":\#(money),"kind":"purchase","merchant":\#(merchant)}"#
    }
}
