import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583
import Logging

/// Takes a network's requests to their accounts' lanes. Shared by all sessions of the network.
package final class NetworkGateway: Sendable {
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
    let keys: SessionKeys?
    private let engine: AuthorizationEngine
    private let directory: any Directory
    private let vault: PANVault
    private let fingerprintKey: SecretKey
    private let verifier: CardVerifier
    private let issuers: KnownIssuers
    private let merchants: (any MerchantWatch)?
    /// Those that a chip may be answered with.
    private let responseCodes: [String]

    /// - Parameter merchants: nil where merchants' failures are not counted.
    package init(
        profile: NetworkProfile,
        engine: AuthorizationEngine,
        directory: any Directory,
        vault: PANVault,
        fingerprintKey: SecretKey,
        metrics: NetworkMetrics,
        log: (any MessageLog)? = nil,
        keys: SessionKeys? = nil,
        verifier: CardVerifier,
        issuers: KnownIssuers = KnownIssuers(),
        merchants: (any MerchantWatch)? = nil,
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
        self.verifier = verifier
        self.issuers = issuers
        self.merchants = merchants
        responseCodes = profile.responses.codesForChips
        let hasCodes = profile.keys?.working.contains { $0.purpose == .mac } == true
        seal = hasCodes ? MessageSeal(profile.dialect) : nil
        self.logger = logger
    }

    /// Finds the card's account and hands the command to its lane.
    ///
    /// - Parameters:
    ///   - command: makes the command once the card is known, with the token's index.
    ///   - coding: how the outcome is told.
    ///   - reply: called once, on any thread; also with whether a key of the network's opens its PIN, as far as that is
    ///     known.
    func submit(
        _ presented: PresentedCard,
        _ identity: RequestIdentity,
        deadline: ContinuousClock.Instant,
        command: @escaping NetworkCommandMaker,
        coding: @escaping AnswerCoding,
        reply: @escaping @Sendable (Reply, _ isPINOpened: Bool?) -> Void
    ) {
        let errand = Errand(deadline: deadline, coding: coding, reply: reply)
        do {
            let tokenIndex = try presented.token.map { token throws(CryptographyError) in
                try vault.contentIndex(of: token)
            }
            guard let pan = presented.pan, pan.hasValidCheckDigit else {
                let message = identity.isComplete ? try message(identity, panIndex: []) : nil
                return submit(withoutCard(command(nil, message, tokenIndex), presented.pan), nil, nil, nil, errand)
            }
            let message = try message(identity, panIndex: vault.contentIndex(of: pan))
            route(pan, presented.proofs, errand, fresh: false) {
                command($0, $0 != nil || identity.isComplete ? message : nil, tokenIndex)
            }
        } catch {
            fail(errand, error)
        }
    }

    private func message(
        _ identity: RequestIdentity,
        panIndex: [UInt8]
    ) throws(CryptographyError) -> MessageIdentity {
        let content = try Digest.hmac(panIndex + Array(identity.content.utf8), key: fingerprintKey)
        return MessageIdentity(key: identity.key, fingerprint: content + identity.furtherElements)
    }

    /// What goes with a command to its lane, whichever lane that is.
    private struct Errand: Sendable {
        var deadline: ContinuousClock.Instant
        var coding: AnswerCoding
        var reply: @Sendable (Reply, _ isPINOpened: Bool?) -> Void

        /// The same, with what a chip is told of the outcome.
        func answering(_ chip: ChipAnswers?) -> Errand {
            guard let chip else { return self }
            var errand = self
            errand.coding = { [coding] decision, facts in
                guard var codes = coding(decision, facts) else { return nil }
                codes.chipData = chip.data(for: decision, code: codes.response)
                codes.newPINScript = chip.newPIN(for: decision)
                return codes
            }
            return errand
        }
    }

    private func fail(_ errand: Errand, _ error: CryptographyError) {
        logger.error("a card number could not be indexed", metadata: ["problem": "\(error)"])
        errand.reply(.failed, nil)
    }

    /// A route that leads to another card's row is asked for once more, from the truth, and with it what proofs are
    /// verified with; and by an index that is made anew: the index key may have been rotated while the command waited in
    /// its lane.
    private func route(
        _ pan: PAN,
        _ proofs: PresentedProofs?,
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
        directory.findCard(panIndex: index, fresh: fresh) { [self] found in
            switch found {
            case .success(let found?):
                var first = errand
                first.reply = { [self] answer, isPINOpened in
                    switch answer {
                    case .misrouted where !fresh, .notFound where !fresh:
                        route(pan, proofs, errand, fresh: true, command: command)
                    case .decided, .keyConflict, .notFound, .misrouted, .late, .refused, .failed:
                        errand.reply(answer, isPINOpened)
                    }
                }
                let command = command(found.card)
                guard let proofs, let request = command.request else {
                    return submit(command, found.account, index, pan, first)
                }
                verifier.verify(
                    proofs,
                    of: request,
                    card: found.card,
                    responseCodes: responseCodes,
                    fresh: fresh,
                    deadline: first.deadline
                ) { [self, first] verified in
                    submit(command, found.account, index, pan, first.answering(verified.chipAnswers), verified)
                }
            case .success(nil): submit(withoutCard(command(nil), pan), nil, nil, pan, errand)
            case .failure: errand.reply(.refused, nil)
            }
        }
    }

    /// A command for a number that no card has.
    private func withoutCard(_ command: Command, _ pan: PAN?) -> Command {
        guard case .authorize(var request) = command, let pan, !issuers.contain(pan) else { return command }
        request.isOfUnknownIssuer = true
        return .authorize(request)
    }

    /// - Parameter pan: nil where the number is none, so that nothing is found out by trying it.
    private func submit(
        _ command: Command,
        _ account: AccountID?,
        _ panIndex: [UInt8]?,
        _ pan: PAN?,
        _ errand: Errand,
        _ verified: VerifiedProofs? = nil
    ) {
        let command = verified.map { command.with($0.facts) } ?? command
        let watched = WatchedRequest(command, pan, merchants)
        engine.submit(
            LaneItem(
                id: engine.newEventID(for: account),
                account: account,
                command: watched?.command ?? command,
                panIndex: panIndex,
                // What was found for an advice decides nothing, and cannot be stale.
                profile: command.isRequest ? verified?.profile : nil,
                pinReference: verified?.pinReference,
                coding: errand.coding,
                seed: .random(in: .min ... .max),
                deadline: errand.deadline
            ) { answer in
                watched?.note(answer)
                errand.reply(answer, verified?.isPINOpened)
            }
        )
    }
}

extension Command {
    fileprivate var isRequest: Bool { if case .authorize = self { true } else { false } }

    fileprivate func with(_ facts: VerificationFacts?) -> Command {
        switch self {
        case .authorize(var request):
            request.verification = facts
            return .authorize(request)
        case .advise(var advice):
            advice.request.verification = facts
            return .advise(advice)
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            return self
        }
    }
}

/// The card that a message names, and what it presents to prove it.
struct PresentedCard: Sendable {
    /// Nil, or a number whose check digit is wrong, belongs to no account.
    var pan: PAN?
    /// The number of the token that was used in the card's place; nil without one.
    var token: PAN?
    /// Nil when nothing is presented, or nothing verified.
    var proofs: PresentedProofs?
}
