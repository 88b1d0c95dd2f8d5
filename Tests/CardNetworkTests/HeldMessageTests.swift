import CardCryptography
import ISO8583
import NIOCore
import Testing

@testable import CardNetwork

/// Another process may have been sent a new key.
@Suite struct `A message under a key that a session does not know` {
    private static let fresh = "89ABCDEF0123456776543210FEDCBA98"

    private static func network(
        asksAfter failures: Int = 2,
        _ change: (inout NetworkProfile) -> Void = { _ in }
    ) throws -> SealedNetwork {
        try SealedNetwork { profile in
            var rules = KeyRequestRules()
            rules.failures = failures
            profile.keys?.change?.request = rules
            change(&profile)
        }
    }

    /// A payment under the new key; nil for the current one.
    private static func payment(_ trace: Int, _ network: SealedNetwork, _ key: String? = fresh) throws -> [UInt8] {
        let key = try key.map { try SealedNetwork.key($0) } ?? network.current
        return try network.seal.pack(Fixture.purchase([11: String(trace)]), key: key)
    }

    @Test func `is handled once the keys have been read, and counts for nothing`() throws {
        let network = try Self.network(asksAfter: 1)
        network.source.set(stored: try network.stored(Self.fresh))
        let line = try network.line()
        for trace in [100_001, 100_002] {
            #expect(try line.send(try Self.payment(trace, network)).map { $0.text(39) } == ["00"])
        }
        #expect(network.source.readings == 1)
        #expect(line.metrics.value(.macWrong) == 0)
    }

    /// Whether what is stored could be read.
    @Test(arguments: [true, false]) func `is refused, and makes us ask only when reading did not help`(
        isRead: Bool
    ) throws {
        let network = try Self.network()
        network.source.set(isAway: !isRead)
        let line = try network.line()
        let types = try [100_001, 100_002].map { trace in
            try line.send(try Self.payment(trace, network)).map(\.messageType)
        }
        #expect(types == [[110], isRead ? [110, 800] : [110]])
        #expect(line.metrics.value(.macWrong) == 2)
    }

    @Test func `waits with others for one reading, while messages under the known key go on`() throws {
        let network = try Self.network()
        network.source.set(stored: try network.stored(Self.fresh), isSlow: true)
        let line = try network.line()
        for trace in 100_001...100_050 { #expect(try line.send(try Self.payment(trace, network)).isEmpty) }
        #expect(try line.send(try Self.payment(200_001, network, nil)).map { $0.text(39) } == ["00"])
        #expect(network.source.readings == 1)
        network.source.end(.now)
        let answers = try line.pass(.zero)
        #expect(answers.map { $0.text(11) } == (100_001...100_050).map { String($0) })
        // The account has no money for all of them.
        #expect(answers.allSatisfy { ["00", "51"].contains($0.text(39)) })
    }

    @Test func `is refused at once when too many wait`() throws {
        let network = try Self.network(asksAfter: 1)
        network.source.set(isSlow: true)
        let line = try network.line()
        for trace in 100_001...100_256 { #expect(try line.send(try Self.payment(trace, network)).isEmpty) }
        #expect(try line.send(try Self.payment(100_257, network)).map { $0.text(39) } == ["63"])
        #expect(network.source.readings == 1)
    }

    @Test func `waits for a reading that began after it came`() throws {
        let network = try Self.network()
        network.source.set(isSlow: true)
        let line = try network.line()
        let before = ContinuousClock.now
        #expect(try line.send(try Self.payment(100_001, network)).isEmpty)
        network.source.end(before)
        #expect(try line.pass(.zero).isEmpty)
        #expect(network.source.readings == 2)
        network.source.set(stored: try network.stored(Self.fresh))
        network.source.end(.now)
        #expect(try line.pass(.zero).map { $0.text(39) } == ["00"])
    }

    @Test func `is refused in time when the keys are not read`() throws {
        let network = try Self.network(asksAfter: 1) { $0.dialect.deadline = $0.dialect.margin + .milliseconds(20) }
        network.source.set(isSlow: true)
        let line = try network.line()
        try line.receive(try Self.payment(100_001, network))
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(15)
        while clock.now < end {}
        #expect(try line.pass(.milliseconds(15)).map { $0.text(39) } == ["63"])
    }

    @Test func `is taken with what is left of it, when that is an advice`() throws {
        let network = try Self.network()
        network.source.set(stored: try network.stored(Self.fresh))
        let line = try network.line()
        let key = try SealedNetwork.key(Self.fresh)
        let whole = String(decoding: try network.seal.pack(Fixture.reversal([:]), key: key), as: UTF8.self)
        let covered = Array(whole.replacing("0512345", with: "9912345", maxReplacements: 1).utf8).dropLast(16)
        let code = try MessageAuthentication.code(Array(covered), padding: .method1, key: key)
        let digits = code.flatMap { byte in [byte >> 4, byte & 15].map { Array("0123456789ABCDEF".utf8)[Int($0)] } }
        #expect(try line.send(Array(covered) + digits).count == 1)
        #expect(line.decidedCount == 1)
        #expect(line.metrics.value(.macWrong) == 0)
    }
}
