import AuthorizationCore

/// Date and time of transmission (ISO 8583 DE 7, `MMDDhhmmss` in UTC), which has no year.
struct TransmissionTime: Equatable {
    let month: Int
    let day: Int
    /// Of the day, 0 to 86,399.
    let second: Int

    /// Nil when the digits are no date and time.
    init?(digits: Int64) {
        let parts = [100_000_000, 1_000_000, 10_000, 100, 1].map { Int(digits / $0 % 100) }
        guard digits >= 0, digits < 10_000_000_000, (1...12).contains(parts[0]), (1...31).contains(parts[1]),
            parts[2] < 24, parts[3] < 60, parts[4] < 60
        else { return nil }
        month = parts[0]
        day = parts[1]
        second = parts[2] * 3_600 + parts[3] * 60 + parts[4]
    }

    /// The time with the year that brings it closest to `now`, as `YYYYMMDDhhmmss`.
    func resolved(near now: Instant) -> Int64 {
        let days = now.microseconds / 86_400_000_000
        let year = Self.year(ofDay: days)
        let candidates = [year - 1, year, year + 1]
        let distances = candidates.map { abs(Self.day(year: $0, month: month, day: day) - days) }
        let nearest = zip(candidates, distances).min { $0.1 < $1.1 }?.0 ?? year
        let time = second / 3_600 * 10_000 + second / 60 % 60 * 100 + second % 60
        return ((Int64(nearest) * 100 + Int64(month)) * 100 + Int64(day)) * 1_000_000 + Int64(time)
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar, counted in years that begin in March, so that the
    /// leap day is the last.
    private static func day(year: Int, month: Int, day: Int) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        return Int64(365 * marchYear + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468)
    }

    private static func year(ofDay days: Int64) -> Int {
        let estimate = 1_970 + Int(days / 366)
        return (estimate...estimate + 2).last { day(year: $0, month: 1, day: 1) <= days } ?? estimate
    }
}
