import Foundation
import ISO8583
import Testing

/// Peers that send more than there is room for, or read nothing.
extension SessionStoryTests {
    @Test func `a flood of reversals waits for room, and each is acknowledged`() throws {
        let world = try World(
            "  - {name: blue, \(Self.plain), in_flight: 4, listen: [{host: 127.0.0.1, port: 0}]}\n"
        )
        let wire = try Wire(world.server)
        let factory = MessageFactory(pan: "4000000000000002")
        try wire.write((1...100).map { factory.reversal(of: Int64(1_000 + $0), 100, trace: Int64($0)) })
        var traces: Set<Int64> = []
        for _ in 1...100 { traces.insert(try #require(try wire.read()).digits(11) ?? 0) }
        #expect(traces.count == 100)
    }

    @Test func `a flood beyond the bound is refused and counted, and every request has one answer`() async throws {
        let world = try World(
            "  - {name: blue, \(Self.plain), in_flight: 4, listen: [{host: 127.0.0.1, port: 0}]}\n"
        )
        let holder = try await world.client.openAccount(funded: 1_000_000)
        let factory = MessageFactory(pan: holder.pan)
        let wire = try Wire(world.server)
        try wire.write((1...400).map { factory.purchase(100, trace: Int64($0)) })
        var codes: [String: Int] = [:]
        var traces: Set<Int64> = []
        for _ in 1...400 {
            let answer = try #require(try wire.read())
            codes[answer.text(39) ?? "", default: 0] += 1
            traces.insert(answer.digits(11) ?? 0)
        }
        #expect(traces.count == 400)
        #expect(Set(codes.keys) == ["00", "91"])
        let approved = try #require(codes["00"])
        let refused = try await world.metric(#"aval_network_messages_total{network="blue",event="refused"}"#)
        #expect(refused == codes["91"])
        #expect(try await world.metric(#"aval_network_in_flight{network="blue"}"#) == 0)
        #expect(try await world.client.balance(holder.account)[1] == approved * 100)
    }

    @Test func `a peer that does not read is not read from, and makes no memory grow`() throws {
        let world = try World("  - {name: blue, \(Self.plain), listen: [{host: 127.0.0.1, port: 0}]}\n")
        let wire = try Wire(port: world.server.networkPort, receiveBuffer: 4_096)
        let before = try residentBytes(world.server)
        var message = MessageFactory.echo(trace: 1)
        message.set(48, text: String(repeating: "x", count: 900))
        let echo = try wire.framing.encode(Codec.encode(message, dialect: wire.dialect))
        let limit = 60_000
        let written = wire.writeUntilStalled(echo, times: limit)
        #expect(written < limit * echo.count)
        #expect(try residentBytes(world.server) - before < 32 << 20)
        // Once it reads, it has all its answers.
        let sent = written / echo.count
        var answered = 0
        while answered < sent, try wire.read()?.messageType == 810 { answered += 1 }
        #expect(answered == sent)
    }

    @Test func `a peer that reads nothing for as long as it waits for answers is broken off`() async throws {
        let world = try World(
            "  - {name: blue, \(Self.plain), deadline_ms: 5000, margin_ms: 500, listen: [{host: 127.0.0.1, port: 0}]}\n"
        )
        let wire = try Wire(port: world.server.networkPort, receiveBuffer: 4_096)
        var message = MessageFactory.echo(trace: 1)
        message.set(48, text: String(repeating: "x", count: 900))
        let echo = try wire.framing.encode(Codec.encode(message, dialect: wire.dialect))
        _ = wire.writeUntilStalled(echo, times: 60_000)
        try await world.waitFor(#"aval_network_connections_total{network="blue",event="unanswered"}"#, above: 0)
        #expect(try await world.metric(#"aval_network_connections{network="blue"}"#) == 0)
        #expect(world.server.stop() == 0)
    }

    private func residentBytes(_ server: AvalProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(server.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) << 10
    }
}
