import AuthorizationCore
import AuthorizationEngine

/// Cards, authorizations, counters, keys and exceptions.
extension BatchCalls {
    mutating func addCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
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

    mutating func addAuthorizations(_ rows: [BatchWrites.AccountRow<Authorization>]) {
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

    mutating func addCounters(_ rows: [BatchWrites.AccountRow<BatchWrites.CounterRow>]) {
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

    mutating func addKeys(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) {
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

    mutating func addClientKeys(_ rows: [BatchWrites.ClientRow]) {
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
}
