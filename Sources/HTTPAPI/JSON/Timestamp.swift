import AuthorizationCore

/// Instants as RFC 3339 text, without a time zone database: the API speaks UTC.
enum Timestamp {
    /// Such as `2029-11-30T23:59:59.000001Z`.
    static func text(_ instant: Instant) -> String {
        let (seconds, fraction) = instant.microseconds.quotientFlooring(by: 1_000_000)
        let (days, secondOfDay) = seconds.quotientFlooring(by: 86_400)
        let (year, month, day) = civil(daysSince1970: days)
        let time = "\(pad(secondOfDay / 3_600, 2)):\(pad(secondOfDay / 60 % 60, 2)):\(pad(secondOfDay % 60, 2))"
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(time).\(pad(fraction, 6))Z"
    }

    /// Nil unless the text is an RFC 3339 date and time with its offset. Fractions beyond microseconds are cut off,
    /// a leap second counts as the second after it, and times before 1970 count as 1970, when nothing was.
    static func instant(_ text: String) -> Instant? {
        let pattern =
            #/([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})/#
        guard let match = text.wholeMatch(of: pattern)?.output,
            let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3),
            let hour = Int64(match.4), let minute = Int64(match.5), let second = Int64(match.6),
            (1...12).contains(month), (1...length(ofMonth: month, year)).contains(day),
            hour < 24, minute < 60, second < 61, let offset = offset(match.8)
        else { return nil }
        let fraction = String((match.7.map(String.init) ?? "").prefix(6))
        let padded = fraction + String(repeating: "0", count: 6 - fraction.utf8.count)
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Instant(microseconds: max(0, seconds * 1_000_000 + (Int64(padded) ?? 0)))
    }

    /// Seconds east of UTC.
    private static func offset(_ text: Substring) -> Int64? {
        guard text.utf8.count == 6, let hours = Int64(text.dropFirst().prefix(2)), let minutes = Int64(text.suffix(2))
        else { return 0 }
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 3_600 + minutes * 60) * (text.hasPrefix("-") ? -1 : 1)
    }

    private static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that leap days come last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.quotientFlooring(by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).quotientFlooring(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Decimal digits with zeros in front.
func pad(_ number: some BinaryInteger, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

extension Int64 {
    /// Quotient rounded down, and the remainder that is never negative.
    fileprivate func quotientFlooring(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (self % divisor + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}
