import ArgumentParser
import Foundation

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

/// Prints JSON, with names in snake case.
func announce(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    announce(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// JSON in one line, with names in order, so that equal values are equal lines.
func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
