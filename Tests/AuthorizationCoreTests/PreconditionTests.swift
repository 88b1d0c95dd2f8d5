import AuthorizationCore
import Testing

/// What must stop the process rather than book something wrong.
@Suite struct `Impossible money` {
    @Test(arguments: [0, -1, .min] as [Int64])
    func `a transfer of nothing stops`(_ amount: Int64) async {
        await #expect(processExitsWith: .failure) { [amount] in
            let id = TransferID(high: 1, low: 1)
            _ = Transfer(id: id, .debit, .posted, of: amount, on: BalanceKey(.euro), against: .funding)
        }
    }

    @Test func `what remains of an authorization cannot grow`() async throws {
        await #expect(processExitsWith: .failure) {
            var world = World()
            var original = try world.authorized(.of(1_000))
            _ = original.lower(to: 1_001)
        }
    }

    @Test func `a share of a negative amount stops`() async {
        await #expect(processExitsWith: .failure) { _ = Int64(-1).scaled(by: 1, over: 2) }
    }

    @Test func `a decision that moves a balance that is not there stops`() async throws {
        await #expect(processExitsWith: .failure) {
            var world = World()
            let decision = world.perform(.authorize(.of(1_000)))
            var empty = AccountState()
            empty.apply(decision.changes)
        }
    }

    @Test func `shares round down and fit through products beyond Int64`() {
        #expect(Int64(10).scaled(by: 1, over: 3) == 3)
        #expect(Int64.max.scaled(by: .max, over: .max) == .max)
        #expect(Int64.max.scaled(by: 2, over: 1) == nil)
    }

    @Test func `a balance that would leave its range has no successor`() throws {
        let id = TransferID(high: 1, low: 1)
        let key = BalanceKey(.euro)
        var balance = Balance()
        balance.posted = .max
        #expect(balance.after(Transfer(id: id, .credit, .posted, of: 1, on: key, against: .funding)) == nil)
        let release = Transfer(id: id, .credit, .pendingDebit, of: 1, on: key, against: .networkSettlement)
        #expect(balance.after(release) == nil)
        balance.pendingDebits = 1
        #expect(balance.after(release)?.pendingDebits == 0)
    }
}
