/// What came of a scenario. Holds no card data in clear.
package struct Report: Sendable, Codable {
    /// One expectation, once or, in traffic, many times.
    package struct Check: Sendable, Codable {
        /// The step's number and what it does.
        package var step: String
        package var what: String
        package var expected: String
        package var met: Int
        package var failed: Int
        /// What came instead, a few examples.
        package var found: [String]
    }

    /// How long answers took in one step of traffic.
    package struct Latency: Sendable, Codable {
        package var step: String
        package var answers: Int
        package var perSecond: Int
        /// Of microseconds, from the message's last byte to the answer's.
        package var p50: Int
        package var p90: Int
        package var p99: Int
        package var longest: Int
    }

    package var scenario: String
    package var endpoint: String
    package var seed: UInt64
    package private(set) var checks: [Check] = []
    package var latencies: [Latency] = []
    private var places: [Place: Int] = [:]

    private struct Place: Hashable {
        var step: String
        var what: String
    }

    private enum CodingKeys: String, CodingKey {
        case scenario, endpoint, seed, checks, latencies
    }

    init(scenario: String, endpoint: String, seed: UInt64) {
        self.scenario = scenario
        self.endpoint = endpoint
        self.seed = seed
    }

    package var isPassed: Bool { checks.allSatisfy { $0.failed == 0 } }

    mutating func add(_ finding: Finding, step: String) {
        let place = Place(step: step, what: finding.what)
        let index = places[place] ?? checks.count
        if index == checks.count {
            places[place] = index
            checks.append(
                Check(step: step, what: finding.what, expected: finding.expected, met: 0, failed: 0, found: [])
            )
        }
        guard let found = finding.found else {
            checks[index].met += 1
            return
        }
        checks[index].failed += 1
        // The first failure says what was expected of it: in traffic that may differ from one to the next.
        if checks[index].found.isEmpty { checks[index].expected = finding.expected }
        if checks[index].found.count < Limits.examples { checks[index].found.append(found) }
    }
}

extension Report.Latency {
    /// - Parameter microseconds: of each answer, in any order; not empty.
    init?(step: String, _ microseconds: [Int], took: Duration) {
        let sorted = microseconds.sorted()
        guard let longest = sorted.last else { return nil }
        func percentile(_ percent: Int) -> Int { sorted[(sorted.count - 1) * percent / 100] }
        let milliseconds = max(1, Int(took / .milliseconds(1)))
        self.init(
            step: step,
            answers: sorted.count,
            perSecond: sorted.count * 1_000 / milliseconds,
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            longest: longest
        )
    }
}
