extension Report: CustomStringConvertible {
    /// A line for each expectation, then the latencies and the sum.
    package var description: String {
        var lines = ["\(scenario) at \(endpoint), seed \(seed)"]
        lines += checks.map(\.description) + latencies.map(\.description)
        let failed = checks.count { $0.failed > 0 }
        lines.append(failed == 0 ? "passed: \(checks.count) expectations" : "FAILED: \(failed) of \(checks.count)")
        return lines.joined(separator: "\n")
    }
}

extension Report.Check: CustomStringConvertible {
    package var description: String {
        let count = met + failed > 1 ? " (\(met) of \(met + failed))" : ""
        let line = "\(failed == 0 ? "ok  " : "FAIL") \(step): \(what): \(expected)\(count)"
        return failed == 0 ? line : "\(line), came \(found.joined(separator: "; "))"
    }
}

extension Report.Latency: CustomStringConvertible {
    package var description: String {
        "     \(step): \(answers) answers, \(perSecond) a second; "
            + "microseconds p50 \(p50), p90 \(p90), p99 \(p99), longest \(longest)"
    }
}
