import Synchronization

/// What the lanes did, in numbers that are never reset.
package final class LaneMetrics: Sendable {
    private struct Counts {
        var failures: UInt64 = 0
        var unknownOutcomes: UInt64 = 0
        var commands = Histogram(bounds: [1, 4, 16, 64, 256])
        var seconds = Histogram(bounds: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1])
    }

    private let counts = Mutex(Counts())

    package init() {}

    func recordBatch(of size: Int, _ duration: Duration) {
        counts.withLock { counts in
            counts.commands.record(Double(size))
            counts.seconds.record(duration)
        }
    }

    func recordFailure(isUnknownOutcome: Bool) {
        counts.withLock { counts in
            counts.failures += 1
            counts.unknownOutcomes += isUnknownOutcome ? 1 : 0
        }
    }

    /// Prometheus text, exposition format 0.0.4.
    package func text(waiting: Int) -> String {
        let counts = counts.withLock { $0 }
        var lines = [
            "# TYPE aval_lane_waiting gauge",
            "aval_lane_waiting \(waiting)",
            "# TYPE aval_lane_batch_failures_total counter",
            "aval_lane_batch_failures_total \(counts.failures)",
            "# TYPE aval_lane_unknown_outcomes_total counter",
            "aval_lane_unknown_outcomes_total \(counts.unknownOutcomes)",
        ]
        lines += ["# TYPE aval_lane_batch_commands histogram"] + counts.commands.lines("aval_lane_batch_commands")
        lines += ["# TYPE aval_lane_batch_seconds histogram"] + counts.seconds.lines("aval_lane_batch_seconds")
        return lines.joined(separator: "\n") + "\n"
    }
}
