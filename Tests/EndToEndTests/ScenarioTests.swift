import Foundation
import TestSupport
import Testing

/// The scenarios of `Tests/Scenarios`, played by `aval network-sim` against the built binary.
@Suite struct ScenarioTests {
    /// What the cards of the scenarios have on their accounts, in euro cents; nil for scenarios without a card.
    private static let funds: [String: Int?] = [
        "advices": 10_000, "clock": 10_000, "first-payment": 10_000, "increments": 10_000, "lost-answers": 10_000,
        "malformed": nil, "partial-approval": 10_000, "repeats": 10_000, "reversals": 10_000, "traffic": 1_000_000,
    ]
    /// Those that need a network or a program of their own.
    private static let apart = [
        "authentication", "chip", "first-payment-1993", "hot-cards", "issuer-connects", "key-change", "sessions",
        "values",
    ]

    private static let directory = PlayedScenario.directory

    /// Plays a scenario, with the number of a new card.
    private static func play(
        _ file: String,
        on server: AvalProcess,
        _ installation: AvalProcess.Installation,
        funded amount: Int?,
        _ more: [String] = []
    ) async throws -> PlayedScenario {
        var variables: [String: String] = [:]
        if let amount {
            variables["card.pan"] = try await Client(server, installation).openAccount(funded: amount).pan
        }
        return try PlayedScenario.play(file, port: server.networkPort, on: installation, variables, more)
    }

    private static func playShared(_ name: String, _ more: [String] = []) async throws -> PlayedScenario {
        let funded = try #require(funds[name], "\(name) is not in the table")
        return try await play(
            directory + name + ".yaml",
            on: SharedServer.server,
            SharedServer.installation,
            funded: funded,
            more
        )
    }

    /// Plays a scenario on a network of its own.
    private static func play(_ name: String, network: String, funded amount: Int?) async throws -> PlayedScenario {
        let installation = try AvalProcess.Installation.make()
        let networks = "  - {name: test, \(network), listen: [{host: 127.0.0.1, port: 0}]}"
        let server = try PlayedScenario.serve(networks, on: installation)
        let played = try await play(directory + name + ".yaml", on: server, installation, funded: amount)
        #expect(server.stop() == 0)
        return played
    }

    @Test(arguments: funds.keys.sorted())
    func `all expectations of a scenario are met`(_ name: String) async throws {
        let played = try await Self.playShared(name)
        #expect(played.status == 0, "\(played.output)\(played.errors)")
        #expect(played.output.contains("passed: "))
    }

    @Test func `a network that wants a sign-on refuses requests without one`() async throws {
        let network = "dialect: iso87-ascii-hexbitmap, sign_on_required: true"
        let played = try await Self.play("sessions", network: network, funded: nil)
        #expect(played.status == 0, "\(played.output)\(played.errors)")
    }

    @Test func `the edition of 1993 is spoken too`() async throws {
        let played = try await Self.play("first-payment-1993", network: "dialect: iso93-bcd-ascii", funded: 10_000)
        #expect(played.status == 0, "\(played.output)\(played.errors)")
    }

    @Test func `an issuer that connects signs on, sends echoes, and comes back`() async throws {
        let port = try PlayedScenario.freePort()
        let network = """
              - {name: test, dialect: iso87-ascii-hexbitmap, connect: [{host: 127.0.0.1, port: \(port)}],
                 sign_on: true, echo_every_ms: 300, reconnect: {first_ms: 50, longest_ms: 200}}
            """
        let installation = try AvalProcess.Installation.make()
        let server = try PlayedScenario.serve(network, on: installation)
        let played = try await Self.play(Self.directory + "issuer-connects.yaml", on: server, installation, funded: nil)
        #expect(played.status == 0, "\(played.output)\(played.errors)")
        #expect(server.stop() == 0)
    }

    @Test func `a listener that wants a certificate gets one`() async throws {
        let certificates = try Certificates()
        try certificates.make("server")
        try certificates.make("network")
        func path(_ name: String) -> String { certificates.path(name) }
        let tls = "tls: {certificate: \(path("server.pem")), key: \(path("server.key")), roots: \(certificates.roots)}"
        try Data(
            """
            networks:
              - {name: test, dialect: iso87-ascii-hexbitmap, listen: [{host: 127.0.0.1, port: 0, \(tls)}]}
            """.utf8
        ).write(to: URL(fileURLWithPath: path("networks.yaml")))
        let installation = try AvalProcess.Installation.make()
        let server = try AvalProcess(installation, ["AVAL_NETWORK_FILE": path("networks.yaml")])
        for (certificate, status) in [
            ("certificate: \(path("network.pem")), key: \(path("network.key")), ", 0), ("", 1),
        ] {
            try Data(
                """
                name: encrypted
                dialect: iso87-ascii-hexbitmap
                endpoint: {tls: {\(certificate)roots: \(certificates.roots)}}
                steps: [{manage: echo, expect: {39: "00"}}]
                """.utf8
            ).write(to: URL(fileURLWithPath: path("scenario.yaml")))
            let played = try await Self.play(path("scenario.yaml"), on: server, installation, funded: nil)
            #expect(played.status == Int32(status), "\(played.output)\(played.errors)")
        }
        #expect(server.stop() == 0)
    }

    @Test func `the example can be played`() async throws {
        let installation = try SharedServer.installation
        let example = try AvalProcess.command(["network-sim", "--example"], on: installation.database)
        #expect(example.status == 0)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        try Data(example.output.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let played = try await Self.play(file.path, on: SharedServer.server, installation, funded: 10_000)
        #expect(played.status == 0, "\(played.output)\(played.errors)")
    }

    @Test func `every scenario is played`() throws {
        let directory = FileManager.default.currentDirectoryPath + "/" + Self.directory
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files.sorted() == (Self.funds.keys + Self.apart).map { $0 + ".yaml" }.sorted())
    }

    @Test func `the same seed plays the same mix`() async throws {
        func counts(_ seed: Int) async throws -> [String] {
            let played = try await Self.playShared("traffic", ["--json", "--seed", "\(seed)"])
            let report = try JSONSerialization.jsonObject(with: Data(played.output.utf8)) as? [String: Any]
            #expect(report?["seed"] as? Int == seed)
            let checks = try #require(report?["checks"] as? [[String: Any]], "\(played.output)\(played.errors)")
            return checks.map { "\($0["step"] ?? "") \($0["what"] ?? ""): \($0["met"] ?? "")" }.sorted()
        }
        let first = try await counts(7)
        #expect(try await counts(7) == first)
        #expect(try await counts(8) != first)
    }

    @Test func `an expectation that is not met is told, masked, and ends with status 1`() async throws {
        // The first payment needs more than this account has.
        let installation = try SharedServer.installation
        let played = try await Self.play(
            Self.directory + "first-payment.yaml",
            on: SharedServer.server,
            installation,
            funded: 1_000
        )
        #expect(played.status == 1)
        #expect(played.output.contains("FAIL 3 send 0100: element 39: 00, came 51"))
        #expect(played.output.contains("FAILED: "))
    }

    @Test func `what cannot be played is told and ends with status 2`() throws {
        let database = try SharedServer.installation.database
        let scenario = Self.directory + "malformed.yaml"
        let cases: [([String], String)] = [
            (["--scenario", "/nowhere.yaml"], "/nowhere.yaml cannot be read"),
            (["--check", "README.md"], "README.md"),
            (["--scenario", Self.directory + "repeats.yaml"], "must be given: card.pan"),
            (["--scenario", scenario, "--endpoint", "127.0.0.1:1"], "127.0.0.1:1: nothing listens there\n"),
            (["--scenario", scenario, "--endpoint", "nowhere"], "is not HOST:PORT"),
            (["--scenario", scenario, "--var", "card.pan=4111111111111111"], "use --variables"),
            (["--scenario", scenario, "--var", "x=1"], "no variable x"),
            (["--scenario", scenario, "--var", "x"], "is not NAME=VALUE"),
        ]
        for (arguments, expected) in cases {
            let ended = try AvalProcess.command(["network-sim"] + arguments, on: database)
            #expect(ended.status == 2, "\(arguments)")
            #expect(ended.errors.contains(expected), "\(ended.errors)")
            #expect(!ended.errors.contains("4111111111111111"))
        }
        let both = ["network-sim", "--example", "--check", scenario]
        #expect(try AvalProcess.command(both, on: database).status == 64)
        #expect(try AvalProcess.command(Array(both.prefix(1) + both.suffix(2)), on: database).status == 0)
    }
}
