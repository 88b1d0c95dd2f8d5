import AuthorizationCore
import AuthorizationEngine

/// The writes of one batch as calls. Statements without rows are left out.
struct BatchCalls {
    /// Who decided: the process, its lane, and the lane's transaction.
    struct Origin {
        var boot: EventID
        var lane: Int16
        var batch: Int64

        fileprivate var parameters: [Parameter] { [Parameter(boot), Parameter(lane), Parameter(batch)] }
    }

    private(set) var calls: [Call] = []

    init(_ writes: BatchWrites, origin: Origin) {
        addJournal(writes.journal, origin)
        addUnrouted(writes.unrouted, origin)
        addTransfers(writes.transfers)
        addOpenedAccounts(writes.openedAccounts)
        addChangedAccounts(writes.changedAccounts)
        addBalances(writes.balances)
        addCards(writes.cards)
        addAuthorizations(writes.authorizations)
        addCounters(writes.counters)
        addKeys(writes.keys)
        addClientKeys(writes.clientRows)
        addExceptions(writes.journal, writes.unrouted)
        // The lane answers each batch before it takes the next.
        calls.append(
            Call(
                LaneWrites.answered,
                [Parameter(origin.boot), Parameter(origin.lane), Parameter(origin.batch - 1)]
            )
        )
    }

    private mutating func add(_ statement: Statement, _ columns: [Column], _ more: [Parameter] = []) {
        guard let count = columns.first?.count, count > 0 else { return }
        calls.append(Call(statement, columns.map { Parameter($0) } + more))
    }

    /// An UPDATE that must meet as many rows as it names.
    private mutating func addGuarded(_ statement: Statement, _ columns: [Column]) {
        add(statement, columns, [Parameter(Int64(columns.first?.count ?? 0))])
    }

    private mutating func addJournal(_ rows: [JournalRow], _ origin: Origin) {
        var shard = Column(.int2), account = Column(.uuid), sequence = Column(.int8), id = Column(.uuid)
        var authorization = Column(.uuid), kind = Column(.int2), command = Column(.bytea), decision = Column(.bytea)
        var decidedAt = Column(.timestamptz), dayStart = Column(.timestamptz), businessDate = Column(.date)
        var seed = Column(.int8), version = Column(.int4), hash = Column(.bytea)
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
        }
        let columns = [
            shard, account, sequence, id, authorization, kind, command, decision, decidedAt, dayStart, businessDate,
            seed, version, hash,
        ]
        add(LaneWrites.journal, columns, origin.parameters)
    }

    private mutating func addUnrouted(_ rows: [UnroutedRow], _ origin: Origin) {
        var id = Column(.uuid), kind = Column(.int2), command = Column(.bytea), decision = Column(.bytea)
        var decidedAt = Column(.timestamptz), seed = Column(.int8)
        for row in rows {
            id.append(row.event)
            kind.append(Int16(row.commandBytes.first ?? 0))
            command.append(row.commandBytes)
            decision.append(row.decisionBytes)
            decidedAt.append(row.moment.now)
            seed.append(Int64(bitPattern: row.seed))
        }
        add(LaneWrites.unrouted, [id, kind, command, decision, decidedAt, seed], origin.parameters)
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
        var hash = Column(.bytea), openedAt = Column(.timestamptz)
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
        }
        add(LaneWrites.openAccounts, [shard, id, tenant, program, status, sequence, decidedAt, hash, openedAt])
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

// MARK: - Cards, authorizations, counters and keys

extension BatchCalls {
    private mutating func addCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
        addNewCards(rows.filter { $0.value.card.version == 0 })
        var shard = Column(.int2), id = Column(.uuid), status = Column(.int2), stored = Column(.int8)
        for row in rows where row.value.card.version > 0 {
            shard.append(Int16(row.value.card.id.shard.number))
            id.append(row.value.card.id)
            status.append(Int16(row.value.card.status.rawValue))
            stored.append(row.value.card.version)
        }
        addGuarded(LaneWrites.changeCards, [shard, id, status, stored])
    }

    private mutating func addNewCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
        var shard = Column(.int2), id = Column(.uuid), account = Column(.uuid), tenant = Column(.uuid)
        var status = Column(.int2), lastFour = Column(.int2), issuedAt = Column(.timestamptz)
        var index = Column(.bytea), ciphertext = Column(.bytea), keyID = Column(.int2)
        var instances = InstanceColumns()
        for row in rows {
            guard let secret = row.value.secret else { preconditionFailure("a new card has its sealed number") }
            let card = row.value.card
            shard.append(Int16(card.id.shard.number))
            id.append(card.id)
            account.append(row.account)
            tenant.append(row.value.tenant)
            status.append(Int16(card.status.rawValue))
            lastFour.append(Int16(card.lastFour))
            issuedAt.append(card.issuedAt)
            index.append(secret.index)
            ciphertext.append(secret.ciphertext)
            keyID.append(secret.keyID)
            for instance in card.instances { instances.append(instance, of: card.id) }
        }
        let columns = [shard, id, account, tenant, status, lastFour, issuedAt, index, ciphertext, keyID]
        add(LaneWrites.newCards, columns)
        add(LaneWrites.newInstances, instances.columns)
        add(LaneWrites.newPANs, [index, shard, account, id, tenant])
    }

    private struct InstanceColumns {
        private var shard = Column(.int2), card = Column(.uuid), sequenceNumber = Column(.int2)
        private var expiry = Column(.int4), validUntil = Column(.timestamptz), serviceCode = Column(.int2)
        private var active = Column(.bool)

        var columns: [Column] { [shard, card, sequenceNumber, expiry, validUntil, serviceCode, active] }

        mutating func append(_ instance: CardInstance, of id: CardID) {
            shard.append(Int16(id.shard.number))
            card.append(id)
            sequenceNumber.append(Int16(instance.sequenceNumber))
            expiry.append(Int32(instance.expiry.yearMonth))
            validUntil.append(instance.validUntil)
            serviceCode.append(Int16(instance.serviceCode))
            active.append(instance.active)
        }
    }

    private mutating func addAuthorizations(_ rows: [BatchWrites.AccountRow<Authorization>]) {
        addNewAuthorizations(rows.filter { $0.value.version == 0 })
        var shard = Column(.int2), id = Column(.uuid), status = Column(.int2), amounts = AmountColumns()
        var uncertain = Column(.bool), stored = Column(.int8)
        for row in rows where row.value.version > 0 {
            shard.append(Int16(row.value.id.shard.number))
            id.append(row.value.id)
            status.append(Int16(row.value.status.rawValue))
            amounts.append(row.value)
            uncertain.append(row.value.uncertain)
            stored.append(row.value.version)
        }
        addGuarded(LaneWrites.changeAuthorizations, [shard, id, status] + amounts.columns + [uncertain, stored])
    }

    private mutating func addNewAuthorizations(_ rows: [BatchWrites.AccountRow<Authorization>]) {
        var shard = Column(.int2), id = Column(.uuid), account = Column(.uuid), card = Column(.uuid)
        var status = Column(.int2), kind = Column(.int2), currency = Column(.int2), balanceKind = Column(.int2)
        var transactionCurrency = Column(.int2), amounts = AmountColumns(), countedOn = Column(.timestamptz)
        var uncertain = Column(.bool), createdAt = Column(.timestamptz)
        for row in rows {
            let authorization = row.value
            shard.append(Int16(authorization.id.shard.number))
            id.append(authorization.id)
            account.append(row.account)
            card.append(authorization.card)
            status.append(Int16(authorization.status.rawValue))
            kind.append(Int16(authorization.kind.rawValue))
            currency.append(authorization.balance.map { Int16($0.currency.numeric) })
            balanceKind.append(authorization.balance.map { Int16($0.kind.rawValue) })
            transactionCurrency.append(Int16(authorization.approved.currency.numeric))
            amounts.append(authorization)
            countedOn.append(authorization.countedOn)
            uncertain.append(authorization.uncertain)
            createdAt.append(authorization.createdAt)
        }
        let columns =
            [shard, id, account, card, status, kind, currency, balanceKind, transactionCurrency] + amounts.columns
            + [countedOn, uncertain, createdAt]
        add(LaneWrites.newAuthorizations, columns)
    }

    private struct AmountColumns {
        private var approved = Column(.int8), remaining = Column(.int8), billed = Column(.int8), held = Column(.int8)
        private var cleared = Column(.int8), posted = Column(.int8)

        var columns: [Column] { [approved, remaining, billed, held, cleared, posted] }

        mutating func append(_ authorization: Authorization) {
            approved.append(authorization.approved.minorUnits)
            remaining.append(authorization.remaining)
            billed.append(authorization.billed)
            held.append(authorization.held)
            cleared.append(authorization.cleared)
            posted.append(authorization.posted)
        }
    }

    private mutating func addCounters(_ rows: [BatchWrites.AccountRow<BatchWrites.CounterRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.CounterRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), currency = Column(.int2)
            var dayStart = Column(.timestamptz), amount = Column(.int8), count = Column(.int8), stored = Column(.int8)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                card.append(row.value.key.card)
                currency.append(Int16(row.value.key.currency.numeric))
                dayStart.append(row.value.key.dayStart)
                amount.append(row.value.counter.amount)
                count.append(row.value.counter.count)
                stored.append(row.value.counter.version)
            }
            return ([shard, account, card, currency, dayStart, amount, count], stored)
        }
        add(LaneWrites.newCounters, columns(rows.filter { $0.value.counter.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.counter.version > 0 })
        addGuarded(LaneWrites.changeCounters, changed + [stored])
    }

    private mutating func addKeys(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), key = Column(.text), fingerprint = Column(.bytea)
            var authorization = Column(.uuid), answer = Column(.bytea), stored = Column(.int8)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                key.append(row.value.key)
                fingerprint.append(row.value.record.fingerprint)
                authorization.append(row.value.record.authorization)
                answer.append(row.value.record.answer?.journalBytes)
                stored.append(row.value.record.version)
            }
            return ([shard, account, key, fingerprint, authorization, answer], stored)
        }
        add(LaneWrites.newKeys, columns(rows.filter { $0.value.record.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.record.version > 0 })
        addGuarded(LaneWrites.changeKeys, changed + [stored])
    }

    private mutating func addClientKeys(_ rows: [BatchWrites.ClientRow]) {
        var tenant = Column(.uuid), key = Column(.text), fingerprint = Column(.bytea), event = Column(.uuid)
        var decidedAt = Column(.timestamptz), decision = Column(.bytea)
        for row in rows {
            tenant.append(row.request.key.tenant)
            key.append(row.request.key.text)
            fingerprint.append(row.request.fingerprint)
            event.append(row.event)
            decidedAt.append(row.decidedAt)
            decision.append(row.decisionBytes)
        }
        add(LaneWrites.clientKeys, [tenant, key, fingerprint, event, decidedAt, decision])
    }

    private mutating func addExceptions(_ journal: [JournalRow], _ unrouted: [UnroutedRow]) {
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
}

extension InternalAccount {
    /// The internal account of a shard, program and currency. Needs no row: the identifier says it all, with a UUID
    /// version of its own (8, RFC 9562 section 5.8) so that it is never taken for a customer's.
    package func identifier(shard: Shard, program: ProgramID, currency: Currency) -> AccountID {
        let high = UInt64(rawValue) << 48 | UInt64(currency.numeric) << 32 | 0x8000 | UInt64(shard.number)
        return AccountID(high: high, low: program.low)
    }
}
