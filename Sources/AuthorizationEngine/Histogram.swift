/// Counts values by size, in numbers that are never reset, and writes them as Prometheus text.
package struct Histogram: Sendable {
    /// Upper bounds in seconds that suit answers to people and networks.
    package static let answerSeconds = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private let bounds: [Double]
    /// Not cumulative; the last one has no upper bound.
    private var buckets: [UInt64]
    private var sum = 0.0

    /// - Parameter bounds: ascending.
    package init(bounds: [Double]) {
        self.bounds = bounds
        buckets = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package mutating func record(_ value: Double) {
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package mutating func record(_ duration: Duration) {
        record(Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
    }

    /// Takes another one's counts in, which has the same bounds.
    package mutating func add(_ other: Histogram) {
        for (index, count) in other.buckets.enumerated() where index < buckets.count { buckets[index] += count }
        sum += other.sum
    }

    package var count: UInt64 { buckets.reduce(0, +) }

    /// The samples of one series; the line with the type goes before the first.
    ///
    /// - Parameter labels: such as `network="a"`; may be empty.
    package func lines(_ name: String, labels: String = "") -> [String] {
        let prefix = labels.isEmpty ? "" : labels + ","
        let suffix = labels.isEmpty ? "" : "{\(labels)}"
        var total: UInt64 = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds.map { Self.text($0) } + ["+Inf"], buckets) {
            total += count
            lines.append("\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)")
        }
        return lines + ["\(name)_sum\(suffix) \(Self.text(sum))", "\(name)_count\(suffix) \(total)"]
    }

    /// Whole numbers without their fraction.
    private static func text(_ value: Double) -> String { Int64(exactly: value).map { "\($0)" } ?? "\(value)" }
}
