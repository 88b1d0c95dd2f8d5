import Foundation
import TestSupport
import Testing

/// Scenarios whose issuer needs keys, or hot cards.
@Suite struct NetworkScenarioTests {
    /// The keys of the scenario's text come to the service as components that two operators bring.
    @Test(arguments: ["authentication", "key-change"])
    func `codes are made and checked with imported keys`(_ name: String) async throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        try world.importParts(of: "zmk", usage: "K0")
        let installation = world.administered.installation
        let dialect = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: dialect) }
        try Data(
            """
            dialects:
              - {name: sealed, extends: iso87-ascii-hexbitmap, mac: {covers: message, algorithm: retail}}
            """.utf8
        ).write(to: dialect)
        let network = """
              - name: test
                dialect: \(dialect.path)#sealed
                listen: [{host: 127.0.0.1, port: 0}]
                keys: {mac: mac, change: {protection: zmk, ask: {after: \(name == "key-change" ? 2 : 9)}}}
            """
        let server = try PlayedScenario.serve(network, on: installation)
        let pan = try await Client(server, installation).openAccount(funded: 10_000).pan
        let played = try PlayedScenario.play(
            PlayedScenario.directory + name + ".yaml",
            port: server.networkPort,
            on: installation,
            ["card.pan": pan]
        )
        #expect(played.status == 0, "\(played.output)\(played.errors)")
        let states = name == "key-change" ? ["active", "previous", "previous"] : ["active"]
        #expect(try world.states("mac") == states)
        #expect(server.stop() == 0)
    }

    @Test func `hot cards are told until the network has answered`() async throws {
        let installation = try AvalProcess.Installation.make()
        let port = try PlayedScenario.freePort()
        let network = """
              - name: blue
                dialect: iso87-ascii-hexbitmap
                connect: [{host: 127.0.0.1, port: \(port)}]
                sign_on: true
                answer_timeout_ms: 3000
                reconnect: {first_ms: 20, longest_ms: 50}
                file_updates:
                  file: HOTCARDS
                  institution: "123456"
                  reason_element: 120
                  outstanding: 1
                  repeat: {first_ms: 100, longest_ms: 200}
            """
        let server = try PlayedScenario.serve(network, on: installation)
        let client = Client(server, installation)
        var cards: [(name: String, holder: Holder)] = []
        for name in ["card.added", "card.refused", "card.unheard"] {
            let holder = try await client.openAccount(funded: 100)
            let status = #"{"status":"blocked","reason":"test"}"#
            _ = try await client.post("/v1/cards/\(holder.card)/status", status).expecting(200)
            cards.append((name, holder))
        }
        let played = try PlayedScenario.play(
            PlayedScenario.directory + "hot-cards.yaml",
            port: Int(port),
            on: installation,
            Dictionary(uniqueKeysWithValues: cards.map { ($0.name, $0.holder.pan) })
        )
        #expect(played.status == 0, "\(played.output)\(played.errors)")
        for ((_, holder), expected) in zip(
            cards,
            [["acknowledged", "00"], ["refused", "30"], ["acknowledged", "26"]]
        ) {
            let files = try await client.get("/v1/cards/\(holder.card)").expecting(200)
            #expect([files.text("network_files.0.state"), files.text("network_files.0.code")] == expected)
        }
        #expect(server.stop() == 0)
    }
}
