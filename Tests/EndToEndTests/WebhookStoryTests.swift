import Foundation
import PostgresLedger
import Synchronization
import TestSupport
import Testing

/// Events that are sent, while the process dies under them.
@Suite struct WebhookStoryTests {
    static let allowing = ["AVAL_WEBHOOK_ALLOW": "127.0.0.0/8"]

    /// Kills a process after so many more messages, before the last one is answered or after.
    private final class Trap: Sendable {
        private let state = Mutex<(process: AvalProcess?, left: Int, isAnswered: Bool)>((nil, 0, false))

        func set(_ process: AvalProcess, after messages: Int, isAnswered: Bool) {
            state.withLock { $0 = (process, messages, isAnswered) }
        }

        func passed(isAnswered: Bool) {
            let process = state.withLock { state -> AvalProcess? in
                guard state.isAnswered == isAnswered else { return nil }
                state.left -= 1
                return state.left == 0 ? state.process : nil
            }
            if let process { kill(process.identifier, SIGKILL) }
        }
    }

    static func id(_ message: WebhookReceiver.Message) -> String { message.field("id") as? String ?? "" }

    @Test func `each event arrives in its account's order after its commit, though the process is killed`() async throws
    {
        let installation = try AvalProcess.Installation.make()
        let database = installation.database
        let trap = Trap()
        let early = Mutex(0)
        let receiver = try WebhookReceiver { count, message in
            let row = "SELECT count(*)::text FROM journal WHERE id = '\(Self.id(message).dropFirst(4))'"
            if (try? database.texts(row)) != ["1"] { early.withLock { $0 += 1 } }
            trap.passed(isAnswered: false)
            return (count % 29 == 7 ? 503 : 200, [], [])
        } afterwards: {
            trap.passed(isAnswered: true)
        }
        defer { receiver.stop() }
        var server = try AvalProcess(installation, Self.allowing)
        var client = Client(server, installation)
        let url = "http://127.0.0.1:\(receiver.port)/events"
        _ = try await client.post("/v1/webhook-endpoints", #"{"url":"\#(url)"}"#).expecting(201)
        var cards: [String] = []
        for round in 0..<4 {
            for _ in 0..<2 { cards.append(try await client.openAccount(funded: 1_000_000).card) }
            // Either it never hears that the message came, or it cannot note it any more.
            trap.set(server, after: 9 + 7 * round, isAnswered: round % 2 == 1)
            let payments = Task { [client, cards] in
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<40 {
                        // Those that the end of the process cuts off are not answered.
                        group.addTask { _ = try? await client.authorize(cards[index % cards.count], 100) }
                    }
                }
            }
            let dying = server
            #expect(try await onOwnThread { dying.wait() } == SIGKILL)
            await payments.value
            // A lease that its process took with it is not waited for.
            try TestDatabase.connect(database.ownerURL).run(script: "UPDATE webhook_endpoints SET leased_until = NULL")
            server = try AvalProcess(installation, Self.allowing)
            client = Client(server, installation)
        }
        // The process still marks what the last one left open.
        var expected = try Self.journal(database)
        for _ in 0..<1_200 where Self.arrived(receiver) != expected {
            try await Task.sleep(for: .milliseconds(100))
            expected = try Self.journal(database)
        }
        #expect(Self.arrived(receiver) == expected)
        #expect(early.withLock { $0 } == 0)
        #expect(receiver.messages.contains { $0.status == 503 })
        Self.checkOrder(receiver.messages.filter { $0.status == 200 })
        #expect(server.stop() == 0)
    }

    static func arrived(_ receiver: WebhookReceiver) -> Set<String> {
        Set(receiver.messages.filter { $0.status == 200 }.map(id))
    }

    /// What arrived before may come again; what is new follows on what arrived.
    static func checkOrder(_ messages: [WebhookReceiver.Message]) {
        var last: [String: Int] = [:]
        for message in messages {
            guard let account = message.field("account_id") as? String,
                let sequence = message.field("account_sequence") as? Int
            else {
                Issue.record("a message that is no event")
                continue
            }
            let seen = last[account] ?? 0
            #expect(sequence <= seen + 1, "\(account) goes from \(seen) to \(sequence)")
            last[account] = max(seen, sequence)
        }
    }

    static func journal(_ database: TestDatabase) throws -> Set<String> {
        Set(try database.texts("SELECT 'evt_' || replace(id::text, '-', '') FROM journal"))
    }

    @Test func `a private address is refused, and an endpoint that comes to redirect is told so`() async throws {
        let installation = try AvalProcess.Installation.make()
        let receiver = try WebhookReceiver { count, _ in (count == 0 ? 200 : 307, ["Location: http://127.0.0.1/"], []) }
        defer { receiver.stop() }
        let body = #"{"url":"http://127.0.0.1:\#(receiver.port)/"}"#
        let strict = try AvalProcess(installation)
        let refused = try await Client(strict, installation).post("/v1/webhook-endpoints", body).expecting(422)
        #expect(refused.text("code") == "webhook_address_refused")
        #expect(strict.stop() == 0)
        let server = try AvalProcess(installation, Self.allowing)
        let client = Client(server, installation)
        let made = try await client.post("/v1/webhook-endpoints", body).expecting(201)
        let path = "/v1/webhook-endpoints/\(made.text("id"))"
        let tested = try await client.post("\(path)/test", "{}").expecting(200)
        #expect(tested.json["delivered"] as? Bool == true && tested.number("status") == 200, "\(tested.json)")
        #expect(receiver.messages.first?.field("type") as? String == "webhook.test")
        _ = try await client.openAccount(funded: 100)
        var problem = ""
        for _ in 0..<300 where problem.isEmpty {
            try await Task.sleep(for: .milliseconds(100))
            let listed = try await client.get("\(path)/deliveries").expecting(200).json["items"] as? [[String: Any]]
            problem = listed?.first?["last_problem"] as? String ?? ""
        }
        #expect(problem == "redirected")
        #expect(server.stop() == 0)
    }
}
