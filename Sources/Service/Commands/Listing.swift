import ArgumentParser

/// How many rows a listing shows.
struct ListingOptions: ParsableArguments {
    @Option(help: "How many at most, 1 to 10000.")
    var limit: Int64 = 100

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000") }
    }
}

/// Prints rows of columns.
///
/// - Parameter nothing: what to say when there are none.
func announce(_ rows: [[String]], orElse nothing: String) {
    for row in rows { announce(row.joined(separator: "  ")) }
    if rows.isEmpty { announce(nothing) }
}
