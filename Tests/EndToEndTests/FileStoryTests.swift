import Foundation
import ISO8583
import TestSupport
import Testing

/// Hot cards in the files of networks.
@Suite struct FileStoryTests {
    /// A service on an installation of its own, whose network is played by the test.
    private struct World {
        let installation: AvalProcess.Installation
        let peer: NetworkPeer
        private let file: URL

        init() throws {
            installation = try AvalProcess.Installation.make()
            peer = try NetworkPeer()
            file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
            try write(
                """
                    file_updates:
                      file: HOTCARDS
                      institution: "123456"
                      reason_element: 120
                      repeat: {first_ms: 100, longest_ms: 200}
                """
            )
        }

        /// As processes before the network took updates have it.
        func takeUpdatesOut() throws { try write("") }

        private func write(_ updates: String) throws {
            let network = """
                networks:
                  - name: blue
                    dialect: iso87-ascii-hexbitmap
                    connect: [{host: 127.0.0.1, port: \(peer.port)}]
                    sign_on: true
                    answer_timeout_ms: 2000
                    reconnect: {first_ms: 20, longest_ms: 50}
                """ + "\n" + updates
            try Data(network.utf8).write(to: file)
        }

        func serve() throws -> AvalProcess { try AvalProcess(installation, ["AVAL_NETWORK_FILE": file.path]) }

        func command(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
            try AvalProcess.command(arguments, on: installation.database)
        }

        func removeFile() { try? FileManager.default.removeItem(at: file) }
    }

    private static func setStatus(_ status: String, of card: String, _ client: Client) async throws {
        _ = try await client.post("/v1/cards/\(card)/status", #"{"status":"\#(status)","reason":"test"}"#).expecting(
            200
        )
    }

    /// Network, state, the status in its file and DE 39, of each network.
    private static func files(of card: String, _ client: Client) async throws -> [[String]] {
        let entries =
            try await client.get("/v1/cards/\(card)").expecting(200).value("network_files") as? [[String: Any]]
        return try #require(entries).map { entry in
            ["network", "state", "listed_as", "code"].map { entry[$0] as? String ?? "-" }
        }
    }

    /// The next new message; repeats of an earlier one, which a slow machine may have seen answered too late, are skipped.
    private static func update(over wire: Wire) throws -> Message {
        while let message = try wire.read() {
            if message.messageType == 302 { return message }
        }
        throw AvalProcess.Problem(description: "no 0302")
    }

    private static func answer(_ update: Message, _ code: String, over wire: Wire) throws {
        var answer = try #require(update.answer(echoing: [2, 7, 11, 33, 101]))
        answer.set(39, text: code)
        try wire.write(answer)
    }

    /// Answers an update, and its repeats should the answer have been late, until the card's view says so.
    private static func settle(
        _ update: Message,
        _ code: String,
        over wire: Wire,
        _ files: [[String]],
        of card: String,
        _ client: Client
    ) async throws {
        var update = update
        for _ in 0..<5 {
            try answer(update, code, over: wire)
            for _ in 0..<100 {
                if try await Self.files(of: card, client) == files { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            guard let repeated = try wire.read() else { break }
            update = repeated
        }
        #expect(try await Self.files(of: card, client) == files)
    }

    @Test func `a blocked card is told until it is acknowledged, over a restart, and unblocked it is deleted`()
        async throws
    {
        let world = try World()
        defer { world.removeFile() }
        let first = try world.serve()
        let client = Client(first, world.installation)
        let wire = try world.peer.accept()
        try wire.expectManagement("001")
        let holder = try await client.openAccount(funded: 10_000)
        #expect(try await Self.files(of: holder.card, client) == [])
        try await Self.setStatus("blocked", of: holder.card, client)

        let update = try #require(try wire.read())
        #expect(update.messageType == 302)
        #expect([2, 33, 91, 101, 120].map(update.text) == [holder.pan, "123456", "1", "HOTCARDS", "62"])
        #expect(try await Self.files(of: holder.card, client) == [["blue", "pending", "-", "-"]])
        // Nothing answers; what leaves again is a repeat with the same numbers.
        let repeated = try #require(try wire.read())
        #expect(repeated.messageType == 303)
        var original = repeated
        original.messageType = 302
        #expect(original == update)

        first.crash()
        let second = try world.serve()
        let successor = Client(second, world.installation)
        let other = try world.peer.accept()
        try other.expectManagement("001")
        let again = try #require(try other.read())
        #expect(again == repeated)
        let blocked = [["blue", "acknowledged", "blocked", "00"]]
        try await Self.settle(again, "00", over: other, blocked, of: holder.card, successor)

        try await Self.setStatus("active", of: holder.card, successor)
        let deletion = try Self.update(over: other)
        #expect(deletion.text(91) == "3" && !deletion.contains(120))
        let deleted = [["blue", "acknowledged", "-", "00"]]
        try await Self.settle(deletion, "00", over: other, deleted, of: holder.card, successor)
        #expect(try await successor.authorize(holder.card, 100).expecting(201).text("status") == "approved")

        second.interrupt()
        try other.expectManagement("002")
        #expect(second.wait() == 0)
        // Neither of them says a card's number.
        #expect(!(first.text + second.text).contains(holder.pan))
    }

    @Test func `the cards of a frozen account are told, and taken out when it is open again`() async throws {
        let world = try World()
        defer { world.removeFile() }
        let server = try world.serve()
        let client = Client(server, world.installation)
        let wire = try world.peer.accept()
        try wire.expectManagement("001")
        let holder = try await client.openAccount(funded: 10_000)
        func set(_ status: String) async throws {
            let body = #"{"status":"\#(status)","reason":"test"}"#
            _ = try await client.post("/v1/accounts/\(holder.account)/status", body).expecting(200)
        }
        try await set("frozen")
        let update = try Self.update(over: wire)
        #expect([2, 91, 120].map(update.text) == [holder.pan, "1", "62"])
        let frozen = [["blue", "acknowledged", "frozen", "00"]]
        try await Self.settle(update, "00", over: wire, frozen, of: holder.card, client)
        #expect(try world.command("network", "files", "check").output == "compared 1: 0 on their way, 0 wrong\n")
        try await set("open")
        let deletion = try Self.update(over: wire)
        #expect(deletion.text(91) == "3")
        let deleted = [["blue", "acknowledged", "-", "00"]]
        try await Self.settle(deletion, "00", over: wire, deleted, of: holder.card, client)
        try await set("closed")
        let closing = try Self.update(over: wire)
        #expect(closing.text(91) == "1" && closing.text(120) == "46")
        _ = server.stop()
    }

    @Test func `a refused entry is listed, found by the check, and told again when it is repaired`() async throws {
        let world = try World()
        defer { world.removeFile() }
        let server = try world.serve()
        let client = Client(server, world.installation)
        let wire = try world.peer.accept()
        try wire.expectManagement("001")
        let holder = try await client.openAccount(funded: 10_000)
        try await Self.setStatus("lost", of: holder.card, client)
        let refused = [["blue", "refused", "-", "30"]]
        try await Self.settle(try Self.update(over: wire), "30", over: wire, refused, of: holder.card, client)

        let listed = try world.command("network", "files", "list", "--state", "refused", "--json")
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(listed.output.contains(#""card":"\#(holder.card)","code":"30","network":"blue","since":"#))
        #expect(try world.command("network", "files", "list", "--state", "pending").output == "no entries\n")
        let check = try world.command("network", "files", "check", "--network", "blue")
        #expect(check.status == 1)
        #expect(check.output == "blue  \(holder.card)  refused  lost  none\ncompared 1: 0 on their way, 1 wrong\n")
        #expect(try world.command("network", "files", "check", "--network", "red").status == 1)

        #expect(try world.command("network", "files", "check", "--repair").status == 0)
        let update = try Self.update(over: wire)
        #expect(update.text(91) == "1" && update.text(120) == "41")
        let lost = [["blue", "acknowledged", "lost", "00"]]
        try await Self.settle(update, "00", over: wire, lost, of: holder.card, client)
        #expect(try world.command("network", "files", "check").output == "compared 1: 0 on their way, 0 wrong\n")
        #expect(try world.command("operator", "actions").output.contains("network_file.repair  \(holder.card)"))
    }

    @Test func `a process that knows nothing of the updates ends them for nobody; an operator does`() async throws {
        let world = try World()
        defer { world.removeFile() }
        let first = try world.serve()
        _ = first.stop()
        try world.takeUpdatesOut()
        let server = try world.serve()
        let client = Client(server, world.installation)
        let holder = try await client.openAccount(funded: 10_000)
        try await Self.setStatus("blocked", of: holder.card, client)
        #expect(try await Self.files(of: holder.card, client) == [["blue", "pending", "-", "-"]])
        #expect(try world.command("network", "files", "retire", "blue").output == "retired blue\n")
        #expect(try world.command("network", "files", "retire", "blue").errors.contains("no network blue"))
        #expect(try await Self.files(of: holder.card, client) == [])
        #expect(try world.command("operator", "actions").output.contains("network_file.retire  network blue"))
        _ = server.stop()
    }
}
