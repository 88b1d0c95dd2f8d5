import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Testing

@testable import CardNetwork

/// A version that was made here, which an operator brings to the network.
@Suite struct `A new key for what a network is sent` {
    private static let fresh = "89ABCDEF0123456776543210FEDCBA98"
    private static let end = Instant(microseconds: .max)

    private let network: SealedNetwork
    private let new: Key

    init() throws {
        network = try SealedNetwork()
        new = try SealedNetwork.key(Self.fresh)
    }

    /// What is read while the network may not have the new key.
    private func stored(before: [Key], until: Instant = end) -> WorkingKeys.Keys {
        var keys = WorkingKeys.Keys()
        keys.incoming = [WorkingKeys.Held(new)] + before.map { WorkingKeys.Held($0, until: until) }
        keys.outgoing = new
        keys.outgoingBefore = before.map { WorkingKeys.Held($0, until: until) }
        return keys
    }

    private func read(_ keys: WorkingKeys.Keys) {
        _ = network.keys.replace(by: keys, since: network.keys.changes, at: Fixture.now)
    }

    /// Sends a payment, and tells which of the keys made the answer's code.
    private func answered(_ line: Line, _ key: Key, trace: String) throws -> String? {
        let answers = try line.send(try network.seal.pack(Fixture.purchase([11: trace]), key: key))
        let answer = try #require(answers.first)
        let packed = try Codec.encode(answer, dialect: network.profile.dialect)
        let known = [("new", new), ("current", network.current), ("previous", network.previous)]
        return known.first { network.seal.verdict(on: answer, packed, keys: [$0.1]) == .authentic }?.0
    }

    @Test func `makes codes once a message of the network has one of it, also when keys are read again`() throws {
        let line = try network.line()
        let keys = stored(before: [network.current])
        read(keys)
        #expect(try answered(line, network.current, trace: "000401") == "current")
        read(keys)
        #expect(try answered(line, network.current, trace: "000402") == "current")
        #expect(try answered(line, new, trace: "000403") == "new")
        read(keys)
        // One that was on its way.
        #expect(try answered(line, network.current, trace: "000404") == "new")
    }

    @Test func `makes them when the time of the one before is over, or that is not there`() {
        read(stored(before: [network.current], until: Fixture.now))
        #expect(network.keys.outgoing(at: Fixture.now) === new)
        #expect(network.keys.outgoing(at: Instant(microseconds: Fixture.now.microseconds - 1)) === network.current)
        read(stored(before: []))
        #expect(network.keys.outgoing(at: Fixture.now) === new)
    }

    private static func later(_ minutes: Int64) -> Instant {
        Instant(microseconds: Fixture.now.microseconds + minutes * 60_000_000)
    }

    /// Two new versions within the grace of the first.
    private func storedTwice() -> WorkingKeys.Keys {
        var keys = stored(before: [network.previous, network.current])
        keys.outgoingBefore[0].until = Self.later(90)
        keys.outgoingBefore[1].until = Self.later(60)
        return keys
    }

    /// Whether the process has just begun, or ran before both.
    @Test(arguments: [true, false])
    func `comes after all those before: the oldest whose time is not over makes codes`(isNew: Bool) {
        let keys = isNew ? WorkingKeys() : network.keys
        _ = keys.replace(by: storedTwice(), since: keys.changes, at: Fixture.now)
        for (minutes, key) in [
            (0, network.current), (59, network.current), (60, network.previous), (89, network.previous), (90, new),
        ] as [(Int64, Key)] {
            #expect(keys.outgoing(at: Self.later(minutes)) === key, "\(minutes)")
        }
        keys.isProved(network.current)
        #expect(keys.outgoing(at: Fixture.now) === network.current)
        keys.isProved(network.previous)
        _ = keys.replace(by: storedTwice(), since: keys.changes, at: Fixture.now)
        // One that was on its way.
        keys.isProved(network.current)
        #expect(keys.outgoing(at: Fixture.now) === network.previous)
        #expect(keys.outgoing(at: Self.later(90)) === new)
    }

    @Test func `makes them at once when the network has sent it`() throws {
        read(stored(before: [network.current]))
        let sent = try SealedNetwork.key("FEDCBA98765432100123456789ABCDEF")
        network.keys.activate(sent, .both, grace: .seconds(60), at: Fixture.now)
        #expect(network.keys.outgoing(at: Fixture.now) === sent)
    }
}
