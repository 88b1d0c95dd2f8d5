import AuthorizationCore

/// What is told of a change that the present state does not allow: that state, and what is possible.
extension Problem {
    /// - Parameters:
    ///   - subject: what was to be changed, as a word.
    ///   - status: the present one.
    ///   - allows: whether a status may follow it.
    static func transition<Status: ClosedList>(
        of subject: String,
        from status: Status,
        _ allows: (Status) -> Bool
    ) -> Problem {
        let next = names(allows)
        let rest = next.isEmpty ? "no other status may follow" : "what may follow is \(next)"
        return Problem(.transitionNotAllowed, "The \(subject) is `\(status.name)`: \(rest). Nothing was changed.")
    }

    /// Of something that is done in some states only.
    static func needed<Status: ClosedList>(
        of subject: String,
        in status: Status,
        _ allows: (Status) -> Bool
    ) -> Problem {
        let detail = "The \(subject) is `\(status.name)`: this needs \(names(allows)). Nothing was changed."
        return Problem(.transitionNotAllowed, detail)
    }

    private static func names<Status: ClosedList>(_ allows: (Status) -> Bool) -> String {
        Status.allCases.filter(allows).map { "`\($0.name)`" }.joined(separator: ", ")
    }
}

extension Card {
    /// Nil where the card's status allows the operation.
    func problem(of operation: CardOperation) -> Problem? {
        guard operation.refusal(of: status, on: .open) != nil else { return nil }
        return .needed(of: "card", in: status) { operation.refusal(of: $0, on: .open) == nil }
    }
}

extension HTTPServices {
    /// Does something with what is there; where its state does not allow that, tells the state as it is read then.
    func explaining<Result>(
        _ state: () async throws -> Problem?,
        _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch let problem as Problem where problem.code == .transitionNotAllowed {
            throw (try? await state()) ?? problem
        }
    }
}
