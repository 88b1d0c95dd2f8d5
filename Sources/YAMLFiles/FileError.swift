/// All that is wrong with a file.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package struct Problem: Sendable, Hashable {
        /// From 1; nil where the file as a whole is meant.
        package var line: Int?
        /// Keys from the top, with dots; empty for the file as a whole.
        package var path: String
        /// What is wrong and what is allowed.
        package var reason: String
    }

    package var file: String
    /// In the order of the file.
    package var problems: [Problem]
    /// How many more there are than ``ProblemList/limit``.
    package var unreported: Int

    package init(file: String, problems: ProblemList) {
        self.file = file
        self.problems = problems.found.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
        self.unreported = problems.unreported
    }

    /// A line for each problem: `FILE:LINE: PATH: REASON`.
    package var description: String {
        var lines = self.problems.map { problem in
            let place = problem.line.map { ":\($0)" } ?? ""
            return "\(self.file)\(place): \(problem.path.isEmpty ? "" : problem.path + ": ")\(problem.reason)"
        }
        if self.unreported > 0 { lines.append("\(self.file): \(self.unreported) more problems") }
        return lines.joined(separator: "\n")
    }
}

/// Gathers problems while a file is read on.
package final class ProblemList {
    /// Problems of one file that are reported; the rest is counted.
    package static let limit = 200

    package private(set) var found: [FileError.Problem] = []
    package private(set) var unreported = 0

    package init() {}

    package var isEmpty: Bool { self.found.isEmpty }

    package func add(line: Int?, path: String, _ reason: String) {
        guard self.found.count < Self.limit else { return self.unreported += 1 }
        self.found.append(FileError.Problem(line: line, path: path, reason: reason))
    }
}
