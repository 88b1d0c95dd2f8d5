import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// Cards, counters and keys.
extension BatchCalls {
    mutating func addCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
        addNewCards(rows.filter { $0.value.card.version == 0 })
        var instances = InstanceColumns()
        for row in rows {
            for instance in row.value.instances { instances.append(instance, of: row.value.card.id) }
        }
        add(LaneWrites.instances, instances.columns)
        var shard = Column(.int2), id = Column(.uuid), status = Column(.int2), stored = Column(.int8)
        var uses = Column(.int8), replacedBy = Column(.uuid), reason = Column(.int2)
        for row in rows where row.value.card.version > 0 {
            shard.append(Int16(row.value.card.id.shard.number))
            id.append(row.value.card.id)
            status.append(Int16(row.value.card.status.rawValue))
            stored.append(row.value.card.version)
            let details = row.value.card.details
            uses.append(details.terms.useLimit == nil ? nil : Int64(details.uses))
            replacedBy.append(details.replacedBy)
            reason.append(details.statusReason.map { Int16($0.rawValue) })
        }
        addGuarded(LaneWrites.changeCards, [shard, id, status, uses, replacedBy, reason, stored])
        add(FileWrites.ofCards, [shard, id])
    }

    /// Behind the changes of accounts and cards, from which they follow.
    mutating func addFileEntries(ofCardsOf accounts: [AccountID]) {
        var shard = Column(.int2), id = Column(.uuid)
        for account in accounts {
            shard.append(Int16(account.shard.number))
            id.append(account)
        }
        add(FileWrites.ofAccounts, [shard, id])
    }

    private mutating func addNewCards(_ rows: [BatchWrites.AccountRow<BatchWrites.CardRow>]) {
        var shard = Column(.int2), id = Column(.uuid), account = Column(.uuid), tenant = Column(.uuid)
        var status = Column(.int2), lastFour = Column(.int2), issuedAt = Column(.timestamptz)
        var form = Column(.int2), useLimit = Column(.int8), replaces = Column(.uuid), product = Column(.text)
        var cardholder = Column(.uuid), uses = Column(.int8)
        var numbers = NumberColumns()
        for row in rows {
            guard let number = row.value.number else { preconditionFailure("a new card has its sealed number") }
            let card = row.value.card
            shard.append(Int16(card.id.shard.number))
            id.append(card.id)
            account.append(row.account)
            tenant.append(row.value.tenant)
            status.append(Int16(card.status.rawValue))
            lastFour.append(Int16(card.lastFour))
            issuedAt.append(card.issuedAt)
            numbers.append(number, of: card.id, account: row.account, tenant: row.value.tenant)
            let details = card.details
            form.append(details.terms.form == .virtual ? nil : Int16(details.terms.form.rawValue))
            useLimit.append(details.terms.useLimit.map(Int64.init))
            replaces.append(details.replaces)
            product.append(details.terms.product.isEmpty ? nil : details.terms.product)
            cardholder.append(details.cardholder)
            uses.append(details.uses == 0 ? nil : Int64(details.uses))
        }
        let common = [shard, id, account, tenant, status, lastFour, issuedAt]
        add(LaneWrites.newCards, common + numbers.stored + [form, useLimit, replaces, product, cardholder, uses])
        add(LaneWrites.newPANs, numbers.entries)
        add(LaneWrites.admission, numbers.keys)
    }

    private struct NumberColumns {
        private var index = Column(.bytea), otherIndex = Column(.bytea), ciphertext = Column(.bytea)
        private var dataKey = Column(.int2), indexKey = Column(.int2), otherKey = Column(.int2)
        /// Of the directory: one row for each index.
        private var entry = Column(.bytea), entryKey = Column(.int2), shard = Column(.int2), account = Column(.uuid)
        private var card = Column(.uuid), tenant = Column(.uuid)

        var stored: [Column] { [index, ciphertext, dataKey, indexKey, otherIndex] }
        var entries: [Column] { [entry, shard, account, card, tenant, entryKey] }
        var keys: [Column] { [dataKey, indexKey, otherKey] }

        mutating func append(_ number: PANVault.Sealed, of id: CardID, account owner: AccountID, tenant: TenantID) {
            index.append(number.index.bytes)
            otherIndex.append(number.otherIndex?.bytes)
            ciphertext.append(number.ciphertext)
            dataKey.append(number.keyID)
            indexKey.append(number.index.keyID)
            otherKey.append(number.otherIndex?.keyID)
            for index in [number.index] + (number.otherIndex.map { [$0] } ?? []) {
                entry.append(index.bytes)
                entryKey.append(index.keyID)
                shard.append(Int16(id.shard.number))
                account.append(owner)
                card.append(id)
                self.tenant.append(tenant)
            }
        }
    }

    private struct InstanceColumns {
        private var shard = Column(.int2), card = Column(.uuid), sequenceNumber = Column(.int2)
        private var expiry = Column(.int4), validUntil = Column(.timestamptz), serviceCode = Column(.int2)
        private var active = Column(.bool), endsOthers = Column(.bool), keyVersions = Column(.text)

        var columns: [Column] {
            [shard, card, sequenceNumber, expiry, validUntil, serviceCode, active, endsOthers, keyVersions]
        }

        mutating func append(_ instance: CardInstance, of id: CardID) {
            shard.append(Int16(id.shard.number))
            card.append(id)
            sequenceNumber.append(Int16(instance.sequenceNumber))
            expiry.append(Int32(instance.expiry.yearMonth))
            validUntil.append(instance.validUntil)
            serviceCode.append(Int16(instance.serviceCode))
            active.append(instance.active)
            endsOthers.append(instance.endsOthers)
            let versions = instance.keyVersions.map(\.description).joined(separator: " ")
            keyVersions.append(versions.isEmpty ? nil : versions)
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

    mutating func addChipCounters(_ rows: [BatchWrites.AccountRow<BatchWrites.ChipCounterRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.ChipCounterRow>]) -> (common: [Column], stored: Column)
        {
            var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), token = Column(.bytea)
            var sequenceNumber = Column(.int2), highest = Column(.int4), below = Column(.int8), stored = Column(.int8)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                card.append(row.value.key.card)
                token.append(row.value.key.token ?? [])
                sequenceNumber.append(Int16(row.value.key.sequenceNumber))
                highest.append(Int32(row.value.counter.highest))
                below.append(Int64(bitPattern: row.value.counter.below))
                stored.append(row.value.counter.version)
            }
            return ([shard, account, card, token, sequenceNumber, highest, below], stored)
        }
        add(LaneWrites.newChipCounters, columns(rows.filter { $0.value.counter.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.counter.version > 0 })
        addGuarded(LaneWrites.changeChipCounters, changed + [stored])
    }

    mutating func addKeys(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.KeyRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), key = Column(.text), fingerprint = Column(.bytea)
            var authorization = Column(.uuid), answer = Column(.bytea), stored = Column(.int8)
            var response = Column(.text), advice = Column(.text), cardCode = Column(.text)
            var authentication = Column(.text), chipData = Column(.bytea)
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
                authentication.append(row.value.codes?.authentication)
                chipData.append(row.value.codes?.chipData)
                stored.append(row.value.record.version)
            }
            let said = [response, advice, cardCode, authentication, chipData]
            return ([shard, account, key, fingerprint, authorization, answer] + said, stored)
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
