import Foundation
import ISO8583
import TestSupport
import Testing

/// Operators, tenants and programs, from the command line to the HTTP door.
@Suite struct OperatorStoryTests {
    @Test func `the first operator is an administrator, made with the owner's URL`() throws {
        let installation = try AvalProcess.Installation.make()
        let reader = try AvalProcess.command(["operator", "add", "eve", "--role", "reader"], on: installation.database)
        #expect(reader.status == 1)
        #expect(reader.errors.contains("must be an administrator"))
        let withoutOwner = try AvalProcess.command(
            ["operator", "add", "eve", "--role", "administrator"],
            on: installation.database,
            settings: ["AVAL_DATABASE_OWNER_URL": ""]
        )
        #expect(withoutOwner.status == 1)
        #expect(withoutOwner.errors.contains("AVAL_DATABASE_OWNER_URL is not set"))
        #expect(try AvalProcess.command(["operator", "list"], on: installation.database).output == "no operators\n")
    }

    @Test func `once there is an operator only an administrator's key changes anything`() throws {
        let administered = try Administered()
        let reader = try administered.addOperator("rita", "reader")
        let stranger = "aval_op_" + String(repeating: "0", count: 64)
        for (key, problem) in [
            ("", "AVAL_OPERATOR_KEY is not set"), ("nonsense", "is not the key of an operator"),
            (stranger, "is not the key of an operator"), (administered.installation.apiKey, "is not the key"),
            (reader, "rita has the role reader"),
        ] {
            for arguments in [
                ["operator", "add", "eve", "--role", "administrator"], ["operator", "revoke", "rita"],
                ["api-key", "add", "--tenant", "demo", "--label", "x"],
                ["api-key", "revoke", "key_00000000000070008000000000000000"],
                ["network", "files", "check", "--repair"],
            ] {
                let ended = try AvalProcess.command(
                    arguments,
                    on: administered.installation.database,
                    settings: ["AVAL_OPERATOR_KEY": key]
                )
                #expect(ended.status == 1, "\(arguments)")
                #expect(ended.errors.contains(problem), "\(ended.errors)")
                #expect(key.isEmpty || !ended.errors.contains(key))
            }
        }
        #expect(try administered.aval("operator", "list").output.split(separator: "\n").count == 2)
        let oscar = try administered.addOperator("oscar", "operator")
        #expect(try administered.aval("network", "files", "check", "--repair", key: oscar).status == 0)
    }

    @Test func `a name with a card number in it is not an operator's`() throws {
        let administered = try Administered()
        for name in ["4000000000000002", "ada-4000-0000-0000-0002"] {
            let ended = try administered.aval("operator", "add", name, "--role", "reader")
            #expect(ended.status == 1 && ended.errors == "aval: expected is a name without a card number\n", "\(ended)")
        }
        #expect(try !administered.aval("operator", "list").output.contains("4000"))
    }

    @Test func `what operators change is recorded under their names`() throws {
        let administered = try Administered()
        _ = try administered.addOperator("olga", "operator")
        let again = try administered.aval("operator", "add", "olga", "--role", "reader")
        #expect(again.errors.contains("the name olga was used before"))
        #expect(try administered.aval("operator", "revoke", "olga").status == 0)
        for (name, words) in [
            ("olga", "olga was revoked 20"), ("nobody", "there is no operator nobody"),
            ("root", "root is the last administrator"),
        ] {
            let refused = try administered.aval("operator", "revoke", name)
            #expect(refused.status == 1 && refused.errors.contains(words), "\(refused)")
        }
        let recorded = try administered.aval("operator", "actions")
        let actions = recorded.output.split(separator: "\n").map { line in
            line.components(separatedBy: "  ")[1...2].joined(separator: " ")
        }
        #expect(
            actions == [
                "root operator.revoke", "root operator.add", "setup operator.add", "setup api_key.add",
                "setup program.add", "setup program.add", "setup tenant.add",
            ]
        )
        #expect(!recorded.output.contains("aval_"))
        let checked = try administered.aval("config", "check")
        #expect(checked.output.contains("AVAL_OPERATOR_KEY=set"))
        #expect(!checked.output.contains(administered.key))
    }

    @Test func `commands keep to the keys and secrets that there may be, and to other programs' ranges`() throws {
        let database = try AvalProcess.Installation.make().database
        let keys = "SELECT 'key_' || replace(id::text, '-', '') FROM api_keys"
        let first = try #require(try database.texts(keys).first)
        try database.damage(
            """
            INSERT INTO api_key_secrets (key_hash, key_id, valid_until)
            SELECT sha256(n::text::bytea), id, now() + interval '1 hour' FROM api_keys, generate_series(2, 10) n
            """
        )
        try database.damage(
            """
            INSERT INTO api_keys (id, tenant_id, label)
            SELECT gen_random_uuid(), tenant_id, 'x' FROM api_keys, generate_series(2, 100)
            """
        )
        func errors(_ arguments: String...) throws -> String {
            let ended = try AvalProcess.command(arguments, on: database)
            return ended.status == 1 ? ended.errors : "status \(ended.status)"
        }
        let added = try errors("api-key", "add", "--tenant", "demo", "--label", "x")
        #expect(added.contains("the tenant has 100 live keys"), "\(added)")
        let rotated = try errors("api-key", "rotate", first, "--overlap", "1h")
        #expect(rotated.contains("the key has 10 live secrets"), "\(rotated)")
        #expect(try AvalProcess.command(["api-key", "rotate", first, "--overlap", "0s"], on: database).status == 0)
        try database.damage("UPDATE tenants SET name = 'old'")
        let again = try errors("demo")
        #expect(again.contains("another program has numbers that begin with 990000"), "\(again)")
        #expect(try database.texts("SELECT name FROM tenants") == ["old"])
    }

    @Test func `new partitions are recorded under the name of whoever's key is given`() throws {
        let administered = try Administered()
        let tomorrow = "to_char((now() AT TIME ZONE 'UTC')::date + 1, 'YYYYMMDD')"
        for key in ["", administered.key] {
            let day = try #require(try administered.installation.database.texts("SELECT \(tomorrow)").first)
            try administered.installation.database.damage("DROP TABLE transfers_\(day)")
            let made = try AvalProcess.command(
                ["partitions", "--once"],
                on: administered.installation.database,
                settings: ["AVAL_OPERATOR_KEY": key]
            )
            #expect(made.status == 0 && made.output.contains("made 1 partitions"), "\(made)")
        }
        let actions = try administered.aval("operator", "actions").output
        #expect(actions.components(separatedBy: "root  schema.make_partitions").count == 2, "\(actions)")
    }

    @Test func `whose key is not an operator's changes no schema and no partitions`() throws {
        let administered = try Administered()
        let database = administered.installation.database
        let tomorrow = "to_char((now() AT TIME ZONE 'UTC')::date + 1, 'YYYYMMDD')"
        let day = try #require(try database.texts("SELECT \(tomorrow)").first)
        try database.damage("DROP TABLE transfers_\(day)")
        let stranger = "aval_op_" + String(repeating: "0", count: 64)
        for arguments in [["partitions", "--once"], ["migrate"]] {
            let refused = try AvalProcess.command(arguments, on: database, settings: ["AVAL_OPERATOR_KEY": stranger])
            #expect(refused.status == 1 && refused.errors.contains("is not the key of an operator"), "\(refused)")
            #expect(refused.output.isEmpty)
        }
        #expect(try database.texts("SELECT (to_regclass('transfers_\(day)') IS NULL)::text") == ["true"])
    }

    @Test func `tenants are made by command line, each name once`() throws {
        let administered = try Administered()
        #expect(try administered.aval("tenant", "add", "acme").output.hasPrefix("made the tenant ten_"))
        #expect(try administered.aval("tenant", "add", "acme").errors.contains("there is a tenant acme"))
        let listed = try administered.aval("tenant", "list").output.split(separator: "\n")
        #expect(listed.count == 2 && listed[1].contains("  acme  "))
        #expect(try administered.aval("api-key", "add", "--tenant", "acme", "--label", "x").status == 0)
    }

    /// Of two networks.
    private static func networkFile() throws -> URL {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        let terms = "dialect: iso87-ascii-hexbitmap, sign_on_required: false, listen: [{host: 127.0.0.1, port: 0}]"
        try Data("networks: [{name: test, \(terms)}, {name: elsewhere, \(terms)}]".utf8).write(to: file)
        return file
    }

    @Test func `a program is made over HTTP, and changed by two administrators where it demands that`() async throws {
        let administered = try Administered()
        let networks = try Self.networkFile()
        defer { try? FileManager.default.removeItem(at: networks) }
        let server = try AvalProcess(administered.installation, ["AVAL_NETWORK_FILE": networks.path], doors: 2)
        let tenant = try #require(try administered.aval("api-key", "list").output.firstMatch(of: /ten_[0-9a-f]{32}/))
        func administrator(_ key: String) -> Client {
            Client(port: server.httpPort, apiKey: key, tenant: String(tenant.output))
        }
        let second = try administered.addOperator("second", "administrator")
        let (root, other) = (administrator(administered.key), administrator(second))
        func body(_ limit: Int, _ more: String) -> String {
            let currency = #"{"currency":"EUR","transaction_limit":\#(limit),"daily_limit":900000}"#
            return #"{"time_zone":"UTC","bin":"990001","currencies":[\#(currency)],"kinds":["purchase"],\#(more)}"#
        }
        // Other tests' transactions may be older, and are waited for.
        func settle(_ client: Client, _ path: String, _ body: String, _ key: String) async throws -> Client.Response {
            var response = try await client.post("/v1/programs/\(path)", body, key: key)
            for _ in 0..<20 where response.status == 503 {
                response = try await client.post("/v1/programs/\(path)", body, key: key)
            }
            return try response.expecting(201)
        }
        let creation = body(100, #""name":"gold","needs_approval":true"#)
        let made = try await root.post("/v1/programs", creation, key: "make").expecting(201)
        let id = made.text("id")
        let again = try await root.post("/v1/programs", creation, key: "make").expecting(201)
        #expect(again.text("id") == id && again.headers["idempotency-replayed"] == "true")

        let client = Client(server, administered.installation)
        let opening = #"{"program_id":"\#(id)","balances":[{"currency":"EUR","credit_limit":1000}]}"#
        let account = try await client.post("/v1/accounts", opening).expecting(201).text("id")
        let card = try await client.post("/v1/accounts/\(account)/cards").expecting(201).text("id")
        #expect(try await client.authorize(card, 150).text("status") == "declined")
        let change = body(200, #""version_in_force":1,"needs_approval":false"#)
        let proposed = try await root.post("/v1/programs/\(id)/versions", change).expecting(201)
        #expect(proposed.text("state") == "proposed")
        #expect(try await client.authorize(card, 150).text("status") == "declined")
        let approval = #"{"proposal_id":"\#(proposed.text("proposal_id"))"}"#
        #expect(try await root.post("/v1/programs/\(id)/approvals", approval).status == 403)
        _ = try await settle(other, "\(id)/approvals", approval, "yes")
        #expect(try await client.authorize(card, 150).text("status") == "approved")
        let repeated = try await settle(other, "\(id)/approvals", approval, "yes")
        #expect(repeated.headers["idempotency-replayed"] == "true")

        let records = try await root.get("/v1/operator-actions?limit=3").expecting(200)
        #expect(records.text("items.0.action") == "program.approve" && records.text("items.0.operator") == "second")
        #expect(records.number("items.0.before.currencies.0.transaction_limit") == 100)
        #expect(records.number("items.0.after.currencies.0.transaction_limit") == 200)
        // A network that is not the program's hears that the number is another issuer's; over HTTP the card pays.
        let nowhere = body(200, #""version_in_force":2,"networks":["nowhere"]"#)
        let refused = try await other.post("/v1/programs/\(id)/versions", nowhere)
        #expect(refused.status == 422 && refused.text("errors.0.pointer") == "/networks/0")
        let elsewhere = body(200, #""version_in_force":2,"networks":["elsewhere"]"#)
        _ = try await settle(other, "\(id)/versions", elsewhere, "elsewhere")
        let pan = try await client.post("/v1/cards/\(card)/reveal").expecting(200).text("pan")
        #expect(try Wire(server).exchange(MessageFactory(pan: pan).purchase(10, trace: 1)).text(39) == "15")
        #expect(try await client.authorize(card, 10).text("status") == "approved")
        let taken = try await root.post("/v1/programs", creation.replacing("990001", with: "99000123"))
        #expect(taken.status == 422 && taken.text("code") == "bin_taken")
        // By command line the same rules hold.
        let strict = body(1, #""version_in_force":3,"needs_approval":true"#)
        #expect(try await settle(other, "\(id)/versions", strict, "strict").text("state") == "in_force")
        let told = try administered.aval("program", "verify", id, "--nothing")
        let proposal = try #require(told.output.firstMatch(of: /pps_[0-9a-f]{32}/), "\(told)")
        #expect(try administered.aval("program", "approve", id, String(proposal.output)).status == 1)
        #expect(try administered.aval("program", "withdraw", id, String(proposal.output), key: second).status == 1)
        let approved = try administered.aval("program", "approve", id, String(proposal.output), key: second)
        #expect(approved.output.contains("version 5 of \(id) is in force"), "\(approved)")
        #expect(server.stop() == 0)
    }

    @Test func `what an operator does over HTTP shows in the history and in the journal`() async throws {
        let administered = try Administered()
        let server = try AvalProcess(administered.installation)
        let client = Client(server, administered.installation)
        let holder = try await client.openAccount(funded: 10_000)
        let id = try await client.authorize(holder.card, 500).expecting(201).text("id")
        let listed = try administered.aval("api-key", "list").output
        let tenant = try #require(listed.firstMatch(of: /ten_[0-9a-f]{32}/)).output
        let olga = Client(
            port: server.httpPort,
            apiKey: try administered.addOperator("olga", "operator"),
            tenant: String(tenant)
        )
        _ = try await olga.post("/v1/authorizations/\(id)/reversals").expecting(201)
        let history = try await client.get("/v1/authorizations/\(id)")
        #expect(history.text("history.0.actor.type") == "api_key")
        #expect(listed.hasPrefix(history.text("history.0.actor.id")))
        #expect(history.text("history.1.actor.name") == "olga")
        _ = try await olga.post("/v1/cards/\(holder.card)/reveal").expecting(200)
        #expect(try administered.aval("operator", "actions").output.contains("olga  card.reveal  \(holder.card)"))
        #expect(try administered.aval("operator", "revoke", "olga").status == 0)
        #expect(try await olga.get("/v1/programs").status == 401)
        #expect(server.stop() == 0)
        let nameless = try administered.installation.database.texts(
            "SELECT count(*)::text FROM journal WHERE actor_id IS NULL"
        )
        #expect(nameless == ["0"])
    }
}
