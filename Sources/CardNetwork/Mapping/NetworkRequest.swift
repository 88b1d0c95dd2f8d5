import AuthorizationCore
import CardCryptography

/// What an incoming message asks for, as far as the message alone tells.
enum NetworkRequest {
    /// Something for an account's lane, with the card's number still to be found.
    case take(PAN?, NetworkCommand, identity: RequestIdentity)
    /// Network management that the session follows.
    case manage(ManagementCode)
    /// A new key for the network's messages.
    case changeKey
    /// Answered at once as accepted; nothing follows from it.
    case acknowledge
    /// Answered at once with this code.
    case refuse(ResponseCode)
    /// Not answered.
    case ignore
}

/// Makes a command of a card, nil when no account has the number, the message's identity, and the index of the token's
/// number.
typealias NetworkCommandMaker = @Sendable (CardID?, MessageIdentity?, _ tokenIndex: [UInt8]?) -> Command

/// A command that lacks its card and its own identity.
enum NetworkCommand {
    case authorize(AuthorizationRequest)
    case advise(Advice)
    case reverse(Reversal)

    /// - Parameters:
    ///   - card: nil when no card of this issuer has the number.
    ///   - message: nil when no account does, and its key could not be read in full.
    ///   - tokenIndex: of the token's number; nil when none was used.
    func command(for card: CardID?, _ message: MessageIdentity?, tokenIndex: [UInt8]? = nil) -> Command {
        switch self {
        case .authorize(var request):
            request.card = card
            request.message = message
            request.set(tokenIndex: tokenIndex)
            return .authorize(request)
        case .advise(var advice):
            advice.request.card = card
            advice.request.message = message
            advice.request.set(tokenIndex: tokenIndex)
            return .advise(advice)
        case .reverse(var reversal):
            reversal.card = card
            reversal.message = message
            return .reverse(reversal)
        }
    }
}

extension AuthorizationRequest {
    fileprivate mutating func set(tokenIndex: [UInt8]?) {
        guard let tokenIndex else { return }
        var facts = credential ?? CredentialFacts()
        var token = facts.token ?? TokenFacts()
        token.index = tokenIndex
        facts.token = token
        credential = facts
    }
}

/// The key of a message, and what its fingerprint is made of beside the card.
struct RequestIdentity: Hashable {
    var key: RequestKey
    /// What those elements of the key say that ISO 8583 element 90 does not name.
    var furtherElements: [UInt8]
    /// Kind, amounts, currency and original, as text.
    var content: String
    /// Whether all elements of the key could be read.
    var isComplete = true
}

/// Why a message is answered without a decision, or kept for an operator when it must be accepted.
struct Unacceptable: Error {
    var code: ResponseCode

    init(_ code: ResponseCode) { self.code = code }
}
