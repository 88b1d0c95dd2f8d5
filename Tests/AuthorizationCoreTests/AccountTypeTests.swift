import AuthorizationCore
import Testing

@Suite struct `Account types` {
    private static func limit(_ minorUnits: Int64, _ currency: Currency = .euro) -> Command {
        .moneyCommand(.setCreditLimit(SetCreditLimit(Money(minorUnits, currency), reason: "asked for")))
    }

    private static func opening(_ type: AccountType?, _ limits: [Int64]) -> Command {
        let currencies: [Currency] = [.euro, .dollar, .yen]
        return .openAccount(
            OpenAccount(
                account: World.account,
                tenant: World.tenant,
                program: World().program.id,
                balances: zip(currencies, limits).map { OpenAccount.Line(balance: BalanceKey($0), creditLimit: $1) },
                type: type
            )
        )
    }

    /// Which limits each type has: none below it, none above.
    private static let table: [(type: AccountType?, limit: Int64, isAllowed: Bool)] = [
        (.prepaid, -1, false), (.prepaid, 0, true), (.prepaid, 1, false),
        (.debit, -1, false), (.debit, 0, true), (.debit, 1, false),
        (.credit, -1, false), (.credit, 0, true), (.credit, 1, true), (.credit, largestAmount, true),
        (nil, -largestAmount, true), (nil, 0, true), (nil, largestAmount, true),
    ]

    @Test func `say which credit limit a balance may have, when it opens and ever after`() {
        for row in Self.table {
            let opening = Self.opening(row.type, [row.limit])
            let opened = decide(opening, AccountState(), program: nil, at: World().moment, seed: 1)
            #expect(opened.outcome == (row.isAllowed ? .done : .refused(.creditNotAllowed)), "\(row)")
            var world = World()
            world.state.account?.type = row.type
            let set = world.perform(Self.limit(row.limit))
            #expect(set.outcome == (row.isAllowed ? .done : .refused(.creditNotAllowed)), "\(row)")
            #expect(world.euros.creditLimit == (row.isAllowed ? row.limit : 0) && set.transfers.isEmpty, "\(row)")
        }
    }

    @Test func `are kept, with a balance in each currency, and one wrong limit opens nothing`() {
        let world = World()
        var state = AccountState()
        let opened = decide(Self.opening(.credit, [500, 0, 900]), state, program: nil, at: world.moment, seed: 1)
        state.apply(opened.changes)
        #expect(state.account?.type == .credit)
        let limits: [BalanceKey: Int64] = [World.euros: 500, BalanceKey(.dollar): 0, BalanceKey(.yen): 900]
        #expect(state.balances.mapValues(\.creditLimit) == limits)
        let wrong = Self.opening(.debit, [0, 0, 900])
        let refused = decide(wrong, AccountState(), program: nil, at: world.moment, seed: 1)
        #expect(refused == .refused(.creditNotAllowed))
    }

    @Test func `lend on credit up to the limit, and a funding repays what is owed`() throws {
        var world = World(posted: 0)
        world.state.account?.type = .credit
        #expect(world.decision(on: .authorize(.of(1))).declineReason == .insufficientFunds)
        world.perform(Self.limit(10_000))
        let payment = try world.authorized(.of(9_000))
        #expect(world.decision(on: .authorize(.of(1_001))).declineReason == .insufficientFunds)
        world.perform(.clear(Clearing(authorization: payment.id, amount: Money(9_000, .euro), isFinal: true)))
        #expect(world.euros.posted == -9_000 && world.euros.available(countingCredits: false) == 1_000)
        world.perform(.fund(Funding(amount: Money(4_000, .euro), reference: "repayment")))
        #expect(world.euros.posted == -5_000 && world.euros.available(countingCredits: false) == 5_000)
        #expect(world.decision(on: .authorize(.of(5_000))).isApproved)
    }

    @Test func `lower a limit below what is used: nothing more is approved until enough is repaid`() throws {
        var world = World(posted: 0)
        world.state.account?.type = .credit
        world.perform(Self.limit(10_000))
        let payment = try world.authorized(.of(8_000))
        let lowered = world.perform(Self.limit(3_000))
        #expect(lowered.balance?.before.creditLimit == 10_000 && lowered.balance?.after.creditLimit == 3_000)
        #expect(world.euros.pendingDebits == 8_000 && world.euros.available(countingCredits: false) == -5_000)
        var partial = AuthorizationRequest.of(100)
        partial.allowsPartialApproval = true
        #expect(world.decision(on: .authorize(partial)).declineReason == .insufficientFunds)
        let withdrawal = MoneyMovement(.withdrawal, Money(1, .euro), text: "")
        #expect(world.decision(on: .moneyCommand(.move(withdrawal))) == .refused(.insufficientFunds))
        let clearing = Clearing(authorization: payment.id, amount: Money(8_000, .euro), isFinal: true)
        #expect(world.perform(.clear(clearing)).acknowledgement == .applied)
        world.perform(.fund(Funding(amount: Money(5_001, .euro), reference: "")))
        #expect(world.decision(on: .authorize(.of(1))).isApproved)
        #expect(world.decision(on: .authorize(.of(2))).declineReason == .insufficientFunds)
    }

    @Test func `take no limit in a currency that is not held, nor beyond what a balance holds`() {
        var world = World(posted: .max)
        #expect(world.decision(on: Self.limit(1, .yen)) == .refused(.currencyNotHeld))
        #expect(world.perform(Self.limit(1)) == .refused(.balanceOutOfRange))
        #expect(world.perform(Self.limit(0)).outcome == .done)
    }

    @Test func `stand in the high bits of the status's byte, so that accounts without one read as they did`() throws {
        let account = try #require(World().state.account)
        let place = [World.account.journalBytes, World.tenant.journalBytes, account.program.journalBytes].joined().count
        for status in AccountStatus.allCases {
            for type in [nil] + AccountType.allCases.map(Optional.some) {
                var typed = account
                typed.status = status
                typed.type = type
                #expect(typed.journalBytes[place] == status.rawValue + 16 * (type?.rawValue ?? 0))
                #expect(try Account(journalBytes: typed.journalBytes) == typed)
                var state = AccountState()
                state.account = typed
                #expect(try AccountState(journalBytes: state.journalBytes) == state)
            }
        }
        for wrong in [0x10, 0x04, 0x41] as [UInt8] {
            var bytes = account.journalBytes
            bytes[place] = wrong
            #expect(throws: JournalError.self) { try Account(journalBytes: bytes) }
        }
    }

    @Test func `of a program stand behind what it verifies, and one without them is as it was`() throws {
        var program = World().program
        let plain = program.journalBytes
        program.accountTypes = [.credit, .prepaid]
        #expect(program.journalBytes == plain + [4, 2, 1, 3])
        #expect(try Program(journalBytes: program.journalBytes) == program)
        program.currencies[0].tokenDailyLimit = 5
        program.verification = VerificationPolicy()
        #expect(try Program(journalBytes: program.journalBytes) == program)
        for wrong in [[4, 0], [4, 1, 4], [4, 1, 1, 7]] as [[UInt8]] {
            #expect(throws: JournalError.self) { try Program(journalBytes: plain + wrong) }
        }
    }
}
