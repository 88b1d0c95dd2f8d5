import Foundation
import ISO8583
import PostgresLedger
import TestSupport
import Testing

/// Answers that are lost on their way, and what becomes of the holds behind them.
@Suite struct AnswerStoryTests {
    private struct NotSeen: Error, CustomStringConvertible {
        var description: String
    }

    /// A service behind a proxy to its database, with a funded card.
    private struct World {
        let installation: AvalProcess.Installation
        let proxy: BreakingProxy
        let server: AvalProcess
        let client: Client
        let holder: Holder
        /// One for all messages: a repeat has its original's time.
        let factory: MessageFactory

        static func make() async throws -> World {
            let installation = try AvalProcess.Installation.make()
            let proxy = try BreakingProxy(to: installation.database)
            let server = try AvalProcess.patient(installation, ["AVAL_DATABASE_URL": proxy.url])
            let client = Client(server, installation)
            let holder = try await client.openAccount(funded: 10_000)
            return World(
                installation: installation,
                proxy: proxy,
                server: server,
                client: client,
                holder: holder,
                factory: MessageFactory(pan: holder.pan)
            )
        }

        /// Sends a purchase and waits until it is committed, with its answer held back.
        func commitWithoutAnswer(_ wire: Wire, _ amount: Int64, trace: Int64) async throws {
            proxy.arm(.holdAnswer)
            try wire.write(factory.purchase(amount, trace: trace))
            try proxy.waitForHold()
        }

        /// Amounts of the uncertain holds, as the database has them.
        func uncertain() throws -> [String] {
            try installation.database.texts("SELECT held::text FROM authorizations WHERE uncertain ORDER BY held")
        }

        func waitForUncertain(_ expected: [String]) async throws {
            for _ in 0..<6_000 {
                if try uncertain() == expected { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            let journal = try installation.database.texts(
                "SELECT kind || ' at ' || decided_at FROM journal ORDER BY decided_at, seq"
            )
            throw NotSeen(description: "uncertain: \(try uncertain()) instead of \(expected), journal: \(journal)")
        }

        func end() throws {
            proxy.remove()
            let verified = try AvalProcess.command(["ledger", "verify"], on: installation.database)
            #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        }
    }

    @Test func `a crash between COMMIT and answer leaves an uncertain hold that a repeat settles`() async throws {
        let world = try await World.make()
        try await world.commitWithoutAnswer(try Wire(world.server), 1_500, trace: 1)
        world.server.crash()
        world.proxy.resume()
        let restarted = try AvalProcess(world.installation)
        try await world.waitForUncertain(["1500"])
        let client = Client(restarted, world.installation)
        #expect(try await client.balance(world.holder.account) == [10_000, 1_500, 8_500])
        let listed = try AvalProcess.command(["uncertain"], on: world.installation.database)
        #expect(listed.output.contains(world.holder.account) && listed.output.contains("1500 EUR"))

        let wire = try Wire(restarted)
        #expect(try wire.exchange(world.factory.purchase(1_500, trace: 1, type: 101)).text(39) == "00")
        wire.closeInOrder()
        try await world.waitForUncertain([])
        #expect(try await client.balance(world.holder.account) == [10_000, 1_500, 8_500])
        let id = try await client.get("/v1/authorizations?account_id=\(world.holder.account)").text("items.0.id")
        let history = try await client.get("/v1/authorizations/\(id)")
        #expect(
            (0..<3).map { history.text("history.\($0).type") } == ["authorization", "answer_lost", "answer_arrived"]
        )
        #expect(restarted.stop() == 0)
        try world.end()
    }

    @Test func `another replica finds the holds of one that crashed`() async throws {
        let world = try await World.make()
        let replica = try AvalProcess(world.installation)
        try await world.commitWithoutAnswer(try Wire(world.server), 700, trace: 1)
        world.server.crash()
        world.proxy.resume()
        try await world.waitForUncertain(["700"])
        #expect(replica.stop() == 0)
        try world.end()
    }

    @Test func `a connection that breaks before or after its answer leaves uncertain holds, a reversal settles them`()
        async throws
    {
        let world = try await World.make()
        let before = try Wire(world.server)
        try await world.commitWithoutAnswer(before, 100, trace: 1)
        before.reset()
        try await Task.sleep(for: .milliseconds(100))
        world.proxy.resume()
        try await world.waitForUncertain(["100"])

        let after = try Wire(world.server)
        #expect(try after.exchange(world.factory.purchase(200, trace: 2)).text(39) == "00")
        after.reset()
        try await world.waitForUncertain(["100", "200"])

        let wire = try Wire(world.server)
        #expect(try wire.exchange(world.factory.reversal(of: 1, 100, trace: 3)).text(39) == "00")
        #expect(try wire.exchange(world.factory.reversal(of: 2, 200, trace: 4)).text(39) == "00")
        #expect(try world.uncertain() == [])
        #expect(world.server.stop() == 0)
        try world.end()
    }

    @Test func `an answer that is written after the network ended its direction may have found nobody`() async throws {
        let world = try await World.make()
        let wire = try Wire(world.server)
        #expect(try wire.exchange(world.factory.purchase(100, trace: 1)).text(39) == "00")
        try await world.commitWithoutAnswer(wire, 200, trace: 2)
        wire.endOutput()
        try await Task.sleep(for: .milliseconds(100))
        world.proxy.resume()
        #expect(try wire.read()?.text(39) == "00")
        #expect(try wire.read() == nil)
        try await world.waitForUncertain(["200"])
        #expect(world.server.stop() == 0)
        try world.end()
    }

    @Test func `a stop refuses what still comes, and takes no answers along`() async throws {
        let world = try await World.make()
        let wire = try Wire(world.server)
        try await world.commitWithoutAnswer(wire, 100, trace: 1)
        world.server.interrupt()
        // Both doors close together.
        while (try? Wire(port: world.server.httpPort)) != nil { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(100))
        try wire.write((2...400).map { world.factory.purchase(200, trace: $0) })
        for trace in 2...400 {
            let code = try wire.read()?.text(39)
            #expect(code == "91", "answer \(trace)")
            if code == nil { break }
        }
        world.proxy.resume()
        #expect(try wire.read()?.text(39) == "00")
        #expect(try wire.read() == nil)
        wire.closeInOrder()
        #expect(world.server.wait() == 0)
        #expect(try world.uncertain() == [])
        try world.end()
    }

    @Test func `connections that end in order and a clean stop leave no doubt`() async throws {
        let world = try await World.make()
        let closed = try Wire(world.server)
        #expect(try closed.exchange(world.factory.purchase(100, trace: 1)).text(39) == "00")
        closed.closeInOrder()
        let open = try Wire(world.server)
        #expect(try open.exchange(world.factory.purchase(200, trace: 2)).text(39) == "00")
        #expect(try await world.client.authorize(world.holder.card, 300).status == 201)
        #expect(world.server.stop() == 0)
        #expect(try world.installation.database.texts("SELECT count(*)::text FROM lanes") == ["0"])
        let restarted = try AvalProcess(world.installation)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try world.uncertain() == [])
        #expect(restarted.stop() == 0)
        try world.end()
    }

    @Test func `a client that went away before its answer leaves an uncertain hold`() async throws {
        let world = try await World.make()
        world.proxy.arm(.holdAnswer)
        let body = Client.purchase(card: world.holder.card, 900)
        let socket = try Wire(port: world.server.httpPort)
        let head = [
            "POST /v1/authorizations HTTP/1.1", "Host: aval", "Authorization: Bearer \(world.client.apiKey)",
            "Content-Type: application/json", "Content-Length: \(body.utf8.count)", "", "",
        ]
        socket.write(Array((head.joined(separator: "\r\n") + body).utf8))
        try world.proxy.waitForHold()
        socket.reset()
        try await Task.sleep(for: .milliseconds(100))
        world.proxy.resume()
        try await world.waitForUncertain(["900"])
        #expect(world.server.stop() == 0)
        try world.end()
    }
}
