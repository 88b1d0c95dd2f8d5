import AuthorizationCore
import AuthorizationEngine

/// What networks approved in the issuer's stead, and what of it is still open: a fold of the advices of some time. The
/// issuer's own charges are not part of it.
package struct StandInExposure {
    package struct Key: Hashable, Sendable {
        /// The ledger's business date, in days since 1970-01-01; UTC's for what belongs to no account.
        package var day: Int32
        package var network: String
        package var reason: AdviceReason
        package var currency: Currency
    }

    /// Minor units of the key's currency. Wider than an amount, so that no sum overflows.
    package struct Sums: Sendable {
        package var count: Int64 = 0
        package var amount: Int128 = 0
        /// Authorizations that still hold something, and how much.
        package var openHolds: Int64 = 0
        package var held: Int128 = 0
        /// By how much balances were driven below what could be spent.
        package var overLimit: Int128 = 0
        /// What waits for an operator; part of `count` and `amount`.
        package var waiting: Int64 = 0
        package var waitingAmount: Int128 = 0
    }

    /// Advices of one statement.
    private static let rowLimit: Int64 = 2_000

    private static let advices = Statement(
        "exposure_advices",
        """
        SELECT id, command, decision, business_date FROM journal
        WHERE kind = 10 AND id > $1::uuid AND id < $2::uuid ORDER BY id LIMIT $3::int8
        """
    )

    private static let exceptions = Statement(
        "exposure_exceptions",
        """
        SELECT e.id, e.command, e.settled_at IS NULL, j.decision
        FROM (SELECT * FROM exceptions WHERE id > $1::uuid AND id < $2::uuid ORDER BY id LIMIT $3::int8) e
        LEFT JOIN journal j ON j.id = e.settled_event AND j.kind = 11
        ORDER BY e.id
        """
    )

    package private(set) var lines: [Key: Sums] = [:]
    private var seen: Set<AuthorizationID> = []

    /// The advices that came at or after `from` and before `to`, by their identifiers' time.
    ///
    /// - Parameter connection: of the serving role.
    package init(from: Instant, to: Instant, _ connection: PostgresConnection) throws(PostgresError) {
        func first(_ instant: Instant) -> EventID { EventID(at: instant, shard: Shard(truncating: 0), entropy: 0) }
        var last = first(from)
        while let next = try takeAdvices(after: last, before: first(to), connection) { last = next }
        last = first(from)
        while let next = try takeExceptions(after: last, before: first(to), connection) { last = next }
    }

    /// - Returns: the last one taken; nil when there is nothing more.
    private mutating func takeAdvices(
        after last: EventID,
        before end: EventID,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> EventID? {
        let parameters = [Parameter(last), Parameter(end), Parameter(Self.rowLimit)]
        let rows = try connection.run(Call(Self.advices, parameters))
            .map { (row) throws(PostgresError) -> (EventID, Command, Decision, Int32) in
                (try row.identifier(), try row.journaled(), try row.journaled(), try row.day())
            }
        var holds: [AuthorizationID: Key] = [:]
        for (_, command, decision, day) in rows {
            guard case .advise(let advice) = command else { continue }
            take(advice, decision, day, &holds)
        }
        try takeHolds(holds, connection)
        return rows.last?.0
    }

    /// What an advice put on the books, when it came or when an operator applied it.
    private mutating func take(
        _ advice: Advice,
        _ decision: Decision,
        _ day: Int32,
        _ holds: inout [AuthorizationID: Key]
    ) {
        guard let told = Told(advice, decision) else { return }
        let key = Key(day: day, network: advice.request.network, reason: advice.reason, currency: told.currency)
        lines[key, default: Sums()].count += 1
        lines[key, default: Sums()].amount += told.amount
        lines[key, default: Sums()].overLimit += decision.balance?.overLimit ?? 0
        if let id = told.authorization, seen.insert(id).inserted { holds[id] = key }
    }

    private mutating func takeHolds(
        _ holds: [AuthorizationID: Key],
        _ connection: PostgresConnection
    ) throws(PostgresError) {
        if holds.isEmpty { return }
        let parameters = BatchReads.authorizationColumns(Array(holds.keys))
        for (_, authorization) in try connection.run(Call(LaneReads.authorizations, parameters))
            .map(AuthorizationColumns.read)
        {
            guard authorization.held > 0, let key = holds[authorization.id] else { continue }
            lines[key, default: Sums()].openHolds += 1
            lines[key, default: Sums()].held += Int128(authorization.held - authorization.heldCharges)
        }
    }

    private mutating func takeExceptions(
        after last: EventID,
        before end: EventID,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> EventID? {
        let parameters = [Parameter(last), Parameter(end), Parameter(Self.rowLimit)]
        let rows = try connection.run(Call(Self.exceptions, parameters))
            .map { (row) throws(PostgresError) in
                (
                    id: try row.identifier() as EventID, bytes: try row.bytes(), isOpen: try row.bool(),
                    applied: try row.optionalBytes()
                )
            }
        var holds: [AuthorizationID: Key] = [:]
        for row in rows {
            guard case .advise(let advice)? = try? Command(journalBytes: row.bytes), advice.verdict != .declined else {
                continue
            }
            let day = Int32(clamping: row.id.instant.microseconds / 86_400_000_000)
            if let applied = row.applied.flatMap({ try? Decision(journalBytes: $0) }) {
                take(advice, applied, day, &holds)
                continue
            }
            let amount = advice.request.billing?.money ?? advice.request.transaction
            let key = Key(day: day, network: advice.request.network, reason: advice.reason, currency: amount.currency)
            lines[key, default: Sums()].count += 1
            lines[key, default: Sums()].amount += Int128(amount.minorUnits)
            guard row.isOpen else { continue }
            lines[key, default: Sums()].waiting += 1
            lines[key, default: Sums()].waitingAmount += Int128(amount.minorUnits)
        }
        try takeHolds(holds, connection)
        return rows.last?.id
    }

    /// What an approved advice put on the books; nil when it put nothing there, or became an exception.
    private struct Told {
        /// What its own transfers posted, or else held: 0 when they only gave back.
        var amount: Int128
        var currency: Currency
        var authorization: AuthorizationID?

        init?(_ advice: Advice, _ decision: Decision) {
            guard advice.verdict != .declined, case .acknowledged(let acknowledgement, let id) = decision.outcome else {
                return nil
            }
            switch acknowledgement {
            case .nothingLeft, .waitsForOriginal, .exception: return nil
            case .applied, .recorded, .recordedIncrement: break
            }
            let standing = decision.changes.reversed().lazy.compactMap { change in
                if case .authorization(let authorization) = change { authorization } else { nil }
            }.first
            guard let standing, let key = standing.balance else { return nil }
            let transfers = decision.changes.compactMap { change in
                if case .transfer(let transfer) = change, !transfer.isCharge { transfer } else { nil }
            }
            let posted = transfers.filter { $0.layer == .posted }
            let forward: Transfer.Direction = standing.kind.flow == .credit ? .credit : .debit
            let sum = (posted.isEmpty ? transfers : posted).reduce(into: Int128(0)) { sum, transfer in
                sum += Int128(transfer.amount) * (transfer.direction == forward ? 1 : -1)
            }
            amount = max(0, sum)
            currency = key.currency
            authorization = id
        }
    }
}

extension BalanceMovement {
    /// How much further below 0 what is available fell.
    fileprivate var overLimit: Int128 {
        func missing(_ balance: Balance) -> Int128 {
            max(0, -Int128(balance.available(countingCredits: false) ?? .min))
        }
        return max(0, missing(after) - missing(before))
    }
}
