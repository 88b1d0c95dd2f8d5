import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation
import Logging
import PostgresLedger
import Synchronization
import TestSupport
import Testing

/// Takes messages, and answers what it is told to.
final class ToldSender: WebhookSender {
    struct Message: Hashable {
        var id: String
        var timestamp: Int64
        var signatures: [String]
        var body: [UInt8]
        var isDelivered: Bool
    }

    struct Line: WebhookLine {
        let sender: ToldSender

        func post(_ message: WebhookMessage) async -> WebhookResult {
            sender.kept.withLock { kept in
                let result = kept.answer(String(decoding: message.body, as: UTF8.self))
                let signatures = message.signatures.split(separator: " ").map(String.init)
                kept.messages.append(
                    Message(
                        id: message.id,
                        timestamp: message.timestamp,
                        signatures: signatures,
                        body: message.body,
                        isDelivered: result.isDelivered
                    )
                )
                return result
            }
        }

        func close() async {}
    }

    private struct Kept {
        var messages: [Message] = []
        var answer: @Sendable (String) -> WebhookResult = { _ in .answered(status: 200) }
        /// Whose endpoints no line is opened to, and how many wait for one.
        var slow: TenantID?
        var waiting = 0
    }

    private let kept = Mutex(Kept())

    var messages: [Message] { kept.withLock { $0.messages } }

    /// Texts of what was delivered, in the order in which it arrived.
    var delivered: [String] { messages.filter(\.isDelivered).map { String(decoding: $0.body, as: UTF8.self) } }

    /// - Parameter answer: to a message's body.
    func tell(_ answer: @escaping @Sendable (String) -> WebhookResult) { kept.withLock { $0.answer = answer } }

    /// Nothing is sent to the tenant's endpoints until the courier stops.
    func holdUp(_ tenant: TenantID) { kept.withLock { $0.slow = tenant } }

    var waiting: Int { kept.withLock { $0.waiting } }

    func open(_ url: WebhookURL, for tenant: TenantID) async -> Result<any WebhookLine, WebhookRefusal> {
        if kept.withLock({ $0.slow == tenant }) {
            kept.withLock { $0.waiting += 1 }
            while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
        }
        return .success(Line(sender: self))
    }
}

/// A ledger with an endpoint and a courier whose messages are an account's entropy and a sequence.
struct WebhookWorld {
    let ledger: TestLedger
    let store: PostgresWebhookStore
    let reader: PostgresEventReader
    let vault: PANVault
    let sender = ToldSender()
    let endpoint: WebhookEndpoint
    let secret: WebhookSecret
    private let owner: PostgresConnection

    init() async throws {
        ledger = try TestLedger(try TestDatabase.make())
        // Leases run out where a test says so.
        store = PostgresWebhookStore(
            url: ledger.database.servingURL,
            timeout: .seconds(10),
            leaseLength: .seconds(3_600)
        )
        reader = PostgresEventReader(url: ledger.database.servingURL, timeout: .seconds(30))
        vault = PANVault(encryptionKey: try .random(), indexKey: try .random())
        owner = try TestDatabase.connect(ledger.database.ownerURL)
        endpoint = try Self.endpoint(of: ledger.tenant)
        secret = try .random()
        #expect(try await add(endpoint, secret) == .stored)
    }

    static func endpoint(of tenant: TenantID) throws -> WebhookEndpoint {
        WebhookEndpoint(
            id: WebhookEndpointID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: tenant,
            url: try #require(WebhookURL("https://example.com/")),
            types: nil,
            description: "",
            createdAt: .wallClock
        )
    }

    /// Something to send to an endpoint, of no account.
    static func delivery(_ number: Int64) -> WebhookDelivery {
        WebhookDelivery(
            account: AccountID(high: 0, low: 1),
            sequence: number,
            event: EventID(high: 0, low: UInt64(number)),
            body: [],
            nextAt: .wallClock
        )
    }

    func add(_ endpoint: WebhookEndpoint, _ secret: WebhookSecret) async throws -> WriteOutcome {
        try await store.add(endpoint, try SealedWebhookSecret(secret, of: endpoint.id, vault), Self.unkeyed)
    }

    static let unkeyed = KeyedAnswer(by: nil, request: nil, answer: [])

    func end() {
        store.close()
        reader.close()
        ledger.close()
    }

    /// Changes what no time is waited for.
    func run(_ sql: String) throws { try owner.run(script: sql) }

    func stored() async throws -> WebhookEndpoint {
        try #require(try await store.endpoint(endpoint.id, of: ledger.tenant))
    }

    func deliveries(of other: WebhookEndpoint? = nil) async throws -> [WebhookDelivery] {
        try await store.deliveries(of: (other ?? endpoint).id, after: nil, limit: 1_000)
    }

    /// One of these types only.
    func endpoint(_ types: Set<EventType>) throws -> WebhookEndpoint {
        var endpoint = try Self.endpoint(of: ledger.tenant)
        endpoint.types = types
        return endpoint
    }

    static func text(_ account: AccountID, _ sequence: Int64) -> String { "\(account) \(sequence)" }

    static func text(_ notice: WebhookNotice) -> String {
        let last = notice.last?.problem ?? "nothing"
        return "\(notice.endpoint.id) \(notice.disabled.reason.name) \(last) \(notice.waiting)"
    }

    /// Lets the courier run until a condition is met, or half a minute is over.
    func carry(until isDone: () async throws -> Bool) async throws {
        let courier = WebhookCourier(
            store: store,
            events: reader,
            sender: sender,
            vault: vault,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            noticeDocument: { Array(Self.text($0).utf8) },
            document: { Array(Self.text($0.account, $0.entry.sequence).utf8) }
        )
        let running = Task { await courier.run() }
        for _ in 0..<1_500 {
            if try await isDone() { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await isDone())
        running.cancel()
        await running.value
    }
}

extension WebhookEndpoint {
    /// As PostgreSQL has it.
    var uuid: String { String(id.description.dropFirst(4)) }
}
