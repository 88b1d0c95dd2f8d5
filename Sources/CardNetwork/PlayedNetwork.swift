import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

/// The network of sandboxes: makes the messages that a network would send, and takes them through the codec, the
/// reader and the table of answers of the test network. Its cards are known by their identifiers, so that no number is
/// needed.
package struct PlayedNetwork: SimulatedNetwork {
    private let profile: NetworkProfile
    private let engine: AuthorizationEngine
    private let fingerprintKey: SecretKey

    package init(engine: AuthorizationEngine, fingerprintKey: SecretKey) {
        var profile = NetworkProfile.iso87(bitmap: .hexASCII)
        profile.name = Sandbox.network
        self.profile = profile
        self.engine = engine
        self.fingerprintKey = fingerprintKey
    }

    package func send(
        _ message: SimulatedMessage,
        of card: CardID,
        on account: AccountID,
        for origin: CommandOrigin
    ) async throws -> SimulatedReply {
        let dialect = profile.dialect
        let made = profile.message(message, at: .wallClock)
        let wire = try Codec.decode(try Codec.encode(made, dialect: dialect), dialect: dialect)
        guard case .take(_, let command, let identity) = RequestReader(profile: profile).read(wire, now: .wallClock)
        else { return SimulatedReply(.failed, told: nil) }
        let content = try Digest.hmac(card.bytes + Array(identity.content.utf8), key: fingerprintKey)
        let named = MessageIdentity(key: identity.key, fingerprint: content + identity.furtherElements)
        let reply = await engine.perform(
            command.verified(as: message).command(for: card, named),
            on: account,
            tenant: origin.tenant,
            actor: origin.actor,
            client: origin.client,
            coding: { [profile] in profile.codes(of: $0, $1, for: wire) },
            within: origin.limit
        )
        return SimulatedReply(reply, told: profile.answer(to: wire, with: reply).map(SimulatedReply.Told.init))
    }
}

extension NetworkCommand {
    /// A request as its proofs would be verified on their way to the lane. No version of the card's profile was looked at.
    fileprivate func verified(as played: SimulatedMessage) -> NetworkCommand {
        guard case .authorize(var request) = self, played.cardCode != nil || played.authentication != nil else {
            return self
        }
        var facts = VerificationFacts(profileVersion: 0)
        facts.cardCode = played.cardCode
        facts.authentication = played.authentication
        request.verification = facts
        return .authorize(request)
    }
}

extension SimulatedReply.Told {
    fileprivate init(_ answer: Message) {
        self.init(
            messageType: "\(answer.messageType)",
            responseCode: answer.text(39) ?? "",
            approvalCode: answer.text(38)
        )
    }
}
