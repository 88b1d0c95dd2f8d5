import AuthorizationCore
import Testing

@testable import CardNetwork

/// A time without year, seen at an instant.
struct YearRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Seconds since 1970-01-01T00:00:00Z.
    var now: Int64
    var digits: Int64
    var resolved: Int64
}

@Suite struct `Transmission time` {
    static let rows = [
        YearRow(
            testDescription: "the same day",
            now: 1_780_315_200,
            digits: 0_601_115_959,
            resolved: 2026_06_01_115959
        ),
        YearRow(
            testDescription: "New Year's Eve, seen after midnight",
            now: 1_798_761_601,
            digits: 1_231_235_959,
            resolved: 2026_12_31_235959
        ),
        YearRow(
            testDescription: "New Year, from a clock that is ahead",
            now: 1_798_761_599,
            digits: 0_101_000_000,
            resolved: 2027_01_01_000000
        ),
        YearRow(
            testDescription: "a repeat five months on",
            now: 1_780_315_200,
            digits: 0_101_000_000,
            resolved: 2026_01_01_000000
        ),
        YearRow(
            testDescription: "December seen in June is nearer behind",
            now: 1_780_315_200,
            digits: 1_215_000_000,
            resolved: 2025_12_15_000000
        ),
        YearRow(
            testDescription: "November seen in June is nearer ahead",
            now: 1_780_315_200,
            digits: 1_101_000_000,
            resolved: 2026_11_01_000000
        ),
        YearRow(
            testDescription: "the leap day on its day",
            now: 1_835_395_200,
            digits: 0_229_120_000,
            resolved: 2028_02_29_120000
        ),
        YearRow(
            testDescription: "the leap day, seen in March",
            now: 1_835_481_600,
            digits: 0_229_235_959,
            resolved: 2028_02_29_235959
        ),
        YearRow(
            testDescription: "the first of March after a leap day",
            now: 1_835_481_599,
            digits: 0_301_000_000,
            resolved: 2028_03_01_000000
        ),
        YearRow(
            testDescription: "2100 is no leap year",
            now: 4_107_542_400,
            digits: 0_228_235_959,
            resolved: 2100_02_28_235959
        ),
        YearRow(
            testDescription: "2000 was one",
            now: 951_825_600,
            digits: 0_229_120_000,
            resolved: 2000_02_29_120000
        ),
    ]

    @Test(arguments: rows)
    func `gets the year that brings it closest`(_ row: YearRow) throws {
        let time = try #require(TransmissionTime(digits: row.digits))
        #expect(time.resolved(near: Instant(microseconds: row.now * 1_000_000)) == row.resolved)
    }

    @Test(
        arguments: [
            0, -1, 0_001_000_000, 1_301_000_000, 0_600_000_000, 0_632_000_000, 0_601_240_000, 0_601_006_000,
            0_601_000_060, 10_601_000_000, .max, .min,
        ] as [Int64]
    )
    func `is nothing else than a date and a time`(_ digits: Int64) {
        #expect(TransmissionTime(digits: digits) == nil)
    }

    @Test func `of every day of forty years, seen within months, has that day's year`() throws {
        // 2000-01-01 is day 10,957; counted on by its own rules.
        var (year, month, day) = (2_000, 1, 1)
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for number in Int64(10_957)..<(10_957 + 40 * 365) {
            let time = try #require(TransmissionTime(digits: Int64(month * 100 + day) * 1_000_000 + 10_203))
            let expected = Int64((year * 100 + month) * 100 + day) * 1_000_000 + 10_203
            for distance in [-170, -1, 0, 1, 170] as [Int64] {
                let now = Instant(microseconds: (number + distance) * 86_400_000_000)
                let resolved = time.resolved(near: now)
                if resolved != expected { Issue.record("\(expected) seen \(distance) days on gave \(resolved)") }
            }
            let isLeap = year % 4 == 0
            day += 1
            if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
