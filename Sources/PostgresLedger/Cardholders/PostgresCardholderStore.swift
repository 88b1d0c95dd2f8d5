import AuthorizationCore
import AuthorizationEngine

/// Cardholders, on a connection of its own with the serving role.
package final class PostgresCardholderStore: CardholderStore {
    private let thread: ConnectionThread

    package init(url: String, timeout: Duration) {
        thread = ConnectionThread(name: "aval cardholders", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    package func add(
        _ cardholder: Cardholder,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let values =
            [Parameter(cardholder.id), Parameter(cardholder.tenant), CardholderRows.parameter(cardholder.reference)]
            + CardholderRows.parameters(cardholder.name)
            + [Parameter(Int16(cardholder.status.rawValue)), Parameter(cardholder.createdAt)]
        let call = Administration.audited(
            "add_cardholder",
            .addCardholder,
            "\(cardholder.id)",
            by: keyed.actor,
            change: CardholderRows.addition,
            values
        )
        return try await write(call, keyed)
    }

    package func write(
        _ change: CardholderChange,
        of cardholder: CardholderID,
        _ tenant: TenantID,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let named = [Parameter(cardholder), Parameter(tenant)]
        let call: Call
        switch change {
        case .content(let reference, let name):
            let values = named + [CardholderRows.parameter(reference)] + CardholderRows.parameters(name)
            let details = name == nil ? "" : "another name"
            call = Administration.audited(
                "change_cardholder",
                .changeCardholder,
                "\(cardholder)",
                by: keyed.actor,
                change: CardholderRows.content,
                values,
                details: details
            )
        case .status(let status, let reason):
            call = Administration.audited(
                "change_cardholder_status",
                .changeCardholder,
                "\(cardholder)",
                by: keyed.actor,
                change: CardholderRows.status,
                named + [Parameter(Int16(status.rawValue))],
                details: reason
            )
        case .erasure(let moment):
            call = Administration.audited(
                "erase_cardholder",
                .eraseCardholder,
                "\(cardholder)",
                by: keyed.actor,
                change: CardholderRows.erasure,
                named + [Parameter(moment)]
            )
        }
        return try await write(call, keyed)
    }

    private func write(_ call: Call, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        do {
            return try await thread.write([call], keyed)
        } catch PostgresError.refused(_, "cardholder_references_are_unique") {
            return .refused
        }
    }

    // MARK: - Reading

    package func cardholder(_ id: CardholderID, of tenant: TenantID) async throws -> Cardholder? {
        try await thread.run { connection in
            try connection.run(Call(CardholderRows.one, [Parameter(tenant), Parameter(id)]))
                .map(CardholderRows.read).first
        }
    }

    package func cardholders(
        of tenant: TenantID,
        reference: String?,
        before last: CardholderID?,
        limit: Int
    ) async throws -> [Cardholder] {
        let parameters = [
            Parameter(tenant), Parameter(last ?? CardholderID(high: .max, low: .max)),
            CardholderRows.parameter(reference), Parameter(Int64(limit)),
        ]
        return try await thread.run { connection in
            try connection.run(Call(CardholderRows.ofTenant, parameters)).map(CardholderRows.read)
        }
    }

    package func statuses(
        of cardholders: [CardholderID],
        _ tenant: TenantID
    ) async throws -> [CardholderID: Cardholder.Status] {
        guard !cardholders.isEmpty else { return [:] }
        var ids = Column(.uuid)
        for id in cardholders { ids.append(id) }
        let call = Call(CardholderRows.statuses, [Parameter(tenant), Parameter(ids)])
        let found = try await thread.run { connection in
            try connection.run(call).map { (row) throws(PostgresError) in
                (id: try row.identifier() as CardholderID, status: try row.listed() as Cardholder.Status)
            }
        }
        return Dictionary(found.map { ($0.id, $0.status) }) { first, _ in first }
    }
}
