import Synchronization

/// What the lanes did, in numbers that are never reset.
package final class LaneMetrics: Sendable {
    private struct Counts {
        var batches: UInt64 = 0
        var commands: UInt64 = 0
        var failures: UInt64 = 0
        var unknownOutcomes: UInt64 = 0
        /// Not cumulative; the last one has no upper bound.
        var batchSizes = [UInt64](repeating: 0, count: LaneMetrics.sizeBounds.count + 1)
        var durations = [UInt64](repeating: 0, count: LaneMetrics.secondBounds.count + 1)
        var seconds = 0.0
    }

    private static let sizeBounds = [1, 4, 16, 64, 256]
    private static let secondBounds = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

    private let counts = Mutex(Counts())

    package init() {}

    func recordBatch(of size: Int, _ duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        counts.withLock { counts in
            counts.batches += 1
            counts.commands += UInt64(size)
            counts.seconds += seconds
            counts.batchSizes[Self.sizeBounds.firstIndex { size <= $0 } ?? Self.sizeBounds.count] += 1
            counts.durations[Self.secondBounds.firstIndex { seconds <= $0 } ?? Self.secondBounds.count] += 1
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
        lines += Self.histogram(
            "aval_lane_batch_commands",
            Self.sizeBounds.map { "\($0)" },
            counts.batchSizes,
            "\(counts.commands)"
        )
        lines += Self.histogram(
            "aval_lane_batch_seconds",
            Self.secondBounds.map { "\($0)" },
            counts.durations,
            "\(counts.seconds)"
        )
        return lines.joined(separator: "\n") + "\n"
    }

    private static func histogram(
        _ name: String,
        _ bounds: [String],
        _ buckets: [UInt64],
        _ sum: String
    ) -> [String] {
        var lines = ["# TYPE \(name) histogram"]
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + ["+Inf"], buckets) {
            total += count
            lines.append("\(name)_bucket{le=\"\(bound)\"} \(total)")
        }
        return lines + ["\(name)_sum \(sum)", "\(name)_count \(total)"]
    }
}
