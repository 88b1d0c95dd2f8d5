import Foundation
import ISO8583
import TestSupport
import Testing

/// Card numbers that are tried out at one merchant.
@Suite struct EnumerationStoryTests {
    private struct Shop {
        let wire: Wire
        var trace: Int64 = 0

        /// DE 39 and 44 of a payment.
        mutating func pay(_ pan: String, at acceptor: String, _ changes: [Int: String?] = [:]) throws -> [String?] {
            trace += 1
            let request = MessageFactory(pan: pan).purchase(100, trace: trace)
                .with([22: "811", 42: acceptor.padding(toLength: 15, withPad: " ", startingAt: 0)])
            let answer = try wire.exchange(request.with(changes))
            return [answer.text(39), answer.text(44)]
        }
    }

    /// Numbers that begin as this one does, and that no card has.
    private static func guesses(_ pan: String, _ count: Int) -> [String] {
        (0..<count).map { number in
            let digits = Array("\(pan.prefix(6))\(String(100_000_000 + number))".utf8).map { Int($0) - 48 }
            let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
                let value = digit.offset % 2 == 0 ? digit.element * 2 : digit.element
                return sum + (value > 9 ? value - 9 : value)
            }
            return digits.map(String.init).joined() + "\((10 - sum % 10) % 10)"
        }
    }

    @Test(arguments: [nil, "redis://127.0.0.1:1"])
    func `is stopped there, while others go on, whether or not there is a Redis`(_ redis: String?) async throws {
        let installation = try AvalProcess.Installation.make()
        var settings = ["AVAL_MERCHANT_FAILURES_LIMIT": "5"]
        settings["AVAL_REDIS_URL"] = redis
        let server = try AvalProcess(installation, settings)
        let client = Client(server, installation)
        let holder = try await client.openAccount(funded: 10_000)
        var shop = Shop(wire: try Wire(server))
        let numbers = Self.guesses(holder.pan, 5)
        for number in numbers.prefix(4) { #expect(try shop.pay(number, at: "PROBED") == ["14", "03"]) }
        // A right number with a wrong date counts alike, and a right payment takes nothing back.
        #expect(try shop.pay(holder.pan, at: "PROBED") == ["00", nil])
        #expect(try shop.pay(holder.pan, at: "PROBED", [14: "2001"]) == ["54", "01"])
        let stopped: [String?] = ["59", "02"]
        #expect(try shop.pay(numbers[4], at: "PROBED") == stopped)
        #expect(try shop.pay(holder.pan, at: "PROBED") == stopped)
        #expect(try shop.pay(holder.pan, at: "PROBED", [14: "2001"]) == stopped)
        _ = try await client.post("/v1/cards/\(holder.card)/status", #"{"status":"lost","reason":"reported"}"#)
            .expecting(200)
        #expect(try shop.pay(holder.pan, at: "PROBED") == stopped)
        #expect(try shop.pay("4111111111111111", at: "PROBED") == ["15", "03"])
        #expect(try shop.pay(numbers[4], at: "OTHER") == ["14", "03"])
        let other = try await client.openAccount(funded: 10_000)
        #expect(try shop.pay(other.pan, at: "OTHER") == ["00", nil])
        #expect(try shop.pay(other.pan, at: "PROBED", [32: "654321"]) == ["00", nil])
        // Where as many fail among more that are approved, nobody is stopped.
        #expect(try shop.pay(numbers[0], at: "BUSY") == ["14", "03"])
        for _ in 0..<46 { #expect(try shop.pay(other.pan, at: "BUSY") == ["00", nil]) }
        for number in numbers.suffix(4) { #expect(try shop.pay(number, at: "BUSY") == ["14", "03"]) }
        #expect(try shop.pay(other.pan, at: "BUSY") == ["00", nil])

        let metrics = String(decoding: try await client.get("/metrics").body, as: UTF8.self).split(separator: "\n")
        #expect(metrics.contains("aval_merchant_declines_total 4") && metrics.contains("aval_merchants_stopped 1"))
        let acceptor = "acceptor=\"PROBED\""
        let named = metrics.filter { $0.hasPrefix("aval_merchant_failures{") }
        #expect(
            named.count == 1 && named[0].contains("bin=\"\(holder.pan.prefix(6))\",acquirer=\"123456\",\(acceptor)")
        )
        #expect(server.stop() == 0)
        let always = ["replay", "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z"]
        for command in [["ledger", "verify"], always] {
            let ended = try AvalProcess.command(command, on: installation.database)
            #expect(ended.status == 0, "\(command) \(ended)")
        }
    }
}
