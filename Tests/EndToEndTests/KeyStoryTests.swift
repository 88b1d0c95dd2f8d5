import Foundation
import TestSupport
import Testing

/// A network whose messages have authentication codes, from components of keys to a key change over the wire. The network
/// is played by `aval network-sim`, which reckons codes by itself.
@Suite struct KeyStoryTests {
    /// The active key, and the one that the network changes to.
    private static let first = "0123456789ABCDEFFEDCBA9876543210"
    private static let second = "89ABCDEF0123456776543210FEDCBA98"

    private static let steps = """
        - {manage: echo, expect: {39: "00"}}
        - {send: "0100", as: payment, fields: {4: 100}, expect: {39: "00"}}
        - {reverse: payment, expect: {39: "00"}}
        """

    /// What is not authentic: codes that are wrong, or, without a key, missing.
    private static func forgeries(_ code: String) -> String {
        """
        - {send: "0100", fields: {4: 100\(code)}, expect: {39: "63"}}
        - {send: "0120", fields: {4: 100, 39: "00"\(code)}, expect: nothing, within_ms: 300}
        """
    }

    /// Goes away with what is in it.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: url) }
    }

    /// A service with a folder of its own for the dialect, the networks and what is played.
    private struct Stage {
        let world: KeyWorld
        let server: AvalProcess
        let pan: String
        private let folder: Folder
        private var directory: URL { folder.url }

        init(_ world: KeyWorld) async throws {
            self.world = world
            folder = try Folder()
            let dialect = folder.url.appendingPathComponent("sealed.yaml")
            let mac = "{covers: message, algorithm: retail}"
            let text =
                "dialects:\n  - {name: sealed, extends: iso87-ascii-hexbitmap, mac: \(mac), sign_on_required: false}\n"
            try Data(text.utf8).write(to: dialect)
            let networks = """
                networks:
                  - name: test
                    dialect: \(dialect.path)#sealed
                    listen: [{host: 127.0.0.1, port: 0}]
                    keys: {mac: mac, change: {protection: zmk, ask: {after: 2}}}
                """
            let file = folder.url.appendingPathComponent("networks.yaml")
            try Data(networks.utf8).write(to: file)
            server = try AvalProcess(world.administered.installation, ["AVAL_NETWORK_FILE": file.path])
            pan = try await Client(server, world.administered.installation).openAccount(funded: 10_000).pan
        }

        /// - Parameters:
        ///   - key: of the network's codes; nil for none.
        ///   - mustPass: whether the service must do what the steps expect.
        func play(_ steps: String, key: String?, mustPass: Bool = true) throws {
            let scenario = directory.appendingPathComponent("scenario.yaml")
            let variables = directory.appendingPathComponent("variables.yaml")
            let head = """
                name: keys
                dialect: \(directory.path)/sealed.yaml#sealed
                framing: {length: binary-2}
                variables: {card.pan: ~\(key == nil ? "" : ", k: ~")}
                \(key == nil ? "" : "mac_key: k")
                steps:

                """
            try Data((head + steps + "\n").utf8).write(to: scenario)
            try Data("card.pan: \"\(pan)\"\n\(key.map { "k: \"\($0)\"\n" } ?? "")".utf8).write(to: variables)
            let ended = try AvalProcess.command(
                [
                    "network-sim", "--scenario", scenario.path, "--variables", variables.path, "--endpoint",
                    "127.0.0.1:\(server.networkPort)",
                ],
                on: world.administered.installation.database
            )
            #expect(ended.status == 0 || !mustPass, "\(ended.output)\(ended.errors)")
        }

        func count(of event: String) async throws -> Int? {
            let body = try await Client(server, world.administered.installation).get("/metrics").body
            let text = String(decoding: body, as: UTF8.self)
            let line = "aval_network_messages_total{network=\"test\",event=\"\(event)\"} "
            return text.split(separator: "\n").first { $0.hasPrefix(line) }.flatMap { Int($0.dropFirst(line.count)) }
        }
    }

    @Test func `codes are checked and made, and a network changes its key`() async throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        try world.importParts(of: "zmk", usage: "K0")
        let stage = try await Stage(world)
        try stage.play(Self.steps + "\n" + Self.forgeries(", 64: \"0000000000000000\""), key: Self.first)
        try stage.play(Self.forgeries("") + "\n- {receive: \"0800\", expect: {70: \"161\"}}", key: nil)
        #expect(try await stage.count(of: "mac_wrong") == 2)
        #expect(try await stage.count(of: "mac_missing") == 2)

        // Under a key that is not the network's, then under the right one.
        let foreign = try world.block(of: Self.second, under: Self.second)
        try stage.play("- {manage: key-change, fields: {48: \"\(foreign)\"}, expect: {39: \"96\"}}", key: Self.first)
        #expect(try world.states("mac") == ["active"])
        let block = try world.block(of: Self.second, under: Self.first)
        try stage.play("- {manage: key-change, fields: {48: \"\(block)\"}, expect: {39: \"00\"}}", key: Self.first)
        #expect(try world.states("mac") == ["active", "previous"])
        try stage.play(Self.steps, key: Self.second)
        #expect(try await stage.count(of: "key_changed") == 1)
        #expect(try await stage.count(of: "key_refused") == 1)
        #expect(stage.server.stop() == 0)

        // It was stored before it was answered.
        let next = try await Stage(world)
        try next.play(Self.steps, key: Self.second)
        #expect(try world.administered.aval("operator", "actions").output.contains("key.change"))
        // A retired key is not taken any more, and Aval says nothing that it cannot seal.
        #expect(try world.keys("retire", "mac", "--version", "2").status == 0)
        let advice = "- {send: \"0120\", fields: {4: 100, 39: \"00\"}, expect: nothing, within_ms: 300}"
        for _ in 0..<40 {
            if try await next.count(of: "mac_wrong") ?? 0 > 0 { break }
            try next.play(advice, key: Self.second, mustPass: false)
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(try await next.count(of: "mac_wrong") ?? 0 > 0)
        #expect(next.server.stop() == 0)
    }

    @Test func `a key that one process is sent is the other's with the first message under it`() async throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        try world.importParts(of: "zmk", usage: "K0")
        let (one, other) = (try await Stage(world), try await Stage(world))
        let payment = "- {send: \"0100\", fields: {4: 100}, expect: {39: \"00\"}}"
        let third = "FEDCBA98765432100123456789ABCDEF"
        for (from, to, before, new) in [
            (one, other, Self.first, Self.second), (other, one, Self.second, third),
        ] {
            let block = try world.block(of: new, under: Self.first)
            try from.play("- {manage: key-change, fields: {48: \"\(block)\"}, expect: {39: \"00\"}}", key: before)
            try to.play(payment, key: new)
        }
        for stage in [one, other] {
            #expect(try await stage.count(of: "mac_wrong") == 0)
            #expect(try await stage.count(of: "key_changed") == 1)
            #expect(stage.server.stop() == 0)
        }
        #expect(try world.states("mac") == ["active", "previous", "previous"])
    }

    @Test func `a network is sent the codes that it knows while its new key is brought to it`() async throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        try world.importParts(of: "zmk", usage: "K0")
        let stage = try await Stage(world)
        #expect(try world.keys("rotate", "mac", "--wrapped-by", "zmk").status == 0)
        // Has the keys read again.
        try stage.play(Self.forgeries(", 64: \"0000000000000000\""), key: Self.first)
        try stage.play(Self.steps, key: Self.first)
        #expect(try await stage.count(of: "mac_wrong") == 2)
        #expect(try world.states("mac") == ["active", "previous"])
        #expect(stage.server.stop() == 0)
    }

    @Test func `a service whose network's keys are not there does not start`() async throws {
        let world = try KeyWorld()
        try world.importParts(of: "mac", usage: "M3")
        do {
            _ = try await Stage(world)
            Issue.record("it started")
        } catch let problem as AvalProcess.Problem {
            #expect(problem.description.contains("key zmk has no active version"))
        }
    }
}
