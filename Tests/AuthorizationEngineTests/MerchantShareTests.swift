import AuthorizationCore
import TestSeed
import Testing

@testable import AuthorizationEngine

/// What part of a merchant's requests fails: a large one's everyday mistakes are many, and few of its requests.
@Suite struct `A merchant's share of failures` {
    private static let shop = MerchantKey(bin: "990000", acquirer: "1", acceptor: "SHOP")

    private static func minute(_ number: Int64) -> Instant {
        Instant(microseconds: 1_700_000_040_000_000 + number * 60_000_000)
    }

    enum Step {
        case failed(Int, at: Int64)
        case approved(Int, at: Int64)
    }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let share: UInt32
        let steps: [Step]
        /// Minutes, and whether it is stopped then.
        let expected: [Int64: Bool]

        init(_ name: String, share: UInt32 = 25, _ steps: [Step], _ expected: [Int64: Bool]) {
            (testDescription, self.share, self.steps, self.expected) = (name, share, steps, expected)
        }
    }

    /// Three failures in twelve minutes, in slots of one.
    static let rows = [
        Row("nothing", [], [0: false]),
        Row("the share without the number", [.failed(2, at: 0)], [0: false]),
        Row("the number and the share", [.failed(3, at: 0)], [0: true, 11: true, 12: false]),
        Row("just the share", [.failed(1, at: 0), .approved(9, at: 0), .failed(2, at: 0)], [0: true]),
        Row("the number below the share", [.failed(1, at: 0), .approved(10, at: 0), .failed(2, at: 0)], [0: false]),
        Row(
            "mistakes of a busy merchant",
            share: 10,
            [.failed(1, at: 0), .approved(20_000, at: 0), .failed(199, at: 5)],
            [5: false, 11: false, 12: false]
        ),
        Row(
            "numbers that are tried out at a busy merchant",
            share: 10,
            [.failed(1, at: 0), .approved(1_800, at: 0), .failed(199, at: 0)],
            [0: true, 11: true, 12: false]
        ),
        Row("approved before the first failure", [.approved(100, at: 0), .failed(3, at: 0)], [0: true]),
        Row("the number alone", share: 0, [.failed(1, at: 0), .approved(9_000, at: 0), .failed(2, at: 0)], [0: true]),
        Row("nothing but failures", share: 100, [.failed(3, at: 0)], [0: true]),
        Row(
            "nearly nothing but failures",
            share: 100,
            [.failed(1, at: 0), .approved(1, at: 0), .failed(99, at: 0)],
            [0: false]
        ),
        Row(
            "failures of an hour with few payments, after one with many",
            [.failed(1, at: 0), .approved(100, at: 0), .failed(4, at: 12)],
            [11: false, 12: true]
        ),
        Row(
            "payments that get too old, without a failure since",
            [.failed(1, at: 0), .approved(20, at: 0), .failed(3, at: 6), .approved(1, at: 12)],
            [6: false, 11: false, 12: false]
        ),
        Row(
            "the first failure since",
            [.failed(1, at: 0), .approved(20, at: 0), .failed(3, at: 6), .failed(1, at: 12)],
            [11: false, 12: true]
        ),
        Row(
            "failures that get too old, and leave a small share of what was approved",
            [.failed(7, at: 0), .approved(10, at: 1), .failed(3, at: 1)],
            [1: true, 11: true, 12: false]
        ),
        Row(
            "what was under way when it was stopped",
            [.failed(3, at: 0), .approved(10, at: 0)],
            [0: false, 1: false]
        ),
        Row(
            "a failure after that",
            [.failed(3, at: 0), .approved(9, at: 0), .approved(1, at: 0), .failed(1, at: 0)],
            [0: true, 12: false]
        ),
    ]

    @Test(arguments: rows)
    func `stops it, together with their number, from a failure on`(_ row: Row) {
        for (minute, isStopped) in row.expected {
            var book = MerchantBook(limit: MerchantLimit(count: 3, share: row.share, seconds: 720))
            for step in row.steps {
                switch step {
                case .failed(let count, let time) where time <= minute:
                    for _ in 0..<count { _ = book.fail(Self.shop, at: Self.minute(time)) }
                case .approved(let count, let time) where time <= minute:
                    for _ in 0..<count { book.approve(Self.shop, at: Self.minute(time)) }
                case .failed, .approved: break
                }
            }
            let now = Self.minute(minute)
            #expect((book.failures(of: Self.shop, at: now) != nil) == isStopped, "\(minute)")
            #expect(book.stopped(at: now).count == (isStopped ? 1 : 0), "\(minute)")
        }
    }

    @Test func `takes no place where nothing has failed`() {
        var book = MerchantBook(limit: MerchantLimit(count: 3, share: 10, seconds: 720))
        for _ in 0..<100 { book.approve(Self.shop, at: Self.minute(0)) }
        #expect(book.count == 0 && book.own(of: Self.shop, at: Self.minute(0)).isEmpty)
    }

    @Test func `falls by what other processes have approved`() {
        var book = MerchantBook(limit: MerchantLimit(count: 3, share: 25, seconds: 720))
        let slot = MerchantLimit(count: 3, share: 25, seconds: 720).slot(at: Self.minute(0))
        let isStopped = (0..<3).map { _ in book.fail(Self.shop, at: Self.minute(0)) }
        #expect(isStopped == [false, false, true])
        let lessons: [(MerchantCounts, isStopping: Bool, failures: UInt32?)] = [
            (MerchantCounts(failures: 1, requests: 14), false, nil),
            (MerchantCounts(failures: 1, requests: 13), true, 4),
            (MerchantCounts(failures: .max, requests: .max), false, .max), (MerchantCounts(requests: .max), false, nil),
        ]
        for lesson in lessons {
            let isStopping = book.learn([slot: lesson.0], of: Self.shop, at: Self.minute(0))
            #expect(isStopping == lesson.isStopping, "\(lesson)")
            #expect(book.failures(of: Self.shop, at: Self.minute(0))?.count == lesson.failures, "\(lesson)")
        }
    }

    /// Whatever comes: requests of a stopped merchant are not counted, as in `merchantEvent`.
    @Test func `stops it once in each part of the window, and never without the number`() {
        print("Shares of failures: AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        var book = MerchantBook(limit: MerchantLimit(count: 10, share: 20, seconds: 720))
        var (stops, failed): ([Int64: Int], [Int64: UInt32]) = ([:], [:])
        var wrong = 0
        for minute in 0..<3_000 as Range<Int64> {
            // Honest for a while, tried out for another.
            if minute % 10 == 0 { wrong = Int.random(in: 0...40, using: &generator) }
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                let now = Self.minute(minute)
                if let failures = book.failures(of: Self.shop, at: now) {
                    let inWindow = (max(0, minute - 11)...minute).reduce(0 as UInt32) { $0 + failed[$1, default: 0] }
                    #expect(failures.count >= 10 && failures.count == inWindow)
                } else if Int.random(in: 1...100, using: &generator) <= wrong {
                    failed[minute, default: 0] += 1
                    if book.fail(Self.shop, at: now) { stops[minute, default: 0] += 1 }
                } else {
                    book.approve(Self.shop, at: now)
                }
            }
        }
        #expect(stops.count > 10 && stops.values.allSatisfy { $0 == 1 })
    }
}
