import AuthorizationCore

/// Makes worlds and commands from a seed: ordinary ones, and ones at the ends of every range.
struct RandomCommands {
    var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func pick<Values: RandomAccessCollection>(_ values: Values) -> Values.Element {
        let offset = Int.random(in: 0..<values.count, using: &generator)
        return values[values.index(values.startIndex, offsetBy: offset)]
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    /// Mostly amounts of daily life, now and then an extreme one.
    mutating func amount() -> Int64 {
        chance(12) ? pick([1, 2, largestAmount, .max, .max - 1]) : Int64.random(in: 1...60_000, using: &generator)
    }

    mutating func world() -> World {
        var world = World(posted: pick([0, 100_000, 1_000_000, -5_000, .max, .min]))
        world.seed = generator.next()
        world.state.balances[World.euros]?.creditLimit = pick([0, 0, 50_000, -10_000, .max, .min])
        world.state.balances[BalanceKey(.yen)] = Balance(creditLimit: pick([0, 1_000_000]))
        world.program.spendsPendingCredits = chance(2)
        if chance(4) { world.state.cards[World.card]?.details.terms.useLimit = pick([1, 20, 100]) }
        world.program.markUp = pick([0, 25_000, 1_000_000])
        world.program.currencies = [
            CurrencyPolicy(
                currency: .euro,
                transactionLimit: pick([0, 50_000, .max]),
                dailyLimit: pick([0, 80_000, .max]),
                cashbackLimit: pick([nil, 0, 5_000]),
                statusCheckAmount: pick([nil, 12_500, .max]),
                tokenDailyLimit: pick([nil, 0, 30_000, .max])
            ),
            CurrencyPolicy(currency: .yen, transactionLimit: 100_000, dailyLimit: .max),
        ]
        world.program.rates.append(
            ExchangeRate(from: .peso, to: .euro, billionths: pick([1, 50_000_000, 1_000_000_000_000_000, .max]))
        )
        if chance(2) { world.program.charges = charges() }
        return world
    }

    /// Also such that are out of range for large payments.
    mutating func charges() -> [ChargeSchedule] {
        (0..<Int.random(in: 1...3, using: &generator)).map { number in
            let conditions = ChargeConditions(kinds: Set(TransactionKind.allCases.filter { _ in !chance(4) }))
            let account = pick(ChargeSchedule.counterAccounts)
            var schedule = ChargeSchedule("C\(number)", to: account, in: pick([.euro, .euro, .yen]), of: conditions)
            schedule.terms.base = pick(ChargeBase.allCases)
            schedule.terms.rate = pick([0, 4_000, 33_800, 300_000, 1_000_000])
            schedule.terms.rounding = pick(ChargeRounding.allCases)
            schedule.terms.fixed = pick([0, 0, 1, 500])
            schedule.terms.minimum = pick([0, 0, 100])
            schedule.terms.maximum = pick([nil, nil, 100, 2_000])
            if schedule.paysCustomers {
                schedule.conditions.kinds = schedule.conditions.kinds.filter { $0.flow != .credit }
            }
            schedule.moment = pick(ChargeMoment.allCases)
            return schedule
        }
    }

    mutating func command(in world: World) -> Command {
        switch Int.random(in: 0..<38, using: &generator) {
        case 0..<15: return .authorize(request(in: world))
        case 15..<19: return .reverse(reversal(world))
        case 19..<22: return .clear(clearing(world))
        case 22..<26: return .advise(advice(world))
        case 26..<29:
            // Enough to go on after what was taken by force.
            let amount = chance(8) ? pick([amount(), .max]) : Int64.random(in: 1...1_000_000, using: &generator)
            return .fund(Funding(amount: Money(amount, currency()), reference: "funding"))
        case 29:
            // Mostly back to active, so that histories go on.
            let status = chance(5) ? pick([CardStatus.frozen, .blocked, .inactive]) : .active
            let reason: CardStatusReason? = status == .blocked ? .suspectedFraud : nil
            return .changeCard(
                ChangeCard(
                    card: World.card,
                    status: status,
                    reason: "any",
                    statusReason: reason,
                    tellsBefore: chance(2)
                )
            )
        case 30:
            let id = authorization(world) ?? AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 5)
            return .recordDelivery(DeliveryRecord(authorization: id, hasArrived: chance(2)))
        case 31, 32: return .applyException(apply(world))
        case 33, 34: return .moneyCommand(money(world))
        case 35: return .cardCommand(card(world))
        case 36:
            let id = authorization(world) ?? AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 5)
            var lifetimes = HoldLifetimes()
            lifetimes.finalAmount = pick([0, 7])
            lifetimes.preAuthorization = pick([0, 30])
            return .expire(ExpireHold(id, lifetimes))
        default:
            let status: AccountStatus = chance(5) ? .frozen : .open
            return .changeAccount(ChangeAccount(status: status, reason: "any", tellsBefore: chance(2)))
        }
    }

    private mutating func money(_ world: World) -> MoneyCommand {
        let amount = Money(amount(), currency())
        let other = AccountID(at: World.dayStart, shard: World.shard, entropy: 77)
        let known = world.state.legalHolds.keys.min() ?? LegalHoldID(high: 1, low: 1)
        return switch Int.random(in: 0..<7, using: &generator) {
        case 6:
            .setCreditLimit(
                SetCreditLimit(Money(pick([-500, 0, 0, 50_000, largestAmount]), amount.currency), reason: "any")
            )
        case 0, 1: .move(MoneyMovement(pick(MoneyMovement.Kind.allCases), amount, text: "any"))
        case 2: .send(OutgoingTransfer(to: chance(9) ? World.account : other, .open, amount, reference: "any"))
        case 3: .receive(IncomingTransfer(TransferID(high: 1, low: 1), from: other, amount, reference: "any"))
        case 4:
            .placeHold(
                PlaceLegalHold(
                    LegalHoldID(at: World.dayStart, shard: World.shard, entropy: generator.next()),
                    amount,
                    reason: "any"
                )
            )
        default: .releaseHold(ReleaseLegalHold(chance(4) ? LegalHoldID(high: 1, low: 1) : known, reason: "any"))
        }
    }

    private mutating func token() -> CardCommand {
        let number = UInt8.random(in: 1...3, using: &generator)
        let index = World.index(ofToken: number)
        if chance(2) { return .registerToken(RegisterToken(World.token(number), index: index, of: World.card)) }
        let status = chance(6) ? TokenStatus.deleted : pick([.active, .suspended])
        let tellsBefore = chance(2)
        return .changeToken(
            ChangeToken(index: index, of: World.card, to: status, reason: "any", tellsBefore: tellsBefore)
        )
    }

    private mutating func card(_ world: World) -> CardCommand {
        if chance(3) { return token() }
        let card = world.state.cards[World.card]
        let last = card?.instances.last?.sequenceNumber ?? 0
        guard chance(2), var instance = card?.instances.first else {
            return .activateInstance(ActivateInstance(card: World.card, sequenceNumber: last))
        }
        instance.sequenceNumber = last &+ 1
        instance.active = false
        instance.endsOthers = chance(2)
        return .reissue(ReissueCard(card: World.card, instance: instance))
    }

    /// Of any message, whether it was an exception or not.
    private mutating func apply(_ world: World) -> ApplyException {
        let message: ExceptionMessage =
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1: .advice(advice(world))
            case 2, 3: .reversal(reversal(world))
            default: .clearing(clearing(world))
            }
        return ApplyException(
            exception: EventID(at: World.dayStart, shard: World.shard, entropy: generator.next()),
            message: message,
            authorization: chance(2) ? authorization(world) : nil,
            card: chance(2) ? World.card : nil,
            amount: chance(4) ? Money(chance(10) ? amount() : pick([1, 700, 20_000]), currency()) : nil,
            reason: "any"
        )
    }

    private mutating func currency() -> Currency { pick([.euro, .euro, .euro, .yen, .dollar, .peso]) }

    mutating func request() -> AuthorizationRequest {
        var request = AuthorizationRequest.of(chance(30) ? pick([0, -1, .min]) : amount(), currency())
        if chance(4) { request.kind = pick(TransactionKind.allCases) }
        if chance(10) { request.billing = ConvertedAmount(Money(chance(4) ? 0 : amount(), currency()), rate: 1) }
        if chance(20) { request.settlement = ConvertedAmount(Money(amount(), currency()), rate: 2, date: 1_231) }
        if chance(20) { request.purpose = pick(Purpose.allCases) }
        if chance(20) { request.entryMode = pick(EntryMode.allCases) }
        if chance(20) { request.initiator = pick(Initiator.allCases) }
        if chance(20) { request.expiry = .of(2029, Int.random(in: 11...12, using: &generator)) }
        if chance(40) { request.card = nil }
        if chance(2) { request.message = message("100") }
        if chance(6) { request.purpose = pick([.preAuthorization, .estimated, .statusCheck]) }
        if chance(4) { request.references.transactionID = "T\(Int.random(in: 0..<12, using: &generator))" }
        if chance(4) { request.references.retrievalReference = "R\(Int.random(in: 0..<12, using: &generator))" }
        if chance(6) { request.isSingleMessage = true }
        if chance(6) { request.isNamedByApproval = true }
        if chance(4) { request.allowsPartialApproval = true }
        if chance(8) { request.wantsBalance = true }
        if chance(10) { request.cashback = pick([1, 5_000, amount() % largestAmount]) }
        if chance(8) {
            let fee = chance(20) ? largestAmount : pick([1, 150, 9_999, -200])
            request.acquirerFee = AcquirerFee(amount: fee, isIncluded: chance(4))
        }
        if chance(12) { request.instalments = Instalments(funding: pick([.merchant, .issuer]), count: pick([2, 3])) }
        if chance(40) { request.isConvertedByAcceptor = true }
        if chance(3) { request.use(token: pick([1, 2])) }
        return request
    }

    /// Also increments, of what is there.
    mutating func request(in world: World) -> AuthorizationRequest {
        var request = request()
        guard chance(8) else { return request }
        request.purpose = .increment
        request.message = message("100")
        request.increment = Increment(of: link(world), mode: pick(Increment.Mode.allCases))
        if case .authorization(let id)? = request.increment?.original, let known = world.state.authorizations[id] {
            request.transaction.currency = known.approved.currency
        }
        return request
    }

    private mutating func advice(_ world: World) -> Advice {
        var request = request(in: world)
        request.message = message("120")
        // Extreme amounts by force end what an account can do.
        if !chance(20) { request.transaction.minorUnits = Int64.random(in: 0...60_000, using: &generator) }
        let original = chance(5) ? nil : link(world)
        if case .authorization(let id)? = original, let known = world.state.authorizations[id], !chance(6) {
            request.transaction.currency = known.approved.currency
            request.kind = known.kind
        }
        return Advice(
            request: request,
            verdict: chance(4) ? .declined : .approved(code: chance(2) ? "" : "A1"),
            reason: pick(AdviceReason.allCases),
            original: original
        )
    }

    private mutating func link(_ world: World) -> AuthorizationLink {
        if chance(2), let id = authorization(world) { return .authorization(id) }
        let aliases = chance(3) ? [":nti:T\(Int.random(in: 0..<12, using: &generator))"] : []
        return .message("\(pick(["100", "120"])):\(Int.random(in: 0..<12, using: &generator))", aliases: aliases)
    }

    private mutating func references() -> AuthorizationLink {
        let transaction = ":nti:T\(Int.random(in: 0..<12, using: &generator))"
        let keys = [":rrn::R\(Int.random(in: 0..<12, using: &generator)):A1"]
        return chance(2) ? .references(keys, awaited: nil) : .references(keys + [transaction], awaited: transaction)
    }

    /// Few keys, so that repeats, reuses and reversals before their originals happen.
    private mutating func message(_ type: String) -> MessageIdentity {
        MessageIdentity(
            key: "\(type):\(Int.random(in: 0..<12, using: &generator))",
            fingerprint: [chance(4) ? 1 : 2]
        )
    }

    private mutating func reversal(_ world: World) -> Reversal {
        let newTotal: Int64? = chance(2) ? nil : pick([0, 1, amount(), amount() / 2])
        guard chance(2), let id = authorization(world) else {
            return Reversal(
                target: chance(8) ? references() : link(world),
                message: message("400"),
                newTotal: newTotal,
                card: chance(2) ? World.card : nil,
                currency: chance(8) ? .euro : nil
            )
        }
        return Reversal(target: .authorization(id), newTotal: newTotal)
    }

    private mutating func clearing(_ world: World) -> Clearing {
        let id = authorization(world) ?? AuthorizationID(at: World.dayStart, shard: World.shard, entropy: 5)
        let known = world.state.authorizations[id]
        let currency = chance(10) ? currency() : known?.approved.currency ?? .euro
        let ordinary = max(1, (known?.approved.minorUnits ?? 2) / pick([1, 1, 2, 3]))
        return Clearing(
            authorization: id,
            amount: Money(chance(10) ? amount() : ordinary, currency),
            billing: chance(6) ? Money(amount(), known?.balance?.currency ?? .euro) : nil,
            isFinal: chance(2),
            reference: "clearing"
        )
    }

    private mutating func authorization(_ world: World) -> AuthorizationID? {
        // Sorted: a dictionary's order changes from process to process, and a seed must give one history.
        let ids = world.state.authorizations.keys.sorted()
        return ids.isEmpty ? nil : pick(ids.suffix(8))
    }
}
