import AuthorizationCore

/// The status that a card shall have, and why.
struct StatusWish {
    static let fields: Set = ["status", "reason", "status_reason"]

    let status: CardStatus
    /// In the client's words.
    let reason: String
    let statusReason: CardStatusReason?

    /// - Parameter mayBe: whether a status can be wished for here at all.
    /// - Throws: the problem with all that is wrong so far.
    init(
        _ fields: ObjectReader,
        _ errors: FieldErrors,
        _ mayBe: (CardStatus) -> Bool = { _ in true }
    ) throws {
        let status: CardStatus? = fields.required("status", .one(of: CardStatus.allCases.filter(mayBe)))
        let reason = fields.required("reason", .note(1...200))
        statusReason = fields.optional("status_reason", .closedList)
        if let status, !status.allows(statusReason) {
            errors.add("/status_reason", "This is no reason for `\(status.name)`: see the table in the document.")
        }
        (self.status, self.reason) = (try errors.require(status), try errors.require(reason))
    }
}
