extension Setting {
    /// Whether a variable with Aval's prefix is for clients, scripts or tests, and so names no setting.
    static func isOfScripts(_ variable: String) -> Bool {
        let names: Set = [
            "AVAL_API_KEY", "AVAL_BINARY", "AVAL_BUILD_DIRECTORY", "AVAL_FUZZ_COUNT", "AVAL_LOAD_BINARY",
            "AVAL_LOCAL_DIRECTORY", "AVAL_MUTATIONS", "AVAL_SEED", "AVAL_STOP_SECONDS", "AVAL_STORES_OWNER_OPTIONS",
            "AVAL_URL",
        ]
        return names.contains(variable) || ["AVAL_TEST_", "AVAL_BENCH_"].contains { variable.hasPrefix($0) }
    }

    /// The known name that differs in the fewest characters, if those are no more than two.
    static func nearest(to name: String, among known: [String]) -> String? {
        let distances = known.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }
        guard let (nearest, distance) = distances.min(by: { $0.1 < $1.1 }), distance <= 2 else { return nil }
        return nearest
    }

    /// Characters to put in, take out or replace (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
