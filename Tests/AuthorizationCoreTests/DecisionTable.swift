import AuthorizationCore
import Testing

/// One way to have a request declined: the row of a reason in the decision table.
struct Fault: Sendable, CustomTestStringConvertible {
    var reason: DeclineReason
    var check: Check
    var circumstance: String
    /// Two such faults exclude each other: a request has one purpose.
    var isOfPurpose: Bool
    /// Two such faults exclude each other: a card is read in one way.
    var isOfEntryMode: Bool
    /// Two such faults exclude each other: what a chip says is there, proven, and the card's.
    var isOfChip: Bool
    var arrange: @Sendable (inout World, inout AuthorizationRequest) -> Void

    init(
        _ reason: DeclineReason,
        _ check: Check,
        _ circumstance: String,
        isOfPurpose: Bool = false,
        isOfEntryMode: Bool = false,
        isOfChip: Bool = false,
        _ arrange: @escaping @Sendable (inout World, inout AuthorizationRequest) -> Void
    ) {
        self.reason = reason
        self.check = check
        self.circumstance = circumstance
        self.isOfPurpose = isOfPurpose
        self.isOfEntryMode = isOfEntryMode
        self.isOfChip = isOfChip
        self.arrange = arrange
    }

    var testDescription: String { "\(reason): \(circumstance)" }
}

/// Two faults at once; the first is to be the answer.
struct FaultPair: Sendable, CustomTestStringConvertible {
    var first: Fault
    var second: Fault

    var testDescription: String { "\(first.testDescription) before \(second.testDescription)" }
}

enum DecisionTable {
    /// In order of precedence.
    static let rows: [Fault] =
        [
            Fault(.tooManyFailuresAtMerchant, .merchantFailures, "numbers are tried out there") { _, request in
                var facts = request.verification ?? VerificationFacts(profileVersion: 0)
                facts.merchantFailures = MerchantFailures(count: 100, limit: 100)
                request.verification = facts
            },
            Fault(.unknownIssuer, .cardFound, "the number begins as those of no program") { _, request in
                request.card = nil
                request.isOfUnknownIssuer = true
            },
            Fault(.cardNotFound, .cardFound, "no card has the number") { _, request in request.card = nil },
            Fault(.cardNotFound, .cardFound, "the account has no such card") { _, request in
                request.card = CardID(at: World.dayStart, shard: World.shard, entropy: 99)
            },
            Fault(.networkNotAllowed, .network, "its program's cards do not pay by the network") { world, request in
                world.program.issuing.networks = ["elsewhere"]
                if request.network.isEmpty { request.network = "test" }
            },
            Fault(.reversedBeforeArrival, .notReversed, "its reversal came first") { world, request in
                world.state.keys["late"] = KeyRecord(fingerprint: [], authorization: nil, answer: nil)
                request.message = MessageIdentity(key: "late", fingerprint: [1])
            },
            Fault(.advisedBeforeArrival, .notReversed, "an advice told of it first") { world, request in
                world.state.keys["late"] = KeyRecord(fingerprint: [], authorization: original, answer: nil)
                request.message = MessageIdentity(key: "late", fingerprint: [1])
            },
            Fault(.cardLost, .cardStatus, "lost") { world, _ in world.set(CardStatus.lost) },
            Fault(.cardStolen, .cardStatus, "stolen") { world, _ in world.set(CardStatus.stolen) },
            Fault(.cardInactive, .cardStatus, "not yet activated") { world, _ in world.set(CardStatus.inactive) },
            Fault(.cardFrozen, .cardStatus, "frozen by its holder") { world, _ in world.set(CardStatus.frozen) },
            Fault(.cardBlocked, .cardStatus, "blocked by the issuer") { world, _ in world.set(CardStatus.blocked) },
            Fault(.cardClosed, .cardStatus, "closed") { world, _ in world.set(CardStatus.closed) },
            Fault(.tokenSuspended, .tokenStatus, "its token is suspended") { use(tokenIn: .suspended, &$0, &$1) },
            Fault(.tokenDeleted, .tokenStatus, "its token is deleted") { use(tokenIn: .deleted, &$0, &$1) },
            Fault(.tokenOfOtherCard, .tokenStatus, "the token of another card of the account") { world, request in
                use(tokenIn: .active, of: CardID(at: World.dayStart, shard: World.shard, entropy: 96), &world, &request)
            },
            Fault(.tokenOfOtherCard, .tokenStatus, "the token of another account's card") { _, request in
                request.isTokenOfOtherAccount = true
            },
            Fault(.cardUsedUp, .cardUses, "a card for one payment has paid") { world, _ in
                world.state.cards[World.card]?.details.terms.useLimit = 1
                world.state.cards[World.card]?.details.uses = 1
            },
            Fault(.tooManyFailures, .failureCount, "as many wrong proofs as are taken") { world, request in
                world.verify(&request) { policy, _ in policy.failures = FailureLimit(count: 1, window: 1) }
                for token in [nil, World.index(ofToken: 1)] {
                    let key = FailureKey(card: World.card, token: token)
                    world.state.failureCounters[key] = FailureCounter(times: [world.moment.now])
                }
            },
            Fault(.expiryMismatch, .instanceExpiry, "another expiry than any instance has") { _, request in
                request.expiry = .of(2031, 1)
            },
            Fault(.expiryMismatch, .instanceExpiry, "no instance is active") { world, _ in
                world.state.cards[World.card]?.instances[0].active = false
            },
            Fault(.cardExpired, .instanceExpiry, "after the expiry month") { world, _ in
                world.state.cards[World.card]?.instances[0].validUntil = world.moment.now
            },
            Fault(.accountFrozen, .accountStatus, "frozen") { world, _ in world.set(AccountStatus.frozen) },
            Fault(.accountClosed, .accountStatus, "closed") { world, _ in world.set(AccountStatus.closed) },
            Fault(.kindNotAllowed, .kindAllowed, "the program does not allow the kind") { world, request in
                world.program.kinds.remove(request.kind)
            },
            Fault(.kindNotAllowed, .kindAllowed, "an increment of nothing", isOfPurpose: true) { _, request in
                request.purpose = .increment
            },
            Fault(.kindNotAllowed, .kindAllowed, "a fuel status check without an amount", isOfPurpose: true) {
                _,
                request in
                request.purpose = .statusCheck
            },
            Fault(.originalNotFound, .original, "an increment of an unknown message", isOfPurpose: true) { _, request in
                request.purpose = .increment
                request.increment = Increment(of: .message("unknown"), mode: .delta)
            },
            Fault(.originalNotFound, .original, "an increment of what is no longer pending", isOfPurpose: true) {
                increase(&$0, &$1) { $0.status = .expired }
            },
            Fault(.originalDiffers, .original, "an increment for another card", isOfPurpose: true) {
                increase(&$0, &$1) { $0.card = CardID(at: World.dayStart, shard: World.shard, entropy: 98) }
            },
            Fault(.originalDiffers, .original, "an increment at another acceptor", isOfPurpose: true) {
                increase(&$0, &$1) { $0.acceptor?.identification = "M2" }
            },
            Fault(.originalDiffers, .original, "an increment in another category", isOfPurpose: true) {
                increase(&$0, &$1) { $0.acceptor?.categoryCode = 1 }
            },
            Fault(.originalDiffers, .original, "an increment of what expects none", isOfPurpose: true) {
                increase(&$0, &$1) { $0.acceptor = nil }
            },
            Fault(.originalDiffers, .original, "an increment in another currency", isOfPurpose: true) {
                increase(&$0, &$1) { $0.approved.currency = .dollar }
            },
            Fault(.originalDiffers, .original, "an increment of a refund", isOfPurpose: true) {
                increase(&$0, &$1) { $0.kind = .refund }
            },
            Fault(.currencyNotConvertible, .currencyConvertible, "no balance and no rate") { _, request in
                request.transaction = Money(1_000, .yen)
            },
            Fault(.currencyNotConvertible, .currencyConvertible, "billed in a currency without balance") { _, request in
                request.billing = ConvertedAmount(Money(1_000, .peso))
            },
            Fault(.currencyNotConvertible, .currencyConvertible, "billed nothing for something") { _, request in
                request.billing = ConvertedAmount(Money(0, .euro))
            },
            Fault(.chargesOutOfRange, .charges, "charges beyond the largest amount") { world, request in
                let every = ChargeConditions(kinds: [request.kind])
                var first = ChargeSchedule("FEE", to: .feeIncome, in: .euro, of: every)
                first.terms.fixed = largestAmount
                first.terms.rate = 1_000_000
                world.program.charges = [first]
            },
        ] + ofProofs + [
            Fault(.transactionLimitExceeded, .transactionLimit, "one unit above the limit") { world, request in
                world.program.currencies[0].transactionLimit = request.transaction.minorUnits - 1
            },
            Fault(.transactionLimitExceeded, .transactionLimit, "the currency has no policy") { world, request in
                // The daily limit of such a currency is 0 too: this row also proves which of the two is named.
                world.program.currencies = []
            },
            Fault(.cashbackLimitExceeded, .cashbackLimit, "more cash than the purchase") { _, request in
                request.cashback = request.transaction.minorUnits + 1
            },
            Fault(.dailyLimitExceeded, .dailyLimit, "one unit above what the day has left") { world, request in
                world.state.counters[world.counterKey, default: Counter()].amount =
                    80_001 - request.transaction.minorUnits
            },
            Fault(.dailyLimitExceeded, .dailyLimit, "a sum beyond Int64") { world, _ in
                world.state.counters[world.counterKey, default: Counter()].amount = .max
            },
            Fault(.dailyLimitExceeded, .tokenDailyLimit, "one unit above what the token has left", isOfChip: true) {
                world,
                request in
                if world.program.currencies.isEmpty {
                    world.program.currencies = [CurrencyPolicy(currency: .euro, transactionLimit: 0, dailyLimit: 0)]
                }
                world.program.currencies[0].tokenDailyLimit = request.transaction.minorUnits - 1
                request.use(token: 1)
            },
            Fault(.insufficientFunds, .availableBalance, "one unit more than is available") { world, request in
                world.state.balances[World.euros]?.posted = request.transaction.minorUnits - 1
            },
            Fault(.insufficientFunds, .availableBalance, "a sum beyond Int64") { world, _ in
                world.state.balances[World.euros]?.posted = .max
                world.state.balances[World.euros]?.creditLimit = .max
            },
        ]

    private static let original = AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 97)

    /// Makes the request an increment of a pending authorization that has one thing wrong with it.
    private static func increase(
        _ world: inout World,
        _ request: inout AuthorizationRequest,
        of spoil: (inout Authorization) -> Void
    ) {
        var pending = Authorization(
            id: original,
            card: World.card,
            status: .pending,
            kind: .purchase,
            balance: World.euros,
            approved: Money(1, .euro),
            billed: 1,
            countedOn: World.dayStart,
            createdAt: World.dayStart
        )
        pending.acceptor = Acceptor(World.merchant)
        spoil(&pending)
        world.state.authorizations[original] = pending
        request.purpose = .increment
        request.increment = Increment(of: .authorization(original), mode: .delta)
    }

    private static func use(
        tokenIn status: TokenStatus,
        of card: CardID = World.card,
        _ world: inout World,
        _ request: inout AuthorizationRequest
    ) {
        request.use(token: 1)
        world.register(token: 1, of: card, status)
    }

    /// Every two rows that can be true of one request. Faults of one check exclude each other, as do two purposes,
    /// where no amount is known none is compared, and an increment uses no card up.
    static let pairs: [FaultPair] = rows.flatMap { first in
        rows.filter { second in
            let hasNoAmount =
                first.check == .currencyConvertible
                && [
                    .charges, .contactlessLimit, .contactlessAmount, .contactlessCount, .fallbackLimit,
                    .transactionLimit,
                    .cashbackLimit, .dailyLimit, .tokenDailyLimit, .availableBalance,
                ].contains(second.check)
            let areExclusive =
                first.isOfPurpose && second.isOfPurpose || first.isOfEntryMode && second.isOfEntryMode
                || first.isOfChip && second.isOfChip || first.check == .cardUses && second.check == .original
                || [.merchantFailures, .failureCount].contains(first.check)
                    && [.counter, .chipData].contains(second.check)
            return first.check.place < second.check.place && !hasNoAmount && !areExclusive
        }.map { FaultPair(first: first, second: $0) }
    }
}

extension Check {
    /// In the order in which they are taken.
    var place: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
