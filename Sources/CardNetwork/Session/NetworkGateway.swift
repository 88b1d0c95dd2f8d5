import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging

/// Takes a network's requests to their accounts' lanes. Shared by all sessions of the network.
package struct NetworkGateway: Sendable {
    package let profile: NetworkProfile
    package let metrics: NetworkMetrics
    let logger: Logger
    private let engine: AuthorizationEngine
    private let directory: any Directory
    private let vault: PANVault
    private let fingerprintKey: SecretKey

    package init(
        profile: NetworkProfile,
        engine: AuthorizationEngine,
        directory: any Directory,
        vault: PANVault,
        fingerprintKey: SecretKey,
        metrics: NetworkMetrics,
        logger: Logger
    ) {
        self.profile = profile
        self.engine = engine
        self.directory = directory
        self.vault = vault
        self.fingerprintKey = fingerprintKey
        self.metrics = metrics
        self.logger = logger
    }

    /// Finds the card's account and hands the command to its lane.
    ///
    /// - Parameters:
    ///   - pan: nil, or a number whose check digit is wrong, belongs to no account.
    ///   - command: makes the command once the card is known.
    ///   - reply: called once, on any thread.
    func submit(
        _ pan: PAN?,
        _ identity: RequestIdentity,
        deadline: ContinuousClock.Instant,
        command: @escaping @Sendable (CardID?, MessageIdentity?) -> Command,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        guard let pan, pan.hasValidCheckDigit else {
            return submit(command(nil, nil), nil, nil, deadline, reply)
        }
        do {
            let index = try vault.index(of: pan)
            let message = MessageIdentity(
                key: identity.key,
                fingerprint: try Digest.hmac(index + Array(identity.content.utf8), key: fingerprintKey)
                    + identity.furtherElements
            )
            route(index, deadline, fresh: false, command: { command($0, $0 == nil ? nil : message) }, reply: reply)
        } catch {
            logger.error("a card number could not be indexed", metadata: ["problem": "\(error)"])
            reply(.failed)
        }
    }

    /// A route that leads to another card's row is asked for once more, from the truth.
    private func route(
        _ index: [UInt8],
        _ deadline: ContinuousClock.Instant,
        fresh: Bool,
        command: @escaping @Sendable (CardID?) -> Command,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        directory.findCard(panIndex: index, fresh: fresh) { found in
            switch found {
            case .success(let found?):
                submit(command(found.card), found.account, index, deadline) { answer in
                    switch answer {
                    case .misrouted where !fresh, .notFound where !fresh:
                        route(index, deadline, fresh: true, command: command, reply: reply)
                    case .decided, .keyConflict, .notFound, .misrouted, .late, .refused, .failed: reply(answer)
                    }
                }
            case .success(nil): submit(command(nil), nil, nil, deadline, reply)
            case .failure: reply(.refused)
            }
        }
    }

    private func submit(
        _ command: Command,
        _ account: AccountID?,
        _ panIndex: [UInt8]?,
        _ deadline: ContinuousClock.Instant,
        _ reply: @escaping @Sendable (Reply) -> Void
    ) {
        engine.submit(
            LaneItem(
                id: engine.newEventID(for: account),
                account: account,
                command: command,
                panIndex: panIndex,
                seed: .random(in: .min ... .max),
                deadline: deadline,
                reply: reply
            )
        )
    }
}
