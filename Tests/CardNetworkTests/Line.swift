import AuthorizationCore
import CardCryptography
import ISO8583
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import AuthorizationEngine
@testable import CardNetwork

/// Finds one card, whatever the number.
private struct OneCard: Directory {
    var route: CardRoute

    func findCard(
        panIndex: [UInt8],
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardRoute?, any Error>) -> Void
    ) {
        completion(.success(route))
    }
}

/// Of programs that verify nothing.
private struct NoProfiles: CardProfiles {
    func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    ) {
        completion(.success(nil))
    }
}

/// A whole session without its socket, on an issuer of one account.
final class Line {
    let profile: NetworkProfile
    let session: NetworkSession
    let metrics: NetworkMetrics
    private let channel: EmbeddedChannel
    private let inbox = LaneInbox()
    private var issuer = Issuer()
    private var decoder: FrameDecoder
    private(set) var decidedCount = 0

    convenience init(_ dialect: Dialect, log: (any MessageLog)? = nil) throws {
        let profile = NetworkProfile(name: "test", dialect: dialect, framing: FrameFormat(.bigEndian2))
        try self.init(profile, log: log)
    }

    /// - Parameter log: where messages are kept.
    init(_ profile: NetworkProfile, keys: SessionKeys? = nil, log: (any MessageLog)? = nil) throws {
        self.profile = profile
        let key = try #require(SecretKey(hexadecimal: [UInt8](repeating: UInt8(ascii: "1"), count: 64)))
        let account = try #require(issuer.state.account)
        metrics = NetworkMetrics(network: "test", dialect: profile.dialect)
        let vault = PANVault(encryptionKey: key, indexKey: key)
        let modules = SecurityModules(SoftwareHSM([:]))
        let gateway = NetworkGateway(
            profile: profile,
            engine: AuthorizationEngine(inboxes: [inbox]),
            directory: OneCard(route: CardRoute(card: Issuer.card, account: account.id, tenant: account.tenant)),
            vault: vault,
            fingerprintKey: key,
            metrics: metrics,
            log: log,
            keys: keys,
            verifier: CardVerifier(
                modules: modules,
                keys: HeldKeys(),
                source: PlayedKeySource(WorkingKeys()),
                profiles: NoProfiles(),
                vault: vault
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var rules = SessionRules(isSignOnRequired: false)
        rules.keyRequests = profile.keys?.change?.request
        session = NetworkSession(gateway: gateway, rules: rules, isEncrypted: false) { _ in }
        decoder = FrameDecoder(profile.framing)
        channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(session)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// Sends a message and gives what is answered.
    func send(_ bytes: [UInt8]) throws -> [Message] {
        try receive(bytes)
        decideWaiting()
        return try answers()
    }

    /// Sends a message, which waits to be decided.
    func receive(_ bytes: [UInt8]) throws {
        var output: [UInt8] = []
        try profile.framing.append(bytes, to: &output)
        try channel.writeInbound(ByteBuffer(bytes: output))
    }

    /// The other side is gone.
    func breakOff() throws { _ = try channel.finish() }

    /// Sends a message that gets this from its lane, and gives what is answered.
    func send(_ bytes: [UInt8], toGet reply: Reply) throws -> [Message] {
        try receive(bytes)
        for item in inbox.take(64) ?? [] { item.answer(reply) }
        channel.embeddedEventLoop.run()
        return try answers()
    }

    func decideWaiting() {
        // What waited for keys may go on now.
        channel.embeddedEventLoop.run()
        while inbox.waitingCount > 0 {
            for item in inbox.take(64) ?? [] { item.answer(issuer.reply(to: item.command)) }
            decidedCount += 1
            // An account of few authorizations: what is tested is not its size.
            if decidedCount % 500 == 0 { issuer = Issuer() }
        }
        channel.embeddedEventLoop.run()
    }

    /// Runs what was to happen until then, and gives what is answered.
    func pass(_ time: TimeAmount) throws -> [Message] {
        channel.embeddedEventLoop.advanceTime(by: time)
        decideWaiting()
        return try answers()
    }

    private func answers() throws -> [Message] {
        var messages: [Message] = []
        while let output = try channel.readOutbound(as: ByteBuffer.self) {
            decoder.append(output.readableBytesView)
            while case .message(_, let bytes)? = try decoder.next() {
                messages.append(try Codec.decode(bytes, dialect: profile.dialect))
            }
        }
        return messages
    }

    /// Whether an echo is answered.
    func echoes(_ number: Int) throws -> Bool {
        let key = AnswerKey(transmission: 601_120_000, trace: Int64(number % 1_000_000))
        let echo = profile.request(.echo, key, at: Fixture.now)
        let answers = try send(try Codec.encode(echo, dialect: profile.dialect))
        return answers.contains { AnswerKey(answer: $0, to: .network)?.trace == key.trace && profile.isApproval($0) }
    }
}
