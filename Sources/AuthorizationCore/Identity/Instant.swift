/// A point in time, in microseconds since 1970-01-01T00:00:00Z. The core never asks a clock; instants are handed in.
package struct Instant: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static let distantPast = Instant(microseconds: 0)
    /// 2100-01-01: after everything.
    package static let distantFuture = Instant(microseconds: 4_102_444_800_000_000)

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds + duration.wholeMicroseconds)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds - duration.wholeMicroseconds)
    }
}

extension Duration {
    /// Rounded towards zero.
    package var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Rounded towards zero.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
