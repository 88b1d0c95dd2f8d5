import AuthorizationEngine
import Foundation
import Synchronization
import Testing

@Suite struct `A mailbox` {
    /// Shared with threads.
    private final class Box: Sendable {
        let mailbox = Mailbox<[Int]>([])
        let taken = Mutex<[Int]>([])

        func put(_ number: Int, limit: Int = .max) -> Bool {
            mailbox.put { numbers in
                guard numbers.count < limit else { return false }
                numbers.append(number)
                return true
            }
        }
    }

    @Test func `what many threads leave wakes the one that takes it, which gets it once and in each thread's order`() {
        let box = Box()
        let finished = DispatchSemaphore(value: 0)
        Thread.begin("reader", finished) {
            while let numbers = box.mailbox.takeAll() { box.taken.withLock { $0 += numbers } }
        }
        let (writers, each) = (8, 5_000)
        DispatchQueue.concurrentPerform(iterations: writers) { writer in
            for number in 0..<each {
                // Now and then the reader has nothing to do.
                if number % 1_000 == 0 { Thread.sleep(forTimeInterval: 0.005) }
                #expect(box.put(writer * each + number))
            }
        }
        box.mailbox.close()
        #expect(finished.wait(timeout: .now() + .seconds(60)) == .success)
        let taken = box.taken.withLock { $0 }
        #expect(taken.sorted() == Array(0..<writers * each))
        for writer in 0..<writers {
            let own = taken.filter { $0 / each == writer }
            #expect(own == own.sorted())
        }
    }

    @Test func `it is full when those who leave something say so`() {
        let box = Box()
        #expect(box.put(1, limit: 2) && box.put(2, limit: 2))
        #expect(!box.put(3, limit: 2))
        #expect(box.mailbox.take { $0.popLast() } == 2)
        #expect(box.put(4, limit: 2))
        #expect(box.mailbox.takeAll() == [1, 4])
    }

    @Test(arguments: [true, false])
    func `a closed one takes nothing in, and gives what waits unless that is removed`(_ isKept: Bool) {
        let box = Box()
        #expect(box.put(1))
        if isKept { box.mailbox.close() } else { box.mailbox.close { $0 = [] } }
        #expect(!box.put(2))
        #expect(box.mailbox.takeAll() == (isKept ? [1] : nil))
        #expect(box.mailbox.takeAll() == nil && box.mailbox.withContent { $0.isEmpty })
    }

    @Test func `the end wakes the one that sleeps`() {
        let box = Box()
        let finished = DispatchSemaphore(value: 0)
        Thread.begin("reader", finished) { #expect(box.mailbox.takeAll() == nil) }
        #expect(finished.wait(timeout: .now() + .milliseconds(20)) == .timedOut)
        box.mailbox.close()
        #expect(finished.wait(timeout: .now() + .seconds(60)) == .success)
    }
}
