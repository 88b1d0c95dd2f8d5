import AuthorizationCore

extension Authorization {
    /// Why a client cannot make it this much. Of a network it is taken, and kept for an operator; a client can be told.
    ///
    /// - Parameter newTotal: in the transaction's currency, 0 or more.
    func problem(ofReversalTo newTotal: Int64) -> Problem? {
        guard status != .declined else { return nil }
        if newTotal > approved.minorUnits {
            return .invalid("/new_total", "Expected at most \(approved.minorUnits), which was approved.")
        }
        // What was posted at once is given back down to any total.
        guard !isSingleMessage, cleared > 0 else { return nil }
        if remaining == 0 {
            let detail = "It is `\(status.name)` and holds nothing: what was cleared comes back by a refund."
            return Problem(.transitionNotAllowed, detail)
        }
        guard newTotal > 0, newTotal < cleared else { return nil }
        return .invalid("/new_total", "Expected 0, which releases the rest, or at least \(cleared), which was cleared.")
    }

    /// Why its state does not allow a clearing.
    var problemOfClearing: Problem {
        let detail =
            isSingleMessage
            ? "The authorization was posted at once: there is nothing to clear."
            : "The authorization is `\(status.name)` and held nothing: it is not cleared."
        return Problem(.transitionNotAllowed, detail)
    }
}
