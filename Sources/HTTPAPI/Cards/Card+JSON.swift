import AuthorizationCore
import AuthorizationEngine

extension ExpiryMonth {
    /// `YYYY-MM`.
    var text: String { "\(pad(year, 4))-\(pad(month, 2))" }
}

extension Card {
    /// - Parameters:
    ///   - files: what networks' files say of the card; nil leaves it out.
    ///   - pin: nil leaves it out.
    func json(account: AccountID, files: [FileEntry]? = nil, pin: PINStatus? = nil) -> JSONOutput {
        let instances = instances.map { instance -> JSONOutput in
            [
                "sequence_number": .integer(Int64(instance.sequenceNumber)),
                "expiry": .text(instance.expiry.text),
                "active": .boolean(instance.active),
                "ends_others": .boolean(instance.endsOthers),
            ]
        }
        var fields: [(name: String, value: JSONOutput)] = [
            ("id", .text(id.description)),
            ("account_id", .text(account.description)),
            ("cardholder_id", .optional(details.cardholder) { .text($0.description) }),
            ("status", .text(status.name)),
            ("status_reason", .optional(details.statusReason) { .text($0.name) }),
            ("last_four", .text(pad(lastFour, 4))),
            ("product", details.terms.product.isEmpty ? .null : .text(details.terms.product)),
            ("form", .text(details.terms.form.name)),
            ("instances", .list(instances)),
            (
                "uses",
                .optional(details.terms.useLimit) {
                    ["limit": .integer(Int64($0)), "used": .integer(Int64(details.uses))]
                }
            ),
            ("replaces", .optional(details.replaces) { .text($0.description) }),
            ("replaced_by", .optional(details.replacedBy) { .text($0.description) }),
            ("issued_at", .text(Timestamp.text(issuedAt))),
        ]
        if let files { fields.append(("network_files", .list(files.map(\.json)))) }
        if let pin { fields.append(("pin", pin.json)) }
        return .object(fields)
    }
}

extension FileEntry {
    fileprivate var json: JSONOutput {
        [
            "network": .text(network),
            "state": .text(state.rawValue),
            "listed_as": .optional(acknowledged) { .text($0.status.name) },
            "listed_reason": .optional(acknowledged?.reason) { .text($0.name) },
            "code": .optional(lastAnswer) { .text($0.code) },
            "since": .text(Timestamp.text(since)),
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
