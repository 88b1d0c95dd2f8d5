import Histogram
import NIOCore

/// What was measured.
struct Recorder: Sendable {
    /// Microseconds from the moment a payment was to be sent until its answer was read.
    private(set) var latencies = Histogram<UInt64>(
        highestTrackableValue: Limits.latencyMicroseconds,
        numberOfSignificantValueDigits: .three
    )
    private(set) var approvals = 0
    private(set) var declines: [String: Int] = [:]
    private(set) var refusals: [String: Int] = [:]
    /// Sum of what was approved, by card: what the ledger must hold.
    private(set) var approvedAmounts: [Int64]
    /// Decided answers that came before the sending ended.
    private(set) var decidedInTime = 0

    init(cardCount: Int) { approvedAmounts = [Int64](repeating: 0, count: cardCount) }

    /// Approvals and declines: each is durable before it is told.
    var decided: Int { approvals + declines.values.reduce(0, +) }

    mutating func record(_ payment: Payment, _ result: PaymentResult, at now: NIODeadline, isInTime: Bool) {
        let nanoseconds = max(0, (now - payment.intended).nanoseconds)
        _ = latencies.record(min(UInt64(nanoseconds / 1_000), Limits.latencyMicroseconds))
        switch result {
        case .approved:
            approvals += 1
            approvedAmounts[payment.card] += payment.amount
        case .declined(let code): declines[code, default: 0] += 1
        case .refused(let code): refusals[code, default: 0] += 1
        }
        if isInTime, !result.isRefused { decidedInTime += 1 }
    }
}

extension PaymentResult {
    var isRefused: Bool {
        switch self {
        case .approved, .declined: false
        case .refused: true
        }
    }
}

/// A run's outcome.
struct LoadResult: Sendable {
    var recorder: Recorder
    var seconds: Double
    /// Sent, or due to be sent, and not answered before the time was up, by card.
    var unansweredAmounts: [Int64]
    var unanswered: Int

    var decidedPerSecond: Double { Double(recorder.decidedInTime) / seconds }

    var text: String {
        var lines = [
            "approvals                    \(recorder.approvals)",
            "declines                     \(Self.text(recorder.declines))",
            "answered without a decision  \(Self.text(recorder.refusals))",
            "unanswered                   \(unanswered)",
            "durable authorizations/s     \(Int(decidedPerSecond))",
            "latency in milliseconds      " + percentiles,
        ]
        if recorder.latencies.totalCount == 0 { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    private var percentiles: String {
        let wanted = [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9)]
        var parts = wanted.map { "\($0.0) \(milliseconds(recorder.latencies.valueAtPercentile($0.1)))" }
        parts.append("max \(milliseconds(recorder.latencies.max))")
        return parts.joined(separator: "  ")
    }

    private static func text(_ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "0" }
        let parts = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return "\(counts.values.reduce(0, +)) (\(parts.joined(separator: ", ")))"
    }
}

/// Microseconds as milliseconds with two decimals.
func milliseconds(_ microseconds: UInt64) -> String {
    let hundredths = (microseconds + 5) / 10
    let fraction = String(hundredths % 100)
    return "\(hundredths / 100)." + String(repeating: "0", count: 2 - fraction.count) + fraction
}
