import Foundation
import ISO8583
import PostgresLedger
import TestSupport
import Testing

/// Starting, stopping and crashing, and what operators run.
@Suite struct OperationTests {
    @Test func `a change of a card is in force on every replica at once`() async throws {
        let installation = try AvalProcess.Installation.make()
        let servers = [try AvalProcess(installation), try AvalProcess(installation)]
        let clients = servers.map { Client($0, installation) }
        let holder = try await clients[0].openAccount(funded: 100_000)
        for round in 0..<10 {
            let status = round % 2 == 0 ? "frozen" : "active"
            let changed = try await clients[round % 2].post(
                "/v1/cards/\(holder.card)/status",
                #"{"status":"\#(status)","reason":"test"}"#
            )
            #expect(changed.status == 200)
            for client in clients {
                let answer = try await client.authorize(holder.card, 10).text("status")
                #expect(answer == (round % 2 == 0 ? "declined" : "approved"))
            }
        }
        for server in servers { #expect(server.stop() == 0) }
    }

    @Test func `two replicas on one account never exceed it`() async throws {
        let installation = try AvalProcess.Installation.make()
        let servers = [try AvalProcess(installation), try AvalProcess(installation)]
        let clients = servers.map { Client($0, installation) }
        let holder = try await clients[0].openAccount(funded: 10_000)
        let approved = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<60 {
                group.addTask { try await clients[index % 2].authorize(holder.card, 300).text("status") == "approved" }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(approved == 33)
        #expect(try await clients[1].balance(holder.account) == [10_000, 9_900, 100])
        for server in servers { #expect(server.stop() == 0) }
        try expectCleanLedger(installation)
    }

    @Test func `a stop under load leaves nothing accepted unanswered`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation)
        let holder = try await Client(server, installation).openAccount(funded: 900_000)
        let wire = try Wire(server)
        #expect(try wire.exchange(MessageFactory.echo(trace: 1)).text(39) == "00")
        let factory = MessageFactory(pan: holder.pan)
        try wire.write((0..<500).map { factory.purchase(10, trace: 100 + $0) })
        server.interrupt()
        var approved = 0
        while let answer = try wire.read() {
            // What came after the stop began is refused.
            #expect(["00", "91"].contains(answer.text(39)))
            approved += answer.text(39) == "00" ? 1 : 0
        }
        wire.closeInOrder()
        #expect(server.wait() == 0)
        #expect(approved > 0)
        let restarted = try AvalProcess(installation)
        #expect(try await Client(restarted, installation).balance(holder.account)[1] == approved * 10)
        #expect(restarted.stop() == 0)
    }

    @Test func `a stop that cannot end lists what it leaves and ends with status 1`() async throws {
        let installation = try AvalProcess.Installation.make()
        let proxy = try BreakingProxy(to: installation.database)
        defer { proxy.remove() }
        let server = try AvalProcess(
            installation,
            ["AVAL_DATABASE_URL": proxy.url, "AVAL_STOP_TIMEOUT": "1000", "AVAL_LANES": "1"]
        )
        let holder = try await Client(server, installation).openAccount(funded: 900_000)
        let wire = try Wire(server)
        proxy.arm(.holdAnswer)
        try wire.write((100..<250).map { MessageFactory(pan: holder.pan).purchase(10, trace: $0) })
        try await takeDatabaseAway(proxy)
        server.interrupt()
        let start = ContinuousClock.now
        #expect(server.wait() == 1)
        #expect(.now - start < .seconds(10))
        let text = server.text
        #expect(text.contains("AVAL_STOP_TIMEOUT (1000 ms) has passed: ended with 300 requests unanswered"), "\(text)")
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(lines.count == 101)
        #expect(lines.first == "  network test 0100 trace 000100")
        #expect(lines.last == "  and 200 more")
    }

    @Test func `a stop lists each kind of request by what finds it again`() async throws {
        let installation = try AvalProcess.Installation.make()
        let proxy = try BreakingProxy(to: installation.database)
        defer { proxy.remove() }
        let server = try AvalProcess(
            installation,
            [
                "AVAL_DATABASE_URL": proxy.url, "AVAL_STOP_TIMEOUT": "500", "AVAL_LANES": "1",
                "AVAL_HTTP_TIMEOUT": "60000",
            ]
        )
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 900_000)
        proxy.arm(.holdAnswer)
        let waiting = Task { try? await client.authorize(holder.card, 10) }
        try await takeDatabaseAway(proxy)
        #expect(server.stop() == 1)
        _ = await waiting.value
        let lines = server.text.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(lines.count == 2)
        #expect(lines.first?.wholeMatch(of: /\  HTTP POST \/v1\/authorizations req_[0-9a-f]{32}/) != nil, "\(lines)")
        #expect(lines.last?.wholeMatch(of: /\  lane authorization evt_[0-9a-f]{32}/) != nil, "\(lines)")
    }

    @Test func `after a crash nothing that was answered is lost and the ledger balances`() async throws {
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation)
        let holder = try await Client(server, installation).openAccount(funded: 900_000)
        let wire = try Wire(server)
        let factory = MessageFactory(pan: holder.pan)
        try wire.write((0..<300).map { factory.purchase(10, trace: 100 + $0) })
        var answered: [Int64: String] = [:]
        for _ in 0..<50 {
            let answer = try #require(try wire.read())
            answered[answer.digits(11) ?? 0] = answer.text(38)
        }
        server.crash()
        let restarted = try AvalProcess(installation)
        let again = try Wire(restarted)
        for (trace, code) in answered {
            #expect(try again.exchange(factory.purchase(10, trace: trace, type: 101)).text(38) == code)
        }
        let held = try await Client(restarted, installation).balance(holder.account)[1]
        #expect(held >= 500 && held <= 3_000)
        #expect(restarted.stop() == 0)
        try expectCleanLedger(installation)
    }

    @Test func `every decision is the same when it is replayed`() async throws {
        let installation = try SharedServer.installation
        let client = try SharedServer.client
        let holder = try await client.openAccount(funded: 10_000)
        for amount in [100, 200, 99_999] { _ = try await client.authorize(holder.card, amount) }
        let replayed = try AvalProcess.command(
            ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z", "--account", holder.account],
            on: installation.database
        )
        #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")
        #expect(replayed.output.contains("6 decisions"))
        let none = try AvalProcess.command(
            ["replay", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z"],
            on: installation.database
        )
        #expect(none.status == 0 && none.output.contains("no decision was taken in that time"), "\(none)")
        let backwards = try AvalProcess.command(
            ["replay", "--from", "2099-01-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z"],
            on: installation.database
        )
        #expect(backwards.status != 0 && backwards.errors.contains("--from must be before --to"), "\(backwards)")
    }

    @Test func `a schema that the build does not know is refused with what mends it`() throws {
        let installation = try AvalProcess.Installation.make()
        let owner = try PostgresConnection(url: installation.database.ownerURL, timeout: .seconds(5))
        try owner.run(script: "INSERT INTO migrations (number, name) VALUES (9999, 'from-the-future')")
        let newer = try AvalProcess.command(["serve"], on: installation.database)
        #expect(newer.status == 1)
        #expect(newer.errors.contains("install the newer"))
        try owner.run(script: "DELETE FROM migrations")
        let older = try AvalProcess.command(["serve"], on: installation.database)
        #expect(older.status == 1)
        #expect(older.errors.contains("aval migrate"))
    }

    @Test func `a port that is taken is named with its setting`() throws {
        let server = try SharedServer.server
        let taken = try AvalProcess.command(
            ["serve"],
            on: try SharedServer.installation.database,
            settings: ["AVAL_NETWORK_PORT": "\(server.networkPort)"]
        )
        #expect(taken.status == 1)
        #expect(
            taken.errors.contains("\(server.networkPort) (AVAL_NETWORK_PORT) cannot be served: Address already in use")
        )
        let http = try AvalProcess.command(
            ["serve"],
            on: try SharedServer.installation.database,
            settings: ["AVAL_HTTP_PORT": "\(server.httpPort)"]
        )
        #expect(http.status == 1)
        #expect(http.errors.contains("\(server.httpPort) (AVAL_HTTP_PORT) cannot be served: Address already in use\n"))
    }

    @Test func `a role that may do more than serve does not serve, and the serving role does not maintain`() throws {
        let database = try SharedServer.installation.database
        let owner = try AvalProcess.command(
            ["serve"],
            on: database,
            settings: ["AVAL_DATABASE_URL": database.ownerURL]
        )
        #expect(owner.status == 1 && owner.errors.contains("may delete from the journal"), "\(owner)")
        for arguments in [["partitions", "--once"], ["migrate"]] {
            let serving = try AvalProcess.command(
                arguments,
                on: database,
                settings: ["AVAL_DATABASE_OWNER_URL": database.servingURL]
            )
            #expect(serving.status == 1, "\(serving)")
            let words = "AVAL_DATABASE_OWNER_URL is not of the role that owns the schema\n"
            #expect(serving.errors.hasSuffix(words), "\(serving)")
        }
    }

    @Test(arguments: [
        (["AVAL_LANE": "3"], "unknown: AVAL_LANE names no setting; AVAL_LANES does"),
        (["AVAL_DATABASE_URL": "mysql://x"], "  wrong: must be PostgreSQL's"),
        (["AVAL_DATABASE_URL": ""], "  wrong: is needed"),
        (["AVAL_DATABASE_OWNER_URL": "x"], "  wrong: must be PostgreSQL's"),
        (["AVAL_REDIS_URL": "http://x"], "  wrong: the scheme must be redis"),
        (["AVAL_VAULT_PORT": "8444", "AVAL_VAULT_ORIGINS": "x"], "wrong: AVAL_VAULT_ORIGINS: x is no origin"),
        (["AVAL_VAULT_PORT": "8444", "AVAL_VAULT_HOST": "0.0.0.0"], "wrong: AVAL_VAULT_HOST: 0.0.0.0 is not this"),
    ])
    func `config check tells what names nothing and what cannot be`(_ settings: [String: String], _ words: String)
        throws
    {
        let checked = try AvalProcess.command(
            ["config", "check"],
            on: try SharedServer.installation.database,
            settings: settings
        )
        #expect(checked.status == 1 && checked.output.contains(words), "\(checked)")
    }

    @Test func `a file with what is no setting stops a start, and an unknown variable is told`() throws {
        let database = try SharedServer.installation.database
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(#"{"lanes": 2.5, "http": {"prt": 1}}"#.utf8).write(to: file)
        let told = "AVAL_CONFIG_FILE: \(file.path):1: http.prt: is no setting; http.port is\n"
        for arguments in [["serve"], ["config", "check"]] {
            let ended = try AvalProcess.command(arguments, on: database, settings: ["AVAL_CONFIG_FILE": file.path])
            #expect(ended.status == 1 && ended.errors.hasSuffix(told), "\(ended)")
        }
        try Data(#"{"lanes": 2.5}"#.utf8).write(to: file)
        let number = try AvalProcess.command(
            ["serve"],
            on: database,
            settings: ["AVAL_CONFIG_FILE": file.path, "AVAL_LANE": "3", "AVAL_LOG_LEVEL": "notice"]
        )
        #expect(number.status == 1 && number.errors.contains("AVAL_LANES must be a whole number"), "\(number)")
        #expect(number.errors.contains("nearest=AVAL_LANES variable=AVAL_LANE"), "\(number)")
    }

    @Test func `the metrics tell how many days have partitions and what waits for an operator`() async throws {
        let client = try SharedServer.client
        var metrics = ""
        // Read once a minute, the first time at the start.
        for _ in 0..<600 where !metrics.contains("aval_exceptions_open") {
            metrics = String(decoding: try await client.get("/metrics").body, as: UTF8.self)
            try await Task.sleep(for: .milliseconds(50))
        }
        for table in ["journal", "transfers", "unrouted_journal"] {
            #expect(metrics.contains("aval_partition_days_ahead{table=\"\(table)\"} 14\n"))
        }
        for name in ["aval_partition_days_ahead", "aval_partitions", "aval_exceptions_open"] {
            #expect(metrics.contains("# HELP \(name) "))
        }
    }

    @Test(arguments: [
        ("AVAL_HTTP_TIMEOUT", "4000", "AVAL_DATABASE_TIMEOUT (4000 ms) must be below AVAL_HTTP_TIMEOUT (4000 ms)"),
        ("AVAL_DATABASE_TIMEOUT", "9000", "AVAL_DATABASE_TIMEOUT (9000 ms) must be below AVAL_HTTP_TIMEOUT (5000 ms)"),
    ])
    func `time limits that do not fit together are refused`(_ name: String, _ value: String, _ words: String) throws {
        let database = try SharedServer.installation.database
        let served = try AvalProcess.command(["serve"], on: database, settings: [name: value])
        #expect(served.status == 1)
        #expect(served.errors.contains(words))
        let checked = try AvalProcess.command(["config", "check"], on: database, settings: [name: value])
        #expect(checked.status == 1)
        #expect(checked.output.contains("wrong: \(words)"))
    }

    @Test func `a database that may be slower than the network's wait is refused`() throws {
        let served = try AvalProcess.command(
            ["serve"],
            on: try SharedServer.installation.database,
            settings: ["AVAL_DATABASE_TIMEOUT": "9000", "AVAL_HTTP_TIMEOUT": "20000"]
        )
        #expect(served.status == 1)
        #expect(served.errors.contains("must be below the time in which the network test is answered (9000 ms)"))
    }

    @Test func `config check names what is wrong and shows no secret`() throws {
        let database = try SharedServer.installation.database
        let checked = try AvalProcess.command(["config", "check"], on: database)
        #expect(checked.status == 0)
        #expect(checked.output.contains("AVAL_DATABASE_URL=set"))
        #expect(!checked.output.contains("postgresql://"))
    }

    /// Takes the database away under a commit: committed or not, the lane asks until it is back. Blocks, since other
    /// tests may keep this one waiting for a thread longer than the lane waits for the database.
    /// What is to reach it first may need the threads that tests share.
    private func takeDatabaseAway(_ proxy: BreakingProxy) async throws {
        try await onOwnThread {
            for _ in 0..<4_000 where proxy.isArmed { usleep(5_000) }
            // The others are with the lane by then.
            usleep(500_000)
            proxy.stop()
        }
    }

    private func expectCleanLedger(_ installation: AvalProcess.Installation) throws {
        let verified = try AvalProcess.command(["ledger", "verify"], on: installation.database)
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }
}
