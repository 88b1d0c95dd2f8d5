import AuthorizationCore

/// How far a replay is.
package struct ReplayProgress: Sendable {
    package var accountsDone: Int64
    package var accountsTotal: Int64
    package var rowsDecided: Int64
    /// Since the start.
    package var rowsPerSecond: Int64
}

/// What a replay found.
package struct ReplayReport: Sendable {
    /// Accounts that were decided on in the range.
    package internal(set) var accounts: Int64 = 0
    /// Journal rows decided again, also those before the range, from which the state follows.
    package internal(set) var rowsDecided: Int64 = 0
    /// Of them, those in the range.
    package internal(set) var rowsCompared: Int64 = 0
    /// Requests without an account in the range.
    package internal(set) var unroutedCompared: Int64 = 0
    /// Rows of the range that are not the same.
    package internal(set) var differenceCount: Int64 = 0
    package internal(set) var firstDifference: ReplayDifference?

    package var isIdentical: Bool { differenceCount == 0 }

    mutating func add(_ difference: ReplayDifference) {
        differenceCount += 1
        if firstDifference == nil { firstDifference = difference }
    }
}

/// A row that does not come out as it was journaled, with both sides.
package struct ReplayDifference: Sendable, CustomStringConvertible {
    /// Nil for a request without an account.
    package var account: AccountID?
    package var event: EventID
    /// 0 for a request without an account.
    package var sequence: Int64
    package var decidedAt: Instant
    package var problem: String
    /// What is stored, as far as it differs.
    package var journaled: String
    /// What came out now, as far as it differs.
    package var decidedAgain: String

    package var description: String {
        """
        \(account?.description ?? "no account"), seq \(sequence), \(event): \(problem)
          journaled:     \(journaled)
          decided again: \(decidedAgain)
        """
    }

    /// Nil when nothing is wrong with the row; else its first problem.
    init?(_ folded: FoldedRow) {
        guard let first = folded.problems.first else { return nil }
        let text = first.text
        account = folded.row.account
        event = folded.row.event
        sequence = folded.row.sequence
        decidedAt = folded.row.moment.now
        problem = text.problem
        journaled = text.found
        decidedAgain = text.expected
    }

    init(_ row: UnroutedPages.Row, problem: JournalProblem) {
        let text = problem.text
        account = nil
        event = row.event
        sequence = 0
        decidedAt = row.decidedAt
        self.problem = text.problem
        journaled = text.found
        decidedAgain = text.expected
    }
}

extension JournalProblem {
    /// For people: what is wrong, what should be there and what is.
    var text: (problem: String, expected: String, found: String) {
        switch self {
        case .sequence(let expected):
            return ("rows before it are missing or double", "seq \(expected)", "another seq")
        case .unknownFormat(let format):
            return ("unknown format", "\(JournaledRow.knownFormat)", "\(format)")
        case .column(let name, let expected, let found):
            return ("the column \(name) differs from the bytes", expected, found)
        case .unreadable(let part, let problem):
            return ("the \(part) cannot be read", "readable bytes", problem)
        case .timeWentBack(let last):
            return ("decided before the row before it", "\(last.microseconds) µs or later", "earlier")
        case .program(let version, let problem):
            return ("version \(version) of the program cannot be used", "a program", problem)
        case .decision(let journaled, let again):
            let sides = FlatDescription.differences(again, journaled)
            return ("the decision differs", sides.left, sides.right)
        case .cannotApply(let problem):
            return ("the decision cannot be applied", "a decision that follows from the rows before", problem)
        case .stateHash(let expected, let found):
            return ("the state hash differs", FlatDescription.hexadecimal(expected), FlatDescription.hexadecimal(found))
        }
    }
}
