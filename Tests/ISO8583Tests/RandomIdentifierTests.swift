import AuthorizationCore
import TestSeed
import Testing

@testable import ISO8583

/// How seldom an identifier without a card number is refused: of each kind 20,000 numbers or 4,000 words are drawn.
@Suite struct `Identifiers that machines draw` {
    private static let count = 20_000
    private static let words = 4_000

    @Test(arguments: [4, 7] as [UInt8])
    func `as UUIDs are never refused`(_ version: UInt8) {
        print("AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        for index in 0..<Self.words {
            // Of version 7 the first six bytes are the time.
            let time = (1_763_764_950_000 + UInt64(index)) << 16
            let high = version == 7 ? time | UInt64.random(in: 0...0xFFFF, using: &generator) : generator.next()
            let uuid = Self.uuid(high, generator.next(), version)
            for text in [uuid, uuid.uppercased(), "pay_\(uuid)", "order\(uuid)-\(index)", "\(uuid):20261122"] {
                #expect(!text.holdsCardNumber, "\(text)")
            }
        }
    }

    @Test func `as ULIDs, and as words of 32 and 64 hexadecimal digits, are never refused`() {
        print("AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        let crockford = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        for _ in 0..<Self.words {
            let ulid = "01" + Self.text(of: crockford, 24, &generator)
            let word = Self.text(of: Array("0123456789abcdef"), 32, &generator)
            let digest = Self.text(of: Array("0123456789ABCDEF"), 64, &generator)
            for text in [ulid, "pay_\(ulid)", word, "key-\(word)-1", digest] {
                #expect(!text.holdsCardNumber, "\(text)")
            }
        }
    }

    /// One in ten has a right check digit; of longer ones, one of the two that are glued to the rest may have it, too.
    @Test(arguments: [(13, 8), (14, 8), (15, 9), (16, 9), (17, 18), (18, 18), (19, 17), (20, 17), (28, 17)])
    func `as digits alone are refused seldom`(_ row: (digits: Int, percent: Int)) {
        print("AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        let refused = (0..<Self.count).count { _ in
            Self.text(of: Array("0123456789"), row.digits, &generator).holdsCardNumber
        }
        print("of \(Self.count) numbers of \(row.digits) digits \(refused) are refused")
        // Five deviations.
        #expect(refused < Self.count * (row.percent + 1) / 100)
    }

    @Test func `as a date and counts are hardly ever refused`() {
        print("AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        func digits(_ count: Int) -> String { Self.text(of: Array("0123456789"), count, &generator) }
        let refused = (0..<Self.count).count { _ in
            let date =
                20_260_000 + 100 * Int.random(in: 1...12, using: &generator) + Int.random(in: 1...28, using: &generator)
            return ["\(date)-\(digits(6))", "order-\(digits(7))-\(date)-\(digits(3))", "\(date)\(digits(6))"]
                .contains(where: \.holdsCardNumber)
        }
        print("\(refused) of \(Self.count) are refused")
        #expect(refused < Self.count / 200)
    }

    /// Each of many in a year, so that what one begins with is no accident.
    @Test func `as moments with a count are never refused`() {
        print("AVAL_SEED=\(TestSeed.value)")
        var generator = SplitMix64(seed: TestSeed.value)
        func digits(_ count: Int) -> String { Self.text(of: Array("0123456789"), count, &generator) }
        for _ in 0..<Self.words {
            let seconds = Int.random(in: 1_700_000_000...1_899_999_999, using: &generator)
            let month = Int.random(in: 1...12, using: &generator)
            let date = "20\(Int.random(in: 20...39, using: &generator))\(month < 10 ? "0" : "")\(month)1"
            for text in ["\(seconds)\(digits(9))", "order-\(seconds)\(digits(9))", "\(date)0\(digits(6))\(digits(4))"] {
                #expect(!text.holdsCardNumber, "\(text)")
            }
        }
    }

    private static func text(of characters: [Character], _ count: Int, _ generator: inout SplitMix64) -> String {
        String((0..<count).compactMap { _ in characters.randomElement(using: &generator) })
    }

    private static func uuid(_ high: UInt64, _ low: UInt64, _ version: UInt8) -> String {
        func hexadecimal(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let named = high & ~0xF000 | UInt64(version) << 12
        let digits = Array(hexadecimal(named) + hexadecimal(low & (1 << 62 - 1) | 1 << 63))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
