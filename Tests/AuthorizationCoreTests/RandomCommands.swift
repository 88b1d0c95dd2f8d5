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
        world.program.markUp = pick([0, 25_000, 1_000_000])
        world.program.currencies = [
            CurrencyPolicy(
                currency: .euro,
                transactionLimit: pick([0, 50_000, .max]),
                dailyLimit: pick([0, 80_000, .max])
            ),
            CurrencyPolicy(currency: .yen, transactionLimit: 100_000, dailyLimit: .max),
        ]
        world.program.rates.append(
            ExchangeRate(from: .peso, to: .euro, billionths: pick([1, 50_000_000, 1_000_000_000_000_000, .max]))
        )
        return world
    }

    mutating func command(in world: World) -> Command {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<10: return .authorize(request())
        case 10..<13: return .reverse(reversal(world))
        case 13..<16: return .clear(clearing(world))
        case 16, 17: return .fund(Funding(amount: Money(amount(), currency()), reference: "funding"))
        case 18:
            // Mostly back to active, so that histories go on.
            let status = chance(3) ? pick([CardStatus.frozen, .blocked, .inactive]) : .active
            return .changeCard(ChangeCard(card: World.card, status: status, reason: "any"))
        default:
            let status: AccountStatus = chance(3) ? .frozen : .open
            return .changeAccount(ChangeAccount(status: status, reason: "any"))
        }
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
        return request
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
                target: .message("100:\(Int.random(in: 0..<12, using: &generator))"),
                message: message("400"),
                newTotal: newTotal
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
