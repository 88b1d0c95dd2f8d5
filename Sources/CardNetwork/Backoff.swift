/// How long to wait before the next try of something that keeps failing: the longest wait doubles with each try, up to
/// a bound, and the wait is drawn from all up to it, so that many that failed together do not come back together.
package struct Backoff: Sendable {
    /// The longest first wait.
    package var first: Duration
    /// The longest wait of all.
    package var longest: Duration
    private var doublings = 0

    package init(first: Duration = .milliseconds(200), longest: Duration = .seconds(30)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter fraction: drawn from 0 to 1.
    mutating func next(_ fraction: Double) -> Duration {
        defer { doublings += 1 }
        return wait(after: doublings, fraction)
    }

    /// The same for who counts the tries: how long to wait after so many before this one.
    func wait(after tries: Int, _ fraction: Double) -> Duration {
        // Twenty doublings are more than any two bounds are apart.
        min(longest, first * (1 << min(max(tries, 0), 20))) * min(max(fraction, 0), 1)
    }

    /// It worked: the next failure is a first one.
    mutating func reset() { doublings = 0 }
}
