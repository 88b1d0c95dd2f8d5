import Foundation
import ISO8583
import TestSupport
import Testing

/// What is kept of a network's messages, against the built binary.
@Suite struct MessageLogStoryTests {
    private static func list(_ arguments: [String]) throws -> [String] {
        let listed = try AvalProcess.command(
            ["messages", "list", "--limit", "1000"] + arguments,
            on: try SharedServer.installation.database
        )
        #expect(listed.status == 0, "\(listed.errors)")
        return listed.output.split(separator: "\n").map(String.init)
    }

    /// Lines with this text, once there are so many: they are written behind the answer's back.
    private static func wait(for count: Int, _ arguments: [String], with text: String = "") async throws -> [String] {
        var lines: [String] = []
        for _ in 0..<600 where lines.count < count {
            lines = try list(arguments).filter { text.isEmpty || $0.contains(text) }
            if lines.count < count { try await Task.sleep(for: .milliseconds(100)) }
        }
        return lines
    }

    /// The only one of the account.
    static func authorization(of story: NetworkStory) throws -> String {
        let account = story.holder.account.dropFirst(4)
        let sql = "SELECT 'aut_' || replace(id::text, '-', '') FROM authorizations WHERE account_id = '\(account)'"
        return try #require(try SharedServer.installation.database.texts(sql).first)
    }

    @Test func `an authorization's messages are found with it, and nothing secret is in them`() async throws {
        let story = try await NetworkStory()
        let pan = story.holder.pan
        let secret: [Int: String?] = [
            35: pan + "=29112011234500000", 48: "CVV2 917", 52: "AB12CD34", 43: "SHOP \(pan)",
        ]
        #expect(try story.code(100, 90_000, trace: 71, secret.merging([22: "811"]) { $1 }) == "51")
        let client = try SharedServer.client
        let id = try Self.authorization(of: story)
        let event = try await client.get("/v1/authorizations/\(id)")
        #expect(event.text("history.0.response_code") == "51")
        #expect(event.text("history.0.advice_code") == "02")
        let lines = try await Self.wait(for: 2, ["--authorization", id])
        #expect(lines.count == 2)
        #expect(lines.first?.contains("received  0100  000071  -  -  \(id)  0100 2=") == true, "\(lines)")
        #expect(lines.last?.contains("sent  0110  000071  51") == true, "\(lines)")
        for line in lines {
            for value in [pan, "917", "AB12CD34", "112011234500000"] { #expect(!line.contains(value), "\(line)") }
        }
        #expect(try Self.list(["--authorization", id, "--mti", "0110", "--json"]).count == 1)
        let object = try #require(try Self.list(["--authorization", id, "--mti", "0110", "--json"]).first)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(object.utf8)) as? [String: Any])
        #expect(fields["response_code"] as? String == "51" && fields["authorization"] as? String == id)
        #expect(try Self.list(["--network", "green"]) == ["no messages"])
    }

    @Test func `a disputed payment is shown with terminal, chip, reason and the codes sent`() async throws {
        let story = try await NetworkStory()
        #expect(try story.code(100, 90_000, trace: 81, [22: "811", 41: "TERM0081", 60: "210207"]) == "51")
        let id = try Self.authorization(of: story)
        func show(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
            let database = try SharedServer.installation.database
            return try AvalProcess.command(["disputes", "show"] + arguments, on: database)
        }
        let shown = try show([id])
        #expect(shown.status == 0, "\(shown.errors)")
        for line in [
            "  terminal  TERM0081", "  point_of_service  811", "  ecommerce_indicator  07",
            "  reason  insufficient_funds", "  response_code  51", "  advice_code  02",
        ] { #expect(shown.output.contains(line + "\n"), "\(line) in \(shown.output)") }
        let object = try JSONSerialization.jsonObject(with: Data(try show([id, "--json"]).output.utf8))
        let fields = try #require(object as? [String: String])
        #expect(fields["terminal"] == "TERM0081" && fields["response_code"] == "51" && fields["authorization"] == id)
        #expect(try show(["aut_" + String(repeating: "0", count: 32)]).status == 1)
        #expect(try show(["nothing"]).status == 64)
    }

    @Test func `bytes that are no message leave their length and what is wrong`() async throws {
        let server = try SharedServer.server
        let wire = try Wire(server)
        let body = Array("0100F".utf8) + Array("4111111111111111".utf8)
        wire.write([0, UInt8(body.count)] + body)
        let found = try await Self.wait(for: 1, ["--mti", "0100"], with: "21 bytes")
        #expect(!found.isEmpty)
        for line in found { #expect(!line.contains("4111111111111111"), "\(line)") }
    }
}
