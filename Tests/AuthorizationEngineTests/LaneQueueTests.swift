import AuthorizationCore
import Testing

@testable import AuthorizationEngine

@Suite struct `Lane queue` {
    private static func item(_ account: UInt64?, _ number: UInt64) -> LaneItem {
        .of(.purchase(1), number, account: account.map(Bench.account))
    }

    private static func reversal(_ account: UInt64, _ number: UInt64) -> LaneItem {
        .of(.reversal(of: "100:1", as: "400:1"), number, account: Bench.account(account))
    }

    private static func queue(_ items: [LaneItem]) -> LaneQueue {
        var queue = LaneQueue()
        for item in items { #expect(queue.append(item) == true) }
        return queue
    }

    private static func events(_ numbers: [UInt64]) -> [EventID] { numbers.map { Bench.event($0) } }

    @Test func `accounts are served in turn, each first in first out`() {
        var queue = Self.queue([
            Self.item(1, 10), Self.item(1, 11), Self.item(1, 12), Self.item(2, 20), Self.item(3, 30), Self.item(2, 21),
        ])
        #expect(queue.count == 6)
        #expect(queue.take(10).map(\.id) == Self.events([10, 20, 30, 11, 21, 12]))
        #expect(queue.count == 0 && queue.take(10).isEmpty)
    }

    @Test func `a command is unanswered from the door to its answer, put back or not`() {
        let inbox = LaneInbox()
        let items = (0..<3).map { Self.item(1, $0) }
        for item in items { #expect(inbox.submit(item)) }
        #expect(Set(inbox.unanswered.map(\.id)) == Set(Self.events([0, 1, 2])))
        #expect(inbox.take(2)?.count == 2)
        items[0].answer(.late)
        #expect(Set(inbox.unanswered.map(\.id)) == Set(Self.events([1, 2])))
        inbox.putBack([items[1]])
        #expect(inbox.unanswered.count == 2)
        inbox.close()
        while let taken = inbox.take(1) { for item in taken { item.answer(.late) } }
        #expect(inbox.unanswered.isEmpty)
    }

    @Test func `a busy account does not keep others waiting, and its turn goes on where it was`() {
        var queue = Self.queue((0..<100).map { Self.item(1, $0) })
        #expect(queue.append(Self.item(2, 200)) == true)
        #expect(queue.take(3).map(\.id) == Self.events([0, 200, 1]))
        #expect(queue.append(Self.item(3, 300)) == true)
        #expect(queue.take(3).map(\.id) == Self.events([2, 300, 3]))
        #expect(queue.count == 96)
    }

    @Test func `requests without account are one more account`() {
        var queue = Self.queue([Self.item(nil, 1), Self.item(nil, 2), Self.item(5, 50)])
        #expect(queue.take(2).map(\.id) == Self.events([1, 50]))
        #expect(queue.take(2).map(\.id) == Self.events([2]))
    }

    @Test func `items put back come first of their account, in their order`() {
        var queue = Self.queue([Self.item(1, 10), Self.item(1, 11), Self.item(2, 20)])
        let taken = queue.take(3)
        #expect(taken.map(\.id) == Self.events([10, 20, 11]))
        #expect(queue.append(Self.item(1, 12)) == true)
        queue.putBack(taken.filter { $0.account == Bench.account(1) })
        #expect(queue.count == 3)
        #expect(queue.take(10).map(\.id) == Self.events([10, 11, 12]))
    }

    @Test func `a part of the queue is for what must be accepted`() {
        var queue = LaneQueue()
        let open = Limits.queueLength - Limits.reservedQueueLength
        for number in 0..<open { #expect(queue.append(Self.item(UInt64(number % 7), UInt64(number))) == true) }
        #expect(queue.append(Self.item(1, 1)) == false)
        for number in open..<Limits.queueLength { #expect(queue.append(Self.reversal(1, UInt64(number))) == true) }
        #expect(queue.append(Self.reversal(1, 1)) == false)
        #expect(queue.count == Limits.queueLength)
        #expect(queue.take(1).count == 1)
        #expect(queue.append(Self.item(1, 1)) == false)
        #expect(queue.append(Self.reversal(1, 1)) == true)
    }

    @Test func `what nobody waits for is refused while much waits`() {
        var queue = LaneQueue()
        for number in 0..<Limits.backgroundQueueLength {
            #expect(queue.append(Self.item(UInt64(number % 7), UInt64(number))) == true)
        }
        let background = LaneItem(
            id: Bench.event(1),
            account: Bench.account(1),
            command: .changeAccount(ChangeAccount(status: .frozen, reason: "")),
            seed: 0,
            deadline: .now + .seconds(1),
            isBackground: true
        ) { _ in }
        #expect(queue.append(background) == false)
        #expect(queue.append(Self.item(1, 1)) == true)
        _ = queue.take(2)
        #expect(queue.append(background) == true)
    }

    @Test func `random use loses nothing, repeats nothing and keeps each account's order`() {
        var generator = SplitMix64(seed: 42)
        var queue = LaneQueue()
        var accountOf: [EventID: AccountID?] = [:]
        var served: [EventID] = []
        var number: UInt64 = 0
        for _ in 0..<2_000 {
            if generator.next() % 3 != 0 {
                let item = Self.item(generator.next() % 5, number)
                number += 1
                accountOf[item.id] = item.account
                #expect(queue.append(item) == true)
            } else {
                let taken = queue.take(Int(generator.next() % 6))
                // Now and then an account of the batch is held by somebody else.
                let held = generator.next() % 4 == 0 ? taken.first?.account : nil
                let skipped = taken.filter { held != nil && $0.account == held }
                queue.putBack(skipped)
                served += taken.filter { item in !skipped.contains { $0.id == item.id } }.map(\.id)
            }
        }
        served += queue.take(.max).map(\.id)
        #expect(Set(served).count == served.count && served.count == Int(number))
        for account in Set(accountOf.values) {
            let own = served.filter { accountOf[$0] == account }
            #expect(own == own.sorted())
        }
    }
}

@Suite struct `Lane inbox` {
    @Test func `a closed one takes nothing, gives what waits, and then ends`() {
        let inbox = LaneInbox()
        #expect(inbox.submit(.of(.purchase(1), 1)))
        inbox.close()
        #expect(!inbox.submit(.of(.purchase(1), 2)))
        #expect(inbox.take(10)?.map(\.id) == [Bench.event(1)])
        #expect(inbox.take(10) == nil)
    }
}
