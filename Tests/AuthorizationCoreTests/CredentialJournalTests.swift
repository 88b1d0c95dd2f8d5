import AuthorizationCore
import Testing

@Suite struct `A journaled credential` {
    /// With facts of the credential, each at its bound.
    private static func credentialed(_ request: AuthorizationRequest) -> AuthorizationRequest {
        var token = TokenFacts()
        token.index = [UInt8](repeating: 0xAB, count: TokenFacts.indexLength)
        token.reference = String(repeating: "é", count: TokenFacts.longestReference)
        token.assurance = 99
        token.cryptogram = .notVerified
        var facts = CredentialFacts()
        facts.address = AddressVerification(presented: .both, result: .unavailable)
        facts.cardCode = ProofVerification(presence: .notOnCard, result: .noMatch)
        facts.authentication = ProofVerification(presence: .present, result: .match)
        facts.storedUse = .subsequent
        facts.token = token
        var request = request
        request.credential = facts
        return request
    }

    private static var disputable: AuthorizationRequest {
        var request = AuthorizationRequest.of(1)
        var facts = DisputeFacts()
        facts.terminal = "TERM0001"
        request.disputeFacts = facts
        return request
    }

    @Test func `facts of the credential stand behind the others, and a request without them is as it was`() throws {
        let disputable = Self.disputable
        let request = Self.credentialed(disputable)
        #expect(request.journalBytes.first == (disputable.journalBytes.first ?? 0) | 32)
        #expect(request.journalBytes.dropFirst().starts(with: disputable.journalBytes.dropFirst()))
        #expect(try AuthorizationRequest(journalBytes: request.journalBytes) == request)
    }

    /// What no message's facts can be.
    static let wrongFacts: [@Sendable (inout CredentialFacts) -> Void] = [
        { $0 = CredentialFacts() }, { $0.token = TokenFacts() }, { $0.address = AddressVerification() },
        { $0.token?.reference += "é" }, { $0.token?.assurance = 100 }, { $0.token?.index = [1] },
    ]

    @Test(arguments: wrongFacts.indices)
    func `facts of the credential beyond their bounds, or of nothing, are refused`(_ index: Int) {
        var request = Self.credentialed(AuthorizationRequest.of(1))
        if var facts = request.credential {
            Self.wrongFacts[index](&facts)
            request.credential = facts
        }
        #expect(throws: JournalError.self) { try AuthorizationRequest(journalBytes: request.journalBytes) }
    }

    @Test func `decides nothing`() {
        var (plain, other) = (World(), World())
        let request = AuthorizationRequest.of(100)
        #expect(plain.perform(.authorize(request)) == other.perform(.authorize(Self.credentialed(request))))
    }
}
