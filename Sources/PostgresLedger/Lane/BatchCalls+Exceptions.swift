import AuthorizationCore
import AuthorizationEngine

/// What is kept for operators, and what they did about it.
extension BatchCalls {
    mutating func addExceptions(_ journal: [JournalRow], _ unrouted: [UnroutedRow]) {
        var exceptions: [ExceptionRow] = []
        for row in journal {
            guard case .acknowledged(.exception(let reason), let authorization) = row.decision.outcome else { continue }
            exceptions.append((row.event, row.account, authorization, reason, row.commandBytes, ""))
        }
        for row in unrouted {
            guard case .acknowledged(.exception(let reason), _) = row.outcome else { continue }
            exceptions.append((row.event, nil, nil, reason, row.commandBytes, ""))
        }
        if !exceptions.isEmpty { calls.append(Self.exception(exceptions)) }
    }

    typealias ExceptionRow = (
        id: EventID, account: AccountID?, authorization: AuthorizationID?, reason: ExceptionReason?, command: [UInt8],
        problem: String
    )

    static func exception(_ rows: [ExceptionRow]) -> Call {
        var id = Column(.uuid), shard = Column(.int2), account = Column(.uuid), authorization = Column(.uuid)
        var reason = Column(.int2), command = Column(.bytea), problem = Column(.text)
        for row in rows {
            id.append(row.id)
            shard.append(row.account.map { Int16($0.shard.number) })
            account.append(row.account)
            authorization.append(row.authorization)
            reason.append(row.reason.map { Int16($0.rawValue) })
            command.append(row.command)
            problem.append(row.problem)
        }
        let columns = [id, shard, account, authorization, reason, command, problem]
        return Call(LaneWrites.exceptions, columns.map { Parameter($0) })
    }

    mutating func addSettlements(_ journal: [JournalRow]) {
        var id = Column(.uuid), settlement = Column(.int2), at = Column(.timestamptz), person = Column(.uuid)
        var account = Column(.uuid), event = Column(.uuid), proposedBy = Column(.uuid), amount = Column(.int8)
        var direction = Column(.int2)
        for row in journal {
            guard let exception = row.command.settledException else { continue }
            var writeOff: WriteOffException?
            if case .writeOffException(let found) = row.command { writeOff = found }
            id.append(exception)
            settlement.append(Int16((writeOff == nil ? Settlement.applied : .writtenOff).rawValue))
            at.append(row.moment.now)
            person.append(row.actor)
            account.append(row.account)
            event.append(row.event)
            proposedBy.append(writeOff?.proposedBy)
            amount.append(writeOff?.terms.amount.minorUnits ?? 0)
            direction.append(Int16(writeOff?.terms.direction.rawValue ?? 0))
        }
        let columns = [id, settlement, at, person, account, event, proposedBy, amount, direction]
        addGuarded(LaneWrites.settleExceptions, columns)
    }
}

/// What became of an exception; the numbers of the table.
package enum Settlement: UInt8, ClosedList {
    case applied = 1
    case writtenOff = 2
}

/// Exceptions as a lane reads them.
enum OpenExceptionRows {
    static func parameters(_ ids: [EventID]) -> [Parameter] {
        var column = Column(.uuid)
        for id in Set(ids) { column.append(id) }
        return [Parameter(column)]
    }

    static func read(_ row: inout RowReader) throws(PostgresError) -> (EventID, OpenException) {
        let id: EventID = try row.identifier()
        let account: AccountID? = try row.optionalIdentifier()
        return (id, OpenException(account: account, proposal: try readProposal(&row)))
    }

    /// The proposer and four columns of terms, the row's last; nil when there is none.
    static func readProposal(_ row: inout RowReader) throws(PostgresError) -> OpenException.Proposal? {
        let proposer: OperatorID? = try row.optionalIdentifier()
        guard let proposer else { return nil }
        return OpenException.Proposal(by: proposer, terms: try terms(&row))
    }

    /// Four columns: account, amount, currency, direction.
    static func terms(_ row: inout RowReader) throws(PostgresError) -> WriteOffTerms {
        WriteOffTerms(
            account: try row.identifier(),
            amount: Money(try row.int64(), try row.currency()),
            direction: try row.listed()
        )
    }
}
