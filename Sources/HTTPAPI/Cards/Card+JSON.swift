import AuthorizationCore

extension ExpiryMonth {
    /// `YYYY-MM`.
    var text: String { "\(pad(year, 4))-\(pad(month, 2))" }
}

extension Card {
    func json(account: AccountID) -> JSONOutput {
        let instances = instances.map { instance -> JSONOutput in
            [
                "sequence_number": .integer(Int64(instance.sequenceNumber)),
                "expiry": .text(instance.expiry.text),
                "active": .boolean(instance.active),
            ]
        }
        return [
            "id": .text(id.description),
            "account_id": .text(account.description),
            "status": .text(status.name),
            "last_four": .text(pad(lastFour, 4)),
            "instances": .list(instances),
            "issued_at": .text(Timestamp.text(issuedAt)),
        ]
    }
}

extension APIRequest {
    /// - Throws: a problem when an operation without fields got some.
    func checkEmptyBody() throws {
        let errors = FieldErrors()
        _ = try fields([], errors)
        try errors.check()
    }
}
