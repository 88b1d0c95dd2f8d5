import Synchronization

/// Counts requests, errors and durations of each operation, in numbers that are never reset.
package final class HTTPMetrics: Sendable {
    private struct Series {
        /// Answers by hundreds: 2xx at index 2.
        var answers = [UInt64](repeating: 0, count: 6)
        /// Not cumulative; the last one has no upper bound.
        var buckets = [UInt64](repeating: 0, count: HTTPMetrics.bounds.count + 1)
        var seconds = 0.0
    }

    /// Upper bounds of the histogram, in seconds.
    private static let bounds = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private let series = Mutex<[APIOperation: Series]>([:])
    /// Answers outside all operations, by hundreds.
    private let unrouted = Mutex<[Int: UInt64]>([:])

    package init() {}

    func record(_ operation: APIOperation, status: Int, _ duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        series.withLock { series in
            series[operation, default: Series()].answers[min(max(status / 100, 0), 5)] += 1
            series[operation, default: Series()].buckets[bucket] += 1
            series[operation, default: Series()].seconds += seconds
        }
    }

    func recordUnrouted(status: Int) {
        unrouted.withLock { $0[status / 100, default: 0] += 1 }
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let series = series.withLock { $0 }
        var lines = [
            "# HELP aval_http_requests_total Answers by operation and class of status.",
            "# TYPE aval_http_requests_total counter",
        ]
        for operation in APIOperation.allCases {
            guard let counted = series[operation] else { continue }
            for (hundreds, count) in counted.answers.enumerated() where count > 0 {
                let labels = "operation=\"\(operation.rawValue)\",status=\"\(hundreds)xx\""
                lines.append("aval_http_requests_total{\(labels)} \(count)")
            }
        }
        for (hundreds, count) in unrouted.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            lines.append("aval_http_requests_total{operation=\"none\",status=\"\(hundreds)xx\"} \(count)")
        }
        lines.append("# HELP aval_http_request_duration_seconds From the request's head to its answer.")
        lines.append("# TYPE aval_http_request_duration_seconds histogram")
        for operation in APIOperation.allCases {
            guard let counted = series[operation] else { continue }
            lines += Self.histogram(operation, counted)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func histogram(_ operation: APIOperation, _ series: Series) -> [String] {
        let name = "aval_http_request_duration_seconds"
        let label = "operation=\"\(operation.rawValue)\""
        var total: UInt64 = 0
        var lines: [String] = []
        for (index, count) in series.buckets.enumerated() {
            total += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            lines.append("\(name)_bucket{\(label),le=\"\(bound)\"} \(total)")
        }
        lines.append("\(name)_sum{\(label)} \(series.seconds)")
        lines.append("\(name)_count{\(label)} \(total)")
        return lines
    }
}
