import AuthorizationCore
import Testing

@Suite struct `Bytes of charges` {
    @Test func `a program without charges is as it was, and one with them ends with them`() throws {
        var program = World().program
        let plain = program.journalBytes
        program.charges = Charges.schedules
        program.charges[0].conditions.inside = ["ES", "724"]
        program.charges[1].conditions.outside = ["ES"]
        program.charges[1].conditions.differsInCurrency = true
        program.charges[2].conditions.differsInCurrency = false
        program.charges[2].conditions.categories = [6_011, 742]
        program.charges[2].conditions.channels = [.remote, .tellerMachine]
        program.charges[2].terms.maximum = 5
        #expect(program.journalBytes.starts(with: plain + [5]))
        #expect(try Program(journalBytes: program.journalBytes) == program)
        program.charges[1].code = program.charges[0].code
        #expect(throws: JournalError.self) { try Program(journalBytes: program.journalBytes) }
        program.charges = Charges.schedules
        program.charges[1].currency = .peso
        #expect(throws: JournalError.self) { try Program(journalBytes: program.journalBytes) }
    }

    @Test func `an opening of an exempt account says so at its end`() throws {
        var opening = OpenAccount(
            account: World.account,
            tenant: World.tenant,
            program: World().program.id,
            balances: [.init(balance: World.euros, creditLimit: 0)]
        )
        let plain = opening.journalBytes
        opening.isChargeExempt = true
        #expect(opening.journalBytes == plain + [1])
        #expect(try OpenAccount(journalBytes: opening.journalBytes) == opening)
        var world = World()
        world.state = AccountState()
        let decision = world.perform(.openAccount(opening))
        #expect(world.state.account?.isChargeExempt == true)
        #expect(try Decision(journalBytes: decision.journalBytes) == decision)
    }

    @Test func `a decision has the lines that were decided`() throws {
        var world = Charges.world()
        var request = AuthorizationRequest.of(1_000, key: "100:1")
        request.use(token: 1)
        world.program.currencies[0].tokenDailyLimit = 50_000
        let decision = world.perform(.authorize(request))
        #expect(try Decision(journalBytes: decision.journalBytes) == decision)
    }
}
