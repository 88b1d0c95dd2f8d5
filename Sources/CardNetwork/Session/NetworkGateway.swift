import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging

/// Takes a network's requests to their accounts' lanes. Shared by all sessions of the network.
package struct NetworkGateway: Sendable {
    package let profile: NetworkProfile
    /// What of its messages is kept.
    let storable: StorageAllowList
    package let metrics: NetworkMetrics
    /// Nil where messages are not kept.
    let log: (any MessageLog)?
    let logger: Logger
    /// Nil where messages have no authentication codes: by the dialect, or because the network has no key for them.
    let seal: MessageSeal?
    /// Nil where the network has no keys.
    let keys: WorkingKeys?
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
        log: (any MessageLog)? = nil,
        keys: WorkingKeys? = nil,
        logger: Logger
    ) {
        self.profile = profile
        storable = profile.credential.withoutSecrets(profile.dialect.storable)
        self.engine = engine
        self.directory = directory
        self.vault = vault
        self.fingerprintKey = fingerprintKey
        self.metrics = metrics
        self.log = log
        self.keys = keys
        let hasCodes = profile.keys?.working.contains { $0.purpose == .mac } == true
        seal = hasCodes ? MessageSeal(profile.dialect) : nil
        self.logger = logger
    }

    /// Finds the card's account and hands the command to its lane.
    ///
    /// - Parameters:
    ///   - pan: nil, or a number whose check digit is wrong, belongs to no account.
    ///   - token: the number of the token that was used in the card's place; nil without one.
    ///   - command: makes the command once the card is known, with the token's index.
    ///   - coding: how the outcome is told.
    ///   - reply: called once, on any thread.
    func submit(
        _ pan: PAN?,
        _ token: PAN?,
        _ identity: RequestIdentity,
        deadline: ContinuousClock.Instant,
        command: @escaping NetworkCommandMaker,
        coding: @escaping AnswerCoding,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        let errand = Errand(deadline: deadline, coding: coding, reply: reply)
        do {
            let tokenIndex = try token.map { token throws(CryptographyError) in try vault.contentIndex(of: token) }
            guard let pan, pan.hasValidCheckDigit else {
                return submit(command(nil, nil, tokenIndex), nil, nil, errand)
            }
            let message = MessageIdentity(
                key: identity.key,
                fingerprint: try Digest.hmac(
                    vault.contentIndex(of: pan) + Array(identity.content.utf8),
                    key: fingerprintKey
                ) + identity.furtherElements
            )
            route(pan, errand, fresh: false) { command($0, $0 == nil ? nil : message, tokenIndex) }
        } catch {
            fail(errand, error)
        }
    }

    /// What goes with a command to its lane, whichever lane that is.
    private struct Errand: Sendable {
        var deadline: ContinuousClock.Instant
        var coding: AnswerCoding
        var reply: @Sendable (Reply) -> Void
    }

    private func fail(_ errand: Errand, _ error: CryptographyError) {
        logger.error("a card number could not be indexed", metadata: ["problem": "\(error)"])
        errand.reply(.failed)
    }

    /// A route that leads to another card's row is asked for once more, from the truth and by an index that is made anew:
    /// the index key may have been rotated while the command waited in its lane.
    private func route(
        _ pan: PAN,
        _ errand: Errand,
        fresh: Bool,
        command: @escaping @Sendable (CardID?) -> Command
    ) {
        let index: [UInt8]
        do {
            index = try vault.index(of: pan)
        } catch {
            return fail(errand, error)
        }
        directory.findCard(panIndex: index, fresh: fresh) { found in
            switch found {
            case .success(let found?):
                var first = errand
                first.reply = { answer in
                    switch answer {
                    case .misrouted where !fresh, .notFound where !fresh:
                        route(pan, errand, fresh: true, command: command)
                    case .decided, .keyConflict, .notFound, .misrouted, .late, .refused, .failed: errand.reply(answer)
                    }
                }
                submit(command(found.card), found.account, index, first)
            case .success(nil): submit(command(nil), nil, nil, errand)
            case .failure: errand.reply(.refused)
            }
        }
    }

    private func submit(_ command: Command, _ account: AccountID?, _ panIndex: [UInt8]?, _ errand: Errand) {
        engine.submit(
            LaneItem(
                id: engine.newEventID(for: account),
                account: account,
                command: command,
                panIndex: panIndex,
                coding: errand.coding,
                seed: .random(in: .min ... .max),
                deadline: errand.deadline,
                reply: errand.reply
            )
        )
    }
}
