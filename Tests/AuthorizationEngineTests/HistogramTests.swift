import AuthorizationEngine
import Testing

@Suite struct `A histogram` {
    @Test func `counts up to each bound, the bound included, and writes running totals`() {
        var histogram = Histogram(bounds: [1, 4])
        for value in [0.5, 1, 1.5, 4, 4.5] { histogram.record(value) }
        #expect(
            histogram.lines("sizes") == [
                "sizes_bucket{le=\"1\"} 2", "sizes_bucket{le=\"4\"} 4", "sizes_bucket{le=\"+Inf\"} 5",
                "sizes_sum 11.5", "sizes_count 5",
            ]
        )
    }

    @Test func `puts its labels before the bound, takes durations, and adds another one's counts`() {
        var histogram = Histogram(bounds: [0.25])
        var other = histogram
        histogram.record(.milliseconds(500))
        other.record(.milliseconds(250))
        histogram.add(other)
        #expect(
            histogram.lines("seconds", labels: "network=\"a\"") == [
                "seconds_bucket{network=\"a\",le=\"0.25\"} 1", "seconds_bucket{network=\"a\",le=\"+Inf\"} 2",
                "seconds_sum{network=\"a\"} 0.75", "seconds_count{network=\"a\"} 2",
            ]
        )
        #expect(histogram.count == 2)
    }
}
