import AuthorizationCore
import Testing

@testable import AuthorizationEngine

@Suite struct `Tokens in a batch` {
    private static let index = Bench.index(50)

    private static func registration(_ card: UInt64, _ token: UInt64 = 1) -> Command {
        let id = TokenID(at: Bench.now, shard: Bench.shard, entropy: token)
        return .cardCommand(.registerToken(RegisterToken(id, index: index, of: Bench.card(card))))
    }

    private static func payment(_ card: UInt64) -> Command { .authorize(request(card)) }

    private static func request(_ card: UInt64) -> AuthorizationRequest {
        guard case .authorize(var request) = Command.purchase(100, card: Bench.card(card)) else {
            preconditionFailure("a purchase asks for an authorization")
        }
        request.credential = CredentialFacts()
        request.credential?.token = TokenFacts()
        request.credential?.token?.index = index
        return request
    }

    @Test func `one that another account has neither pays nor is registered here, and the journal tells why`() {
        var bench = Bench(accounts: 2)
        bench.loaded.tokenOwners[Self.index] = Bench.account(1)
        var fold = bench.fold
        #expect(fold.decide(.of(Self.payment(0), 0)).declineReason == .tokenOfOtherCard)
        let refused = fold.decide(.of(Self.registration(0), 1))
        #expect(refused.answer?.decision == .refused(.transitionNotAllowed))
        #expect(fold.decide(.of(Self.payment(1), 2, account: Bench.account(1))).isApproved)
        #expect(fold.decide(.of(.purchase(100), 3)).isApproved)
        let told = fold.writes().journal.map { $0.command.request?.isTokenOfOtherAccount }
        #expect(told == [true, false, false])
    }

    @Test func `one that is registered or suspended earlier in the batch is for what follows, and written once`() {
        var fold = Bench().fold
        #expect(fold.decide(.of(Self.registration(0), 0)).name == "decided")
        #expect(fold.decide(.of(Self.payment(0), 1)).isApproved)
        let suspension = ChangeToken(index: Self.index, of: Bench.card(0), to: .suspended, reason: "")
        _ = fold.decide(.of(.cardCommand(.changeToken(suspension)), 2))
        #expect(fold.decide(.of(Self.payment(0), 3)).declineReason == .tokenSuspended)
        let written = fold.writes().tokens
        #expect(written.map(\.value.status) == [.suspended] && written.first?.value.version == 0)
    }

    @Test func `tokens are asked for only where a request pays with one, or a command names one`() {
        let plain = [Command.purchase(1), .fund(Funding(amount: Money(1, .euro), reference: ""))]
        #expect(BatchRequest(plain.map { .of($0) }, waitingForLocks: false).tokens.isEmpty)
        let change = ChangeToken(index: Self.index, of: Bench.card(0), to: .deleted, reason: "")
        let advice = Advice(request: Self.request(0), verdict: .approved(code: ""), reason: .standIn)
        let applied = ApplyException(exception: Bench.event(9), message: .advice(advice))
        let named: [Command] = [
            Self.payment(0), Self.registration(0), .cardCommand(.changeToken(change)), .advise(advice),
            .applyException(applied),
        ]
        for command in named {
            #expect(BatchRequest([.of(command)], waitingForLocks: false).tokens == [Self.index])
        }
    }
}
