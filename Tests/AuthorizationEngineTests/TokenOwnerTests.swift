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

    /// Whose a token is, its state, and whether it pays for another account's card and may be registered for it.
    private static let owners: [(tenant: TenantID, TokenStatus, pays: Bool, isFree: Bool)] = [
        (Bench.tenant, .active, false, false), (Bench.tenant, .suspended, false, false),
        (Bench.tenant, .deleted, true, false), (Bench.otherTenant, .active, true, true),
        (Bench.otherTenant, .deleted, true, true),
    ]

    @Test(arguments: owners)
    func `one that another account of the tenant has neither pays nor is registered here, and the journal tells why`(
        _ row: (tenant: TenantID, status: TokenStatus, pays: Bool, isFree: Bool)
    ) {
        var bench = Bench(accounts: 2)
        let owner = TokenOwner(account: Bench.account(1), status: row.status)
        bench.loaded.tokenOwners[TokenKey(tenant: row.tenant, index: Self.index)] = owner
        var fold = bench.fold
        #expect(fold.decide(.of(Self.payment(0), 0)).declineReason == (row.pays ? nil : .tokenOfOtherCard))
        let registered = fold.decide(.of(Self.registration(0), 1)).answer?.decision.outcome
        #expect(registered == (row.isFree ? .done : .refused(.transitionNotAllowed)))
        #expect(fold.decide(.of(.purchase(100), 2)).isApproved)
        let told = fold.writes().journal.compactMap { $0.command.request?.isTokenOfOtherAccount }
        #expect(told == [!row.pays, false])
    }

    @Test func `two accounts that register one in a batch: the first gets it, and keeps the other from paying`() {
        var fold = Bench(accounts: 2).fold
        #expect(fold.decide(.of(Self.registration(0), 0)).answer?.decision.outcome == .done)
        let second = fold.decide(.of(Self.registration(1, 2), 1, account: Bench.account(1)))
        #expect(second.answer?.decision == .refused(.transitionNotAllowed))
        let payment = fold.decide(.of(Self.payment(1), 2, account: Bench.account(1)))
        #expect(payment.declineReason == .tokenOfOtherCard)
        #expect(fold.writes().tokens.map(\.account) == [Bench.account(0)])
    }

    @Test func `they are written in one order, whichever accounts they are of`() {
        for indexes in [[1, 2], [2, 1]] as [[UInt64]] {
            var fold = Bench(accounts: 2).fold
            for (number, index) in zip([0, 1] as [UInt64], indexes) {
                let id = TokenID(at: Bench.now, shard: Bench.shard, entropy: number)
                let command = RegisterToken(id, index: Bench.index(index), of: Bench.card(number))
                _ = fold.decide(.of(.cardCommand(.registerToken(command)), number, account: Bench.account(number)))
            }
            #expect(fold.writes().tokens.map(\.value.token.index) == [Bench.index(1), Bench.index(2)])
        }
    }

    @Test func `one that is registered or suspended earlier in the batch is for what follows, and written once`() {
        var fold = Bench().fold
        #expect(fold.decide(.of(Self.registration(0), 0)).name == "decided")
        #expect(fold.decide(.of(Self.payment(0), 1)).isApproved)
        let suspension = ChangeToken(index: Self.index, of: Bench.card(0), to: .suspended, reason: "")
        _ = fold.decide(.of(.cardCommand(.changeToken(suspension)), 2))
        #expect(fold.decide(.of(Self.payment(0), 3)).declineReason == .tokenSuspended)
        let written = fold.writes().tokens
        #expect(written.map(\.value.token.status) == [.suspended] && written.first?.value.token.version == 0)
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
