import AuthorizationCore
import AuthorizationEngine

/// Cards, counters and keys.
extension BatchCalls {
    mutating func addCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
        addNewCards(rows.filter { $0.value.card.version == 0 })
        var shard = Column(.int2), id = Column(.uuid), status = Column(.int2), stored = Column(.int8)
        var wanted = Column(.int2)
        for row in rows where row.value.card.version > 0 {
            shard.append(Int16(row.value.card.id.shard.number))
            id.append(row.value.card.id)
            status.append(Int16(row.value.card.status.rawValue))
            stored.append(row.value.card.version)
            wanted.append(FileColumns.wanted(row.value.card.status))
        }
        addGuarded(LaneWrites.changeCards, [shard, id, status, stored])
        add(LaneWrites.fileEntries, [shard, id, wanted])
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

    mutating func addCounters(_ rows: [BatchWrites.AccountRow<BatchWrites.CounterRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.CounterRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), currency = Column(.int2)
            var dayStart = Column(.timestamptz), amount = Column(.int8), count = Column(.int8), stored = Column(.int8)
            var token = Column(.bytea)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                card.append(row.value.key.card)
                currency.append(Int16(row.value.key.currency.numeric))
                dayStart.append(row.value.key.dayStart)
                token.append(row.value.key.token ?? [])
                amount.append(row.value.counter.amount)
                count.append(row.value.counter.count)
                stored.append(row.value.counter.version)
            }
            return ([shard, account, card, currency, dayStart, token, amount, count], stored)
        }
        add(LaneWrites.newCounters, columns(rows.filter { $0.value.counter.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.counter.version > 0 })
        addGuarded(LaneWrites.changeCounters, changed + [stored])
    }

    mutating func addKeys(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), key = Column(.text), fingerprint = Column(.bytea)
            var authorization = Column(.uuid), answer = Column(.bytea), stored = Column(.int8)
            var response = Column(.text), advice = Column(.text), cardCode = Column(.text)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                key.append(row.value.key)
                fingerprint.append(row.value.record.fingerprint)
                authorization.append(row.value.record.authorization)
                answer.append(row.value.record.answer?.journalBytes)
                response.append(row.value.codes?.response)
                advice.append(row.value.codes?.advice)
                cardCode.append(row.value.codes?.cardCode)
                stored.append(row.value.record.version)
            }
            return ([shard, account, key, fingerprint, authorization, answer, response, advice, cardCode], stored)
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
}
