import AuthorizationCore
import Foundation
import Synchronization

/// Turns instants into days and months of a time zone. The only place that knows time zones, so that decisions
/// and their replay get instants.
package final class BusinessCalendar: Sendable {
    package struct Day: Sendable {
        package var start: Instant
        package var end: Instant
        /// Days since 1970-01-01.
        package var number: Int32
    }

    private let lastDays = Mutex<[String: Day]>([:])

    package init() {}

    package static func isKnown(timeZone: String) -> Bool { TimeZone(identifier: timeZone) != nil }

    /// The day that holds an instant. An unknown zone counts as UTC; programs are checked before they are stored.
    package func day(of instant: Instant, timeZone: String) -> Day {
        lastDays.withLock { days in
            if let day = days[timeZone], day.start <= instant, instant < day.end { return day }
            let day = Self.computeDay(of: instant, timeZone: timeZone)
            days[timeZone] = day
            return day
        }
    }

    /// The first instant after a month, in a time zone.
    package func end(of month: ExpiryMonth, timeZone: String) -> Instant {
        let calendar = Self.calendar(timeZone)
        let next = DateComponents(year: month.year, month: month.month + 1, day: 1)
        return calendar.date(from: next).map(Instant.init(date:)) ?? .distantPast
    }

    /// The month that lies `months` after an instant. Nil beyond the year 2099.
    package func expiry(_ months: Int, after instant: Instant, timeZone: String) -> ExpiryMonth? {
        let calendar = Self.calendar(timeZone)
        let parts = calendar.dateComponents([.year, .month], from: instant.date)
        guard let year = parts.year, let month = parts.month else { return nil }
        let index = year * 12 + (month - 1) + months
        return ExpiryMonth(year: index / 12, month: index % 12 + 1)
    }

    private static func calendar(_ timeZone: String) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        return calendar
    }

    private static func computeDay(of instant: Instant, timeZone: String) -> Day {
        let calendar = calendar(timeZone)
        let start = calendar.startOfDay(for: instant.date)
        let parts = calendar.dateComponents([.year, .month, .day], from: start)
        var utc = Calendar(identifier: .gregorian)
        utc.timeZone = .gmt
        let number = utc.date(from: parts).map { Int32($0.timeIntervalSince1970 / 86_400) } ?? 0
        let next = calendar.date(byAdding: .day, value: 1, to: start) ?? start.addingTimeInterval(86_400)
        // A day on which the clocks go forward at midnight starts at 01:00; the next one does not.
        let end = calendar.startOfDay(for: next)
        return Day(start: Instant(date: start), end: Instant(date: end), number: number)
    }
}

extension Instant {
    package init(date: Date) {
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
    }

    package var date: Date { Date(timeIntervalSince1970: TimeInterval(microseconds) / 1_000_000) }
}
