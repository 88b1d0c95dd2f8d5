import AuthorizationCore
import AuthorizationEngine

/// What limits cards until something sets it back.
extension BatchCalls {
    mutating func addContactless(_ rows: [BatchWrites.AccountRow<BatchWrites.ContactlessRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.ContactlessRow>]) -> (common: [Column], stored: Column)
        {
            var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), currency = Column(.int2)
            var amount = Column(.int8), count = Column(.int8), round = Column(.int8), stored = Column(.int8)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                card.append(row.value.key.card)
                currency.append(Int16(row.value.key.currency.numeric))
                amount.append(row.value.counter.amount)
                count.append(row.value.counter.count)
                round.append(row.value.counter.round)
                stored.append(row.value.counter.version)
            }
            return ([shard, account, card, currency, amount, count, round], stored)
        }
        add(LimitStatements.newContactless, columns(rows.filter { $0.value.counter.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.counter.version > 0 })
        addGuarded(LimitStatements.changeContactless, changed + [stored])
    }

    mutating func addFailures(_ rows: [BatchWrites.AccountRow<BatchWrites.FailureRow>]) {
        func columns(_ rows: [BatchWrites.AccountRow<BatchWrites.FailureRow>]) -> (common: [Column], stored: Column) {
            var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), token = Column(.bytea)
            var times = Column(.bytea), stored = Column(.int8)
            for row in rows {
                shard.append(Int16(row.account.shard.number))
                account.append(row.account)
                card.append(row.value.key.card)
                token.append(row.value.key.token ?? [])
                times.append(row.value.counter.journalBytes)
                stored.append(row.value.counter.version)
            }
            return ([shard, account, card, token, times], stored)
        }
        add(LimitStatements.newFailures, columns(rows.filter { $0.value.counter.version == 0 }).common)
        let (changed, stored) = columns(rows.filter { $0.value.counter.version > 0 })
        addGuarded(LimitStatements.changeFailures, changed + [stored])
    }
}
