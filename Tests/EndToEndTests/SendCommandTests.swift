import Foundation
import ISO8583
import Testing

/// `aval send`, against Aval and against an issuer that says other things first.
@Suite struct SendCommandTests {
    private typealias Ended = (status: Int32, output: String, errors: String)

    private static func send(_ port: Int, _ arguments: [String], pan: String? = nil) throws -> Ended {
        try AvalProcess.command(
            ["send", "--port", "\(port)"] + (pan == nil ? [] : ["--pan-file", "-"]) + arguments,
            on: try SharedServer.installation.database,
            input: pan
        )
    }

    @Test func `prints the answer masked and takes no real card number on its command line`() async throws {
        let port = try SharedServer.server.networkPort
        let holder = try await SharedServer.client.openAccount(funded: 10_000)
        let sent = try Self.send(port, ["mti=0100", "4=1000"], pan: holder.pan)
        #expect(sent.status == 0 && sent.output.contains("39=00") && sent.errors.isEmpty)
        #expect(!sent.output.contains(holder.pan))
        let refused = try Self.send(port, ["mti=0100", "2=4111111111111111", "4=1000"])
        #expect(refused.status == 1 && refused.errors.contains("--pan-file"))
    }

    @Test func `skips what is no answer to its message, and says so`() async throws {
        let issuer = try NetworkPeer()
        let port = Int(issuer.port)
        let sent = Task.detached { try Self.send(port, ["4=1000"], pan: "9900000000000002") }
        let wire = try issuer.accept()
        let request = try #require(try wire.read())
        #expect(request.messageType == 100)
        let trace = try #require(request.text(11))
        let update = Message(302).with([2: "9900000000000010", 7: "1121100509", 11: trace, 91: "1", 101: "HOTCARDS"])
        let other = Message(110).with([7: "1121100509", 11: "000001", 39: "05"])
        var answer = try #require(request.answer(echoing: [2, 7, 11]))
        answer.set(39, text: "00")
        try wire.write(update, other)
        wire.write([0, 4] + Array("01XX".utf8))
        try wire.write(answer)
        let (status, output, errors) = try await sent.value
        #expect(status == 0, "\(errors)")
        let lines = output.split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("received 0110 ") && lines[1].contains("39=00"), "\(output)")
        let skipped = errors.split(separator: "\n")
        try #require(skipped.count == 3, "\(errors)")
        #expect(skipped[0].hasPrefix("skipped  0302 2=990000******0010"))
        #expect(skipped[1].hasPrefix("skipped  0110 ") && skipped[1].contains("39=05"))
        #expect(skipped[2].hasPrefix("skipped  invalid_digit"))
    }

    @Test func `says where nothing listens`() throws {
        let ended = try Self.send(1, ["mti=0800"])
        #expect(ended.status == 1 && ended.errors == "aval: 127.0.0.1:1: nothing listens there\n", "\(ended)")
    }

    @Test(arguments: [(["4=12x"], "invalid_digit"), (["4=1", "4=2"], "4 is there twice")])
    func `does not say that it sent what it did not`(_ arguments: [String], _ words: String) throws {
        let ended = try Self.send(try SharedServer.server.networkPort, arguments, pan: "9900000000000002")
        #expect(ended.status == 1 && ended.output.isEmpty && ended.errors.contains(words), "\(ended)")
    }

    @Test func `ends when nothing answers in time`() async throws {
        let issuer = try NetworkPeer()
        let ended = try Self.send(Int(issuer.port), ["--timeout", "1", "mti=0800"])
        #expect(ended.status == 1 && ended.errors.contains("no answer within 1.0 seconds"), "\(ended)")
    }

    @Test func `has what a message of 1993 needs`() async throws {
        let installation = try AvalProcess.Installation.make()
        let networks = """
              - {name: test, dialect: iso93-bcd-ascii, sign_on_required: false, listen: [{host: 127.0.0.1, port: 0}]}
            """
        let server = try PlayedScenario.serve(networks, on: installation)
        let pan = try await Client(server, installation).openAccount(funded: 10_000).pan
        for (arguments, code) in [(["4=1000"], "000"), (["mti=1200", "4=1000"], "000"), (["mti=1804"], "800")] {
            let dialect = ["--dialect", "iso93-bcd-ascii"]
            let sent = try Self.send(
                server.networkPort,
                dialect + arguments,
                pan: arguments[0] == "mti=1804" ? nil : pan
            )
            #expect(sent.status == 0 && sent.output.contains("39=\(code)"), "\(sent)")
        }
        #expect(server.stop() == 0)
    }
}
