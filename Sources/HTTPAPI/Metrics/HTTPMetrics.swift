import AuthorizationEngine
import Synchronization

/// Counts requests, errors and durations of each operation, in numbers that are never reset.
package final class HTTPMetrics: Sendable {
    private struct Series {
        /// Answers by hundreds: 2xx at index 2.
        var answers = [UInt64](repeating: 0, count: 6)
        var seconds = Histogram(bounds: Histogram.answerSeconds)
    }

    private let series = Mutex<[APIOperation: Series]>([:])
    /// Answers outside all operations, by hundreds.
    private let unrouted = Mutex<[Int: UInt64]>([:])

    package init() {}

    func record(_ operation: APIOperation, status: Int, _ duration: Duration) {
        series.withLock { series in
            series[operation, default: Series()].answers[min(max(status / 100, 0), 5)] += 1
            series[operation, default: Series()].seconds.record(duration)
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
            let labels = "operation=\"\(operation.rawValue)\""
            lines += counted.seconds.lines("aval_http_request_duration_seconds", labels: labels)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
