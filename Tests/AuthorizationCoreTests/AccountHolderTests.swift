import AuthorizationCore
import Testing

@Suite struct `Accounts that name a cardholder` {
    private static func opening(_ type: AccountType?, exempt: Bool, _ cardholder: CardholderID?) -> OpenAccount {
        OpenAccount(
            account: World.account,
            tenant: World.tenant,
            program: World().program.id,
            balances: [.init(balance: World.euros, creditLimit: 0)],
            type: type,
            isChargeExempt: exempt,
            cardholder: cardholder
        )
    }

    /// With and without all that an opening may say besides: and what the account then is, from its decision's bytes and its
    /// state's.
    @Test(arguments: [nil, AccountType.credit], [false, true])
    func `keep it, whatever else they are and become`(_ type: AccountType?, _ isExempt: Bool) throws {
        let command = Command.openAccount(Self.opening(type, exempt: isExempt, World.cardholder))
        #expect(command.code == 36)
        #expect(try Command(journalBytes: command.journalBytes) == command)
        var world = World()
        world.state = AccountState()
        let opened = world.perform(command)
        #expect(try Decision(journalBytes: opened.journalBytes) == opened)
        let closed = world.perform(.changeAccount(ChangeAccount(status: .closed, reason: "test")))
        #expect(try Decision(journalBytes: closed.journalBytes) == closed)
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
        let account = try #require(world.state.account)
        #expect(account.cardholder == World.cardholder && account.status == .closed)
        #expect(account.type == type && account.isChargeExempt == isExempt)
    }

    @Test(arguments: [nil, AccountType.credit])
    func `are journaled apart: others have the bytes that they always had`(_ type: AccountType?) {
        let command = Command.openAccount(Self.opening(type, exempt: true, nil))
        #expect(command.code == (type == nil ? 1 : 27))
        let named = Command.openAccount(Self.opening(type, exempt: true, World.cardholder))
        #expect(named.journalBytes.count > command.journalBytes.count)
    }
}
