import Foundation
import ISO8583
import TestSupport
import Testing

/// Several networks at once, the connections that Aval makes, and peers that do not behave.
@Suite struct SessionStoryTests {
    /// A service with networks of its own.
    struct World {
        let installation: AvalProcess.Installation
        let server: AvalProcess
        let client: Client

        /// - Parameters:
        ///   - networks: the file's list.
        ///   - doors: listeners and connectors in it.
        init(_ networks: String, doors: Int = 1) throws {
            installation = try AvalProcess.Installation.make()
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
            try Data("networks:\n\(networks)".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            server = try AvalProcess(installation, ["AVAL_NETWORK_FILE": file.path], doors: doors)
            client = Client(server, installation)
        }

        /// The value of one line of the metrics; 0 when it is not there.
        func metric(_ line: String) async throws -> Int {
            let text = String(decoding: try await client.get("/metrics").expecting(200).body, as: UTF8.self)
            let found = text.split(separator: "\n").first { $0.hasPrefix(line + " ") }
            return found?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        }

        /// Waits a minute at most.
        func waitFor(_ line: String, above bound: Int) async throws {
            for _ in 0..<3_000 {
                if try await metric(line) > bound { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            throw AvalProcess.Problem(description: "\(line) does not get above \(bound)")
        }
    }

    private static let connectFailures =
        #"aval_network_connections_total{network="blue",event="connect_failed"}"#
    static let plain = "dialect: iso87-ascii-hexbitmap, sign_on_required: false"

    @Test func `two networks at once each speak their own dialect and have keys of their own`() async throws {
        let world = try World(
            """
              - {name: blue, \(Self.plain), listen: [{host: 127.0.0.1, port: 0}, {host: 127.0.0.1, port: 0}]}
              - name: green
                dialect: iso87-ebcdic
                framing: {length: ascii-4}
                listen: [{host: 127.0.0.1, port: 0}]
            """,
            doors: 3
        )
        let holder = try await world.client.openAccount(funded: 10_000)
        let request = MessageFactory(pan: holder.pan).purchase(1_000, trace: 1)
        let ports = world.server.networkPorts
        let blue = try Wire(port: ports[0])
        #expect(try blue.exchange(request).text(39) == "00")
        // A repeat over the network's other listener is a repeat.
        var repeated = request
        repeated.messageType = 101
        #expect(try Wire(port: ports[1]).exchange(repeated).text(39) == "00")
        #expect(try await world.client.balance(holder.account) == [10_000, 1_000, 9_000])

        let green = try Wire(port: ports[2], dialect: .iso87EBCDIC, framing: FrameFormat(.ascii4))
        #expect(try green.exchange(request).text(39) == "91")
        var signOn = MessageFactory.echo(trace: 2)
        signOn.set(70, text: "001")
        #expect(try green.exchange(signOn).text(39) == "00")
        // The same elements from another network are another request.
        #expect(try green.exchange(request).text(39) == "00")
        #expect(try await world.client.balance(holder.account) == [10_000, 2_000, 8_000])

        #expect(try await world.metric(#"aval_network_answers_total{network="green",mti="0100",code="91"}"#) == 1)
        #expect(try await world.metric(#"aval_network_answers_total{network="green",mti="0100",code="00"}"#) == 1)
        #expect(try await world.metric(#"aval_network_messages_total{network="blue",event="repeated"}"#) == 1)
        #expect(try await world.metric(#"aval_network_signed_on{network="green"}"#) == 1)
        #expect(try await world.metric(#"aval_network_connections{network="blue"}"#) >= 1)
        #expect(world.server.stop() == 0)
    }

    @Test func `mutual TLS lets in who has a certificate and nobody else`() async throws {
        let certificates = try Certificates()
        for name in ["server", "network"] { try certificates.make(name) }
        let stranger = try Certificates()
        try stranger.make("stranger")
        let world = try World(
            """
              - name: blue
                \(Self.plain.replacing(", ", with: "\n    "))
                listen:
                  - host: 127.0.0.1
                    port: 0
                    tls:
                      certificate: \(certificates.path("server.pem"))
                      key: \(certificates.path("server.key"))
                      roots: \(certificates.roots)
            """
        )
        let port = world.server.networkPort
        let request = try FrameFormat(.bigEndian2).encode(
            Codec.encode(MessageFactory.echo(trace: 1), dialect: .iso87ASCIIHexBitmap)
        )
        let network = try TLSClient(port: port, certificates, certificate: "network")
        try network.write(request)
        var decoder = FrameDecoder(FrameFormat(.bigEndian2))
        decoder.append(network.read(20))
        guard case .message(_, let bytes)? = try decoder.next() else {
            Issue.record("no answer over TLS")
            return
        }
        #expect(try Codec.decode(bytes, dialect: .iso87ASCIIHexBitmap).text(39) == "00")

        let anonymous = try TLSClient(port: port, certificates, certificate: nil)
        #expect(anonymous.ends)
        let old = try TLSClient(port: port, certificates, certificate: "network", protocolOption: "-tls1_1")
        #expect(old.ends)
        try FileManager.default.copyItem(atPath: stranger.path("stranger.pem"), toPath: certificates.path("other.pem"))
        try FileManager.default.copyItem(atPath: stranger.path("stranger.key"), toPath: certificates.path("other.key"))
        #expect(try TLSClient(port: port, certificates, certificate: "other").ends)
        let unencrypted = try Wire(port: port)
        unencrypted.write(request)
        #expect(try unencrypted.read() == nil)
        #expect(try await world.metric(#"aval_network_connections_total{network="blue",event="broken"}"#) >= 3)
        #expect(try await world.metric(#"aval_network_received_total{network="blue",mti="0800"}"#) == 1)
    }

    @Test func `Aval connects over TLS to whom it can verify, and shows its own certificate`() async throws {
        let certificates = try Certificates()
        try certificates.make("server", for: "DNS:blue.example")
        try certificates.make("network")
        let stranger = try Certificates()
        try stranger.make("stranger")
        let port = try NetworkPeer().port
        func connector(_ name: String, _ certificate: String, _ key: String, _ more: String = "") -> String {
            """

              - name: \(name)
                dialect: iso87-ascii-hexbitmap
                connect:
                  - host: 127.0.0.1
                    port: \(port)
                    tls: {roots: \(certificates.roots), certificate: \(certificate), key: \(key)\(more)}
                sign_on: true
                reconnect: {first_ms: 20, longest_ms: 50}
            """
        }
        let (ours, ourKey) = (certificates.path("network.pem"), certificates.path("network.key"))
        // One network of this service plays the other side for the rest.
        let world = try World(
            """
              - name: blue
                dialect: iso87-ascii-hexbitmap
                listen:
                  - host: 127.0.0.1
                    port: \(port)
                    tls:
                      certificate: \(certificates.path("server.pem"))
                      key: \(certificates.path("server.key"))
                      roots: \(certificates.roots)
            """ + connector("green", ours, ourKey, ", server_name: blue.example")
                + connector(
                    "stranger",
                    stranger.path("stranger.pem"),
                    stranger.path("stranger.key"),
                    ", server_name: blue.example"
                ) + connector("misled", ours, ourKey),
            doors: 4
        )
        for (name, event) in [("stranger", "broken"), ("misled", "broken")] {
            try await world.waitFor(#"aval_network_connections_total{network="\#(name)",event="\#(event)"}"#, above: 1)
            #expect(try await world.metric(#"aval_network_signed_on{network="\#(name)"}"#) == 0)
        }
        try await world.waitFor(#"aval_network_signed_on{network="green"}"#, above: 0)
        #expect(try await world.metric(#"aval_network_signed_on{network="blue"}"#) == 1)
        #expect(world.server.stop() == 0)
    }

    @Test func `what is wrong with the file or its keys is named before anything is served`() throws {
        let certificates = try Certificates()
        try certificates.make("server")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644],
            ofItemAtPath: certificates.path("server.key")
        )
        let file = certificates.path("networks.yaml")
        let text = """
            networks:
              - {name: UPPER, dialect: iso87-ebcdic, listen: [{host: 127.0.0.1, port: 0}]}
              - name: blue
                dialect: morse
              - name: green
                dialect: iso87-ebcdic
                listen:
                  - host: 127.0.0.1
                    port: 0
                    tls: {certificate: /nowhere.pem, key: \(certificates.path("server.key")), roots: \(file)}
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let database = try SharedServer.installation.database
        for command in [["config", "check"], ["serve"]] {
            let ended = try AvalProcess.command(command, on: database, settings: ["AVAL_NETWORK_FILE": file])
            #expect(ended.status == 1)
            let said = ended.output + ended.errors
            for expected in [
                "AVAL_NETWORK_FILE", "networks[1].name: 1 to 16", "networks[2].dialect: no dialect morse",
                "tls.certificate: /nowhere.pem cannot be read", "tls.key: ", "may be read by others",
                "tls.roots: \(file) holds no certificate",
            ] { #expect(said.contains(expected), "\(expected) is not in \(said)") }
        }
    }

    @Test func `Aval signs on where it connects, answers there, comes back when it is lost, and signs off`()
        async throws
    {
        let peer = try NetworkPeer()
        let world = try World(
            """
              - name: blue
                dialect: iso87-ascii-hexbitmap
                connect: [{host: 127.0.0.1, port: \(peer.port)}]
                sign_on: true
                reconnect: {first_ms: 20, longest_ms: 50}
            """
        )
        let first = try peer.accept()
        try first.expectManagement("001")
        let holder = try await world.client.openAccount(funded: 10_000)
        let factory = MessageFactory(pan: holder.pan)
        #expect(try first.exchange(factory.purchase(1_000, trace: 1)).text(39) == "00")
        #expect(try first.exchange(MessageFactory.echo(trace: 2)).text(39) == "00")
        // Nobody asked for this one.
        var unasked = Message(110)
        unasked.set(11, text: "000077")
        unasked.set(39, text: "00")
        try first.write(unasked)
        #expect(try first.exchange(MessageFactory.echo(trace: 3)).text(39) == "00")
        #expect(try await world.metric(#"aval_network_messages_total{network="blue",event="unsolicited"}"#) == 1)

        peer.stop()
        first.reset()
        try await world.waitFor(Self.connectFailures, above: 2)
        try peer.restart()
        let second = try peer.accept()
        // Refused: closed, and tried again.
        try second.expectManagement("001", answering: "91")
        #expect(try second.read() == nil)
        let third = try peer.accept()
        try third.expectManagement("001")
        #expect(try third.exchange(factory.purchase(1_000, trace: 1, type: 101)).text(39) == "00")
        #expect(try await world.client.balance(holder.account) == [10_000, 1_000, 9_000])
        #expect(try await world.metric(#"aval_network_connections_total{network="blue",event="reconnected"}"#) == 2)

        world.server.interrupt()
        try third.expectManagement("002")
        #expect(try third.read() == nil)
        #expect(world.server.wait() == 0)
    }

    @Test func `an echo without an answer ends the connection, and another is made`() async throws {
        let peer = try NetworkPeer()
        let world = try World(
            """
              - name: blue
                \(Self.plain.replacing(", ", with: "\n    "))
                connect: [{host: 127.0.0.1, port: \(peer.port)}]
                echo_every_ms: 100
                answer_timeout_ms: 1500
                reconnect: {first_ms: 20, longest_ms: 50}
            """
        )
        let first = try peer.accept()
        for _ in 0..<3 { try first.expectManagement("301") }
        let unanswered = try #require(try first.read())
        #expect(unanswered.text(70) == "301")
        #expect(try first.read() == nil)
        let second = try peer.accept()
        try second.expectManagement("301")
        #expect(try await world.metric(#"aval_network_connections_total{network="blue",event="unanswered"}"#) == 1)
    }
}
