import AuthorizationCore
import AuthorizationEngine

/// The writes of one batch as calls. Statements without rows are left out.
struct BatchCalls {
    /// Who decided: the process, its lane, and the lane's transaction.
    struct Origin {
        var boot: EventID
        var lane: Int16
        var record: BatchRecord

        fileprivate var parameters: [Parameter] { [Parameter(boot), Parameter(lane), Parameter(record.batch)] }
    }

    var calls: [Call] = []

    init(_ writes: BatchWrites, origin: Origin) {
        addJournal(writes.journal, origin)
        addUnrouted(writes.unrouted, origin)
        addTransfers(writes.transfers)
        addOpenedAccounts(writes.openedAccounts)
        addChangedAccounts(writes.changedAccounts)
        addBalances(writes.balances)
        addCards(writes.cards)
        addFileEntries(ofCardsOf: writes.restatedAccounts)
        addAuthorizations(writes.authorizations)
        addCounters(writes.counters)
        addChipCounters(writes.chipCounters)
        addContactless(writes.contactless)
        addFailures(writes.failures)
        addKeys(writes.keys)
        addPINs(writes.pins)
        addLegalHolds(writes.legalHolds)
        addTokens(writes.tokens)
        addAccountTransfers(writes.journal)
        addClientKeys(writes.clientRows)
        addExceptions(writes.journal, writes.unrouted)
        addSettlements(writes.journal)
        calls.append(
            Call(
                LaneWrites.answered,
                [
                    Parameter(origin.boot), Parameter(origin.lane), Parameter(origin.record.answeredBatch),
                    Parameter(origin.record.unansweredSince), Parameter(origin.record.began),
                ]
            )
        )
    }

    mutating func add(_ statement: Statement, _ columns: [Column], _ more: [Parameter] = []) {
        guard let count = columns.first?.count, count > 0 else { return }
        calls.append(Call(statement, columns.map { Parameter($0) } + more))
    }

    /// An UPDATE that must meet as many rows as it names.
    mutating func addGuarded(_ statement: Statement, _ columns: [Column]) {
        add(statement, columns, [Parameter(Int64(columns.first?.count ?? 0))])
    }

    private mutating func addJournal(_ rows: [JournalRow], _ origin: Origin) {
        var shard = Column(.int2), account = Column(.uuid), sequence = Column(.int8), id = Column(.uuid)
        var authorization = Column(.uuid), kind = Column(.int2), command = Column(.bytea), decision = Column(.bytea)
        var decidedAt = Column(.timestamptz), dayStart = Column(.timestamptz), businessDate = Column(.date)
        var seed = Column(.int8), version = Column(.int4), hash = Column(.bytea), actor = Column(.uuid)
        var response = Column(.text), advice = Column(.text), cardCode = Column(.text)
        var authentication = Column(.text), chipData = Column(.bytea)
        for row in rows {
            shard.append(Int16(row.account.shard.number))
            account.append(row.account)
            sequence.append(row.sequence)
            id.append(row.event)
            authorization.append(row.authorization)
            kind.append(Int16(row.command.code))
            command.append(row.commandBytes)
            decision.append(row.decisionBytes)
            decidedAt.append(row.moment.now)
            dayStart.append(row.moment.dayStart)
            businessDate.append(day: row.moment.businessDate)
            seed.append(Int64(bitPattern: row.seed))
            version.append(row.programVersion)
            hash.append(row.stateHash)
            actor.append(row.actor)
            response.append(row.codes?.response)
            advice.append(row.codes?.advice)
            cardCode.append(row.codes?.cardCode)
            authentication.append(row.codes?.authentication)
            chipData.append(row.codes?.chipData)
        }
        let columns = [
            shard, account, sequence, id, authorization, kind, command, decision, decidedAt, dayStart, businessDate,
            seed, version, hash, actor, response, advice, cardCode, authentication, chipData,
        ]
        add(LaneWrites.journal, columns, origin.parameters)
    }

    private mutating func addUnrouted(_ rows: [UnroutedRow], _ origin: Origin) {
        var id = Column(.uuid), kind = Column(.int2), command = Column(.bytea), decision = Column(.bytea)
        var decidedAt = Column(.timestamptz), seed = Column(.int8), response = Column(.text), advice = Column(.text)
        var cardCode = Column(.text), authentication = Column(.text)
        for row in rows {
            id.append(row.event)
            kind.append(Int16(row.commandBytes.first ?? 0))
            command.append(row.commandBytes)
            decision.append(row.decisionBytes)
            decidedAt.append(row.moment.now)
            seed.append(Int64(bitPattern: row.seed))
            response.append(row.codes?.response)
            advice.append(row.codes?.advice)
            cardCode.append(row.codes?.cardCode)
            authentication.append(row.codes?.authentication)
        }
        let columns = [id, kind, command, decision, decidedAt, seed, response, advice, cardCode, authentication]
        add(LaneWrites.unrouted, columns, origin.parameters)
    }

    private mutating func addTransfers(_ rows: [BatchWrites.AccountRow<BatchWrites.TransferRow>]) {
        var shard = Column(.int2), id = Column(.uuid), debit = Column(.uuid), credit = Column(.uuid)
        var layer = Column(.int2), currency = Column(.int2), kind = Column(.int2), amount = Column(.int8)
        var line = Column(.int2), authorization = Column(.uuid), account = Column(.uuid), sequence = Column(.int8)
        var event = Column(.uuid), createdAt = Column(.timestamptz), businessDate = Column(.date)
        for row in rows {
            let transfer = row.value.transfer
            let internalAccount = transfer.counterparty.identifier(
                shard: row.account.shard,
                program: row.value.program,
                currency: transfer.balance.currency
            )
            shard.append(Int16(row.account.shard.number))
            id.append(transfer.id)
            debit.append(transfer.direction == .debit ? row.account : internalAccount)
            credit.append(transfer.direction == .debit ? internalAccount : row.account)
            layer.append(Int16(transfer.layer.rawValue))
            currency.append(Int16(transfer.balance.currency.numeric))
            kind.append(Int16(transfer.balance.kind.rawValue))
            amount.append(transfer.amount)
            line.append(Int16(transfer.line))
            authorization.append(transfer.authorization)
            account.append(row.account)
            sequence.append(row.value.sequence)
            event.append(row.value.event)
            createdAt.append(row.value.moment.now)
            businessDate.append(day: row.value.moment.businessDate)
        }
        let columns = [
            shard, id, debit, credit, layer, currency, kind, amount, line, authorization, account, sequence, event,
            createdAt, businessDate, businessDate,
        ]
        add(LaneWrites.transfers, columns)
    }

    private mutating func addOpenedAccounts(_ rows: [Account]) {
        var shard = Column(.int2), id = Column(.uuid), tenant = Column(.uuid), program = Column(.uuid)
        var status = Column(.int2), sequence = Column(.int8), decidedAt = Column(.timestamptz)
        var hash = Column(.bytea), openedAt = Column(.timestamptz), type = Column(.int2), isExempt = Column(.bool)
        var cardholder = Column(.uuid)
        for account in rows {
            shard.append(Int16(account.id.shard.number))
            id.append(account.id)
            tenant.append(account.tenant)
            program.append(account.program)
            status.append(Int16(account.status.rawValue))
            sequence.append(account.sequence)
            decidedAt.append(account.decidedAt)
            hash.append(account.stateHash)
            openedAt.append(account.openedAt)
            type.append(account.type.map { Int16($0.rawValue) })
            isExempt.append(account.isChargeExempt)
            cardholder.append(account.cardholder)
        }
        let columns = [
            shard, id, tenant, program, status, sequence, decidedAt, hash, openedAt, type, isExempt, cardholder,
        ]
        add(LaneWrites.openAccounts, columns)
    }

    private mutating func addChangedAccounts(_ rows: [(account: Account, storedSequence: Int64)]) {
        var shard = Column(.int2), id = Column(.uuid), status = Column(.int2), sequence = Column(.int8)
        var decidedAt = Column(.timestamptz), hash = Column(.bytea), stored = Column(.int8)
        for (account, storedSequence) in rows {
            shard.append(Int16(account.id.shard.number))
            id.append(account.id)
            status.append(Int16(account.status.rawValue))
            sequence.append(account.sequence)
            decidedAt.append(account.decidedAt)
            hash.append(account.stateHash)
            stored.append(storedSequence)
        }
        addGuarded(LaneWrites.changeAccounts, [shard, id, status, sequence, decidedAt, hash, stored])
    }

    private mutating func addBalances(_ rows: [BatchWrites.AccountRow<BatchWrites.BalanceRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.BalanceRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), currency = Column(.int2), kind = Column(.int2)
            var posted = Column(.int8), debits = Column(.int8), credits = Column(.int8), limit = Column(.int8)
            var legal = Column(.int8), stored = Column(.int8)
            for row in rows {
                let balance = row.value.balance
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                currency.append(Int16(row.value.key.currency.numeric))
                kind.append(Int16(row.value.key.kind.rawValue))
                posted.append(balance.posted)
                debits.append(balance.pendingDebits)
                credits.append(balance.pendingCredits)
                limit.append(balance.creditLimit)
                legal.append(balance.legalHolds)
                stored.append(balance.version)
            }
            return ([shard, account, currency, kind, posted, debits, credits, limit, legal], stored)
        }
        add(LaneWrites.newBalances, columns(rows.filter { $0.value.balance.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.balance.version > 0 })
        addGuarded(LaneWrites.changeBalances, changed + [stored])
    }
}

extension InternalAccount {
    /// The internal account of a shard, program and currency. Needs no row: the identifier says it all, with a UUID
    /// version of its own (8, RFC 9562 section 5.8) so that it is never taken for a customer's.
    package func identifier(shard: Shard, program: ProgramID, currency: Currency) -> AccountID {
        let high = UInt64(rawValue) << 48 | UInt64(currency.numeric) << 32 | 0x8000 | UInt64(shard.number)
        return AccountID(high: high, low: program.low)
    }
}
