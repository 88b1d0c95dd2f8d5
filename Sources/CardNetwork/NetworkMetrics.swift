import Synchronization

/// What happened to a network's messages, in numbers that are never reset.
package final class NetworkMetrics: Sendable {
    package enum Event: String, CaseIterable, Sendable {
        case received
        case answered
        /// Answered 30 because it could not be read, or lacked something.
        case formatError = "format_error"
        /// Not answered: nothing in it says to whom, or it is an answer, or an advice that cannot be recorded.
        case dropped
        /// Not taken on: too many in flight, or not signed on.
        case refused
        /// Decided, and not answered because its time had passed.
        case late
        /// The stream could not be followed any further.
        case framingError = "framing_error"
    }

    private let counts = Mutex<[Event: UInt64]>([:])

    package init() {}

    func count(_ event: Event) { counts.withLock { $0[event, default: 0] += 1 } }

    package func value(_ event: Event) -> UInt64 { counts.withLock { $0[event] ?? 0 } }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let counts = counts.withLock { $0 }
        var lines = [
            "# HELP aval_network_messages_total What happened to messages of card networks.",
            "# TYPE aval_network_messages_total counter",
        ]
        for event in Event.allCases {
            lines.append("aval_network_messages_total{event=\"\(event.rawValue)\"} \(counts[event] ?? 0)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
