import AuthorizationCore
import Foundation

/// The times of one batch: read once, after the locks are granted.
struct BatchClock {
    let now: Instant
    let deadlineNow: ContinuousClock.Instant
    private let calendar: BusinessCalendar

    init(now: Instant = .wallClock, deadlineNow: ContinuousClock.Instant = .now, calendar: BusinessCalendar) {
        self.now = now
        self.deadlineNow = deadlineNow
        self.calendar = calendar
    }

    func moment(notBefore last: Instant?, program: Program?) -> Moment {
        let now = max(program?.clock(at: self.now) ?? self.now, last ?? .distantPast)
        let day = calendar.day(of: now, timeZone: program?.timeZone ?? "UTC")
        return Moment(now: now, dayStart: day.start, businessDate: day.number)
    }
}

extension Instant {
    /// The wall clock, to the microsecond.
    package static var wallClock: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
