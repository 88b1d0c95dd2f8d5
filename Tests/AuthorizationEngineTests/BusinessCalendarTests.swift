import AuthorizationCore
import AuthorizationEngine
import Testing

/// A moment in UTC, and the day that holds it somewhere.
struct DayRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var zone: String
    /// Seconds since 1970-01-01T00:00:00Z.
    var now: Int64
    var start: Int64
    var hours: Int64
    /// Days since 1970-01-01 of the local date.
    var number: Int32
}

@Suite struct `Business calendar` {
    static let rows = [
        DayRow(
            testDescription: "Madrid, winter: 2026-01-15",
            zone: "Europe/Madrid",
            now: 1_768_474_800,
            start: 1_768_431_600,
            hours: 24,
            number: 20_468
        ),
        DayRow(
            testDescription: "Madrid, the short day: 2026-03-29",
            zone: "Europe/Madrid",
            now: 1_774_776_600,
            start: 1_774_738_800,
            hours: 23,
            number: 20_541
        ),
        DayRow(
            testDescription: "Madrid, the long day: 2026-10-25",
            zone: "Europe/Madrid",
            now: 1_792_925_400,
            start: 1_792_879_200,
            hours: 25,
            number: 20_751
        ),
        DayRow(
            testDescription: "São Paulo, without summer time: 2026-11-01",
            zone: "America/Sao_Paulo",
            now: 1_793_530_800,
            start: 1_793_502_000,
            hours: 24,
            number: 20_758
        ),
        DayRow(
            testDescription: "São Paulo, midnight left out: 2018-11-04",
            zone: "America/Sao_Paulo",
            now: 1_541_340_000,
            start: 1_541_300_400,
            hours: 23,
            number: 17_839
        ),
        DayRow(
            testDescription: "São Paulo, the day after",
            zone: "America/Sao_Paulo",
            now: 1_541_383_200 + 1_800,
            start: 1_541_383_200,
            hours: 24,
            number: 17_840
        ),
        DayRow(
            testDescription: "Santiago, midnight left out: 2026-09-06",
            zone: "America/Santiago",
            now: 1_788_700_000,
            start: 1_788_667_200,
            hours: 23,
            number: 20_702
        ),
        DayRow(
            testDescription: "UTC",
            zone: "UTC",
            now: 86_399,
            start: 0,
            hours: 24,
            number: 0
        ),
    ]

    private static func instant(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * 1_000_000) }

    @Test(arguments: rows)
    func `a day begins and ends where its zone says`(_ row: DayRow) {
        let day = BusinessCalendar().day(of: Self.instant(row.now), timeZone: row.zone)
        #expect(day.start == Self.instant(row.start))
        #expect(day.end == Self.instant(row.start + row.hours * 3_600))
        #expect(day.number == row.number)
    }

    /// What a lane remembers of the last day must not change which day an instant belongs to.
    @Test(arguments: ["Europe/Madrid", "America/Sao_Paulo", "America/Santiago", "America/Mexico_City", "UTC"])
    func `days follow each other without gap or overlap, however they are asked for`(_ zone: String) {
        for firstDay in [17_830, 20_530, 20_690, 20_745] as [Int64] {
            let remembering = BusinessCalendar()
            var last: BusinessCalendar.Day?
            for half in Int64(0)..<(20 * 48) {
                let now = Self.instant(firstDay * 86_400 + half * 1_800)
                let day = remembering.day(of: now, timeZone: zone)
                let fresh = BusinessCalendar().day(of: now, timeZone: zone)
                #expect(day.start == fresh.start && day.end == fresh.end && day.number == fresh.number)
                #expect(day.start <= now && now < day.end)
                if let last, last.number != day.number {
                    #expect(day.start == last.end && day.number == last.number + 1)
                }
                last = day
            }
        }
    }

    @Test func `the last microsecond of a day is still in it`() {
        let calendar = BusinessCalendar()
        let day = calendar.day(of: Self.instant(1_768_474_800), timeZone: "Europe/Madrid")
        let last = Instant(microseconds: day.end.microseconds - 1)
        #expect(BusinessCalendar().day(of: last, timeZone: "Europe/Madrid").number == day.number)
        #expect(BusinessCalendar().day(of: day.end, timeZone: "Europe/Madrid").number == day.number + 1)
    }

    @Test(
        arguments: [
            // End of the month in local time, as seconds of UTC.
            (2029, 11, "Europe/Madrid", 1_890_774_000), (2029, 12, "Europe/Madrid", 1_893_452_400),
            (2028, 2, "Europe/Madrid", 1_835_478_000), (2026, 3, "Europe/Madrid", 1_774_994_400),
            (2029, 12, "America/Sao_Paulo", 1_893_466_800), (2029, 12, "UTC", 1_893_456_000),
        ] as [(Int, Int, String, Int64)]
    )
    func `a card is valid to the end of its month in the program's zone`(
        _ row: (year: Int, month: Int, zone: String, end: Int64)
    ) throws {
        let month = try #require(ExpiryMonth(year: row.year, month: row.month))
        #expect(BusinessCalendar().end(of: month, timeZone: row.zone) == Self.instant(row.end))
    }

    @Test(arguments: [
        (0, 2026, 1), (11, 2026, 12), (12, 2027, 1), (36, 2029, 1), (23, 2027, 12),
    ])
    func `a new card expires so many months on`(_ row: (months: Int, year: Int, month: Int)) {
        let now = Self.instant(1_768_474_800)
        let expiry = BusinessCalendar().expiry(row.months, after: now, timeZone: "Europe/Madrid")
        #expect(expiry == ExpiryMonth(year: row.year, month: row.month))
    }

    @Test func `the month in which a card is made is the program's own`() {
        // 2026-01-31T23:30Z is February in Madrid and January in São Paulo.
        let now = Self.instant(1_769_902_200)
        let calendar = BusinessCalendar()
        #expect(calendar.expiry(0, after: now, timeZone: "Europe/Madrid") == ExpiryMonth(year: 2026, month: 2))
        #expect(calendar.expiry(0, after: now, timeZone: "America/Sao_Paulo") == ExpiryMonth(year: 2026, month: 1))
        #expect(calendar.expiry(1_200, after: now, timeZone: "UTC") == nil)
    }

    @Test func `zones are known by their names`() {
        #expect(BusinessCalendar.isKnown(timeZone: "America/Bogota"))
        #expect(!BusinessCalendar.isKnown(timeZone: "Europe/Nowhere"))
    }

    @Test func `an instant survives its way through a date`() {
        for microseconds in [0, 1, 1_768_474_800_123_456, 4_102_444_799_999_999] as [Int64] {
            let instant = Instant(microseconds: microseconds)
            #expect(Instant(date: instant.date) == instant)
        }
    }
}
