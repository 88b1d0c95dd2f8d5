import AuthorizationCore
import AuthorizationEngine
import CardCryptography

extension TestLedger {
    /// A card with what a network would present of it.
    package struct IssuedCard: Hashable, Sendable {
        package var id: CardID
        package var account: AccountID
        package var panIndex: [UInt8]
    }

    package func perform(
        _ command: Command,
        on account: AccountID?,
        actor: CommandActor? = nil,
        client: ClientRequest? = nil,
        panIndex: [UInt8]? = nil,
        number: PANVault.Sealed? = nil,
        pinReference: SealedPINReference? = nil,
        coding: AnswerCoding? = nil,
        seed: UInt64 = .random(in: .min ... .max),
        within limit: Duration = .seconds(20)
    ) async -> Reply {
        await withCheckedContinuation { continuation in
            engine.submit(
                LaneItem(
                    id: engine.newEventID(for: account),
                    account: account,
                    command: command,
                    tenant: tenant,
                    actor: actor,
                    client: client,
                    panIndex: panIndex,
                    cardNumber: number,
                    pinReference: pinReference,
                    coding: coding,
                    seed: seed,
                    deadline: .now + limit
                ) { reply in
                    // As a door does whose network has taken the answer.
                    if case .decided(let answer) = reply { answer.delivery?.complete() }
                    continuation.resume(returning: reply)
                }
            )
        }
    }

    /// As `perform`, for replies that must be decisions.
    @discardableResult
    package func decide(_ command: Command, on account: AccountID?) async throws -> Decision {
        let reply = await perform(command, on: account)
        guard case .decided(let answer) = reply else {
            throw UnexpectedReply(description: "\(reply) instead of a decision")
        }
        return answer.decision
    }

    /// - Parameter funds: minor units of euros; 0 for none.
    package func openAccount(
        shard: Shard = Shard(truncating: .random(in: .min ... .max)),
        entropy: UInt64 = .random(in: .min ... .max),
        funds: Int64 = 0,
        type: AccountType? = nil
    ) async throws -> AccountID {
        let account = AccountID(at: .wallClock, shard: shard, entropy: entropy)
        let opening = OpenAccount(
            account: account,
            tenant: tenant,
            program: program.id,
            balances: [
                .init(balance: BalanceKey(try Self.currency("EUR")), creditLimit: 0),
                .init(balance: BalanceKey(try Self.currency("USD")), creditLimit: 10_000),
            ],
            type: type
        )
        try await decide(.openAccount(opening), on: account)
        if funds > 0 {
            let funding = Funding(amount: Money(funds, try Self.currency("EUR")), reference: "opening")
            try await decide(.fund(funding), on: account)
        }
        return account
    }

    /// A card whose stored number is made of random bytes: nothing here opens it.
    package func issueCard(on account: AccountID, entropy: UInt64 = .random(in: .min ... .max)) async throws
        -> IssuedCard
    {
        let card = CardID(at: .wallClock, shard: account.shard, entropy: entropy)
        let index = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let number = PANVault.Sealed(index: .init(keyID: 1, bytes: index), ciphertext: [1, 2, 3], keyID: 1)
        let reply = try await issueCard(card, on: account, number)
        guard case .decided = reply else { throw UnexpectedReply(description: "\(reply) for a card") }
        return IssuedCard(id: card, account: account, panIndex: index)
    }

    package func issueCard(_ card: CardID, on account: AccountID, _ number: PANVault.Sealed) async throws -> Reply {
        guard let expiry = ExpiryMonth(year: 2099, month: 12) else {
            throw UnexpectedReply(description: "no such month")
        }
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: expiry,
            validUntil: Instant(microseconds: 4_102_444_800_000_000),
            serviceCode: 201,
            active: true
        )
        let issue = IssueCard(card: card, lastFour: 4_242, instance: instance)
        return await perform(.issueCard(issue), on: account, number: number)
    }

    /// A payment over HTTP.
    package static func payment(
        _ minorUnits: Int64,
        _ code: String = "EUR",
        with card: CardID?,
        kind: TransactionKind = .purchase,
        message: MessageIdentity? = nil
    ) throws -> AuthorizationRequest {
        AuthorizationRequest(
            card: card,
            network: message == nil ? "" : "test",
            message: message,
            kind: kind,
            entryMode: .ecommerce,
            transaction: Money(minorUnits, try currency(code)),
            merchant: Merchant(
                name: "Café Ünïcode",
                identification: "M1",
                categoryCode: 5_812,
                country: "DE",
                city: "Berlin"
            )
        )
    }
}
