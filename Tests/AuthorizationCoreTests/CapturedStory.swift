import AuthorizationCore

/// A fixed story of commands that the first version of the journal could write, one after the other on `World()`.
enum CapturedStory {
    static let commands: [Command] = [
        .fund(Funding(amount: Money(50_000, .euro), reference: "top-up 1")),
        .issueCard(IssueCard(card: other, lastFour: 42, instance: instance)),
        .changeCard(ChangeCard(card: other, status: .frozen, reason: "holder asked")),
        .authorize(purchase),
        .authorize(preAuthorization),
        .authorize(declined),
        .reverse(Reversal(target: .message("net:0100:1"), message: message("net:0420:2"), newTotal: 700)),
        .clear(Clearing(authorization: preAuthorized, amount: Money(400, .dollar), isFinal: false, reference: "c1")),
        .reverse(Reversal(target: .authorization(preAuthorized))),
        .reverse(Reversal(target: .message("net:0100:9"), message: message("net:0420:10"))),
        .authorize(lateInquiry),
        .authorize(.of(0, .euro, .balanceInquiry)),
        .authorize(.of(2_000, .euro, .refund)),
        .authorize(.of(90_000, .euro, .purchaseWithCashback)),
        .authorize(unknownCard),
        .changeAccount(ChangeAccount(status: .frozen, reason: "court order 7")),
        .openAccount(
            OpenAccount(
                account: World.account,
                tenant: World.tenant,
                program: World().program.id,
                balances: [.init(balance: World.euros, creditLimit: -500)]
            )
        ),
    ]

    /// Each step's command and decision.
    static func perform() -> [(command: Command, decision: Decision)] {
        var world = World()
        return commands.map { ($0, world.perform($0)) }
    }

    private static let other = CardID(at: World.dayStart, shard: World.shard, entropy: 6)

    /// What the fifth command makes: its identifier follows from the seed.
    private static let preAuthorized: AuthorizationID = {
        var source = IdentifierSource(seed: 5, instant: World().moment.now, shard: World.shard)
        return source.next()
    }()

    private static let instance = CardInstance(
        sequenceNumber: 1,
        expiry: .of(2031, 2),
        validUntil: World.dayStart + 2_000 * 24 * Instant.hour,
        serviceCode: 221,
        active: true
    )

    private static func message(_ key: RequestKey) -> MessageIdentity {
        MessageIdentity(key: key, fingerprint: [UInt8](1...32))
    }

    private static var purchase: AuthorizationRequest {
        var request = AuthorizationRequest.of(1_000)
        request.network = "net"
        request.message = message("net:0100:1")
        request.entryMode = .contactChip
        request.expiry = .of(2029, 11)
        request.settlement = ConvertedAmount(Money(1_080, .dollar), rate: 61_080_000, date: 1_121)
        request.references = NetworkReferences(
            systemTraceAuditNumber: "000001",
            acquirer: "123456",
            retrievalReference: "REF000000001"
        )
        return request
    }

    private static var preAuthorization: AuthorizationRequest {
        var request = AuthorizationRequest.of(1_000, .dollar)
        request.purpose = .preAuthorization
        request.initiator = .merchant
        request.references.transactionID = "TX-1"
        return request
    }

    private static var declined: AuthorizationRequest {
        var request = AuthorizationRequest.of(60_000, billing: Money(60_000, .euro))
        request.purpose = .increment
        request.message = message("net:0100:3")
        return request
    }

    private static var unknownCard: AuthorizationRequest {
        var request = AuthorizationRequest.of(1_000)
        request.card = nil
        request.message = message("net:0100:12")
        return request
    }

    private static var lateInquiry: AuthorizationRequest {
        var request = AuthorizationRequest.of(0, .euro, .balanceInquiry)
        request.message = message("net:0100:9")
        return request
    }
}
