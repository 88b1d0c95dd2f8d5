extension Program: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(id)
        writer.write(tenant)
        writer.write(Int64(version))
        writer.write(timeZone)
        writer.write(bin)
        writer.write(Int64(panLength))
        writer.write(currencies)
        writer.write(kinds.sorted { $0.rawValue < $1.rawValue })
        writer.write(rates)
        writer.write(markUp)
        writer.write(spendsPendingCredits)
        writer.write(Int64(cardValidityMonths))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            id: try reader.value(),
            tenant: try reader.value(),
            version: try reader.integer(),
            timeZone: try reader.text(),
            bin: try reader.text(),
            panLength: try reader.integer(),
            currencies: try reader.values(),
            kinds: Set(try reader.values(TransactionKind.self)),
            rates: try reader.values(),
            markUp: try reader.int64(),
            spendsPendingCredits: try reader.bool(),
            cardValidityMonths: try reader.integer()
        )
    }
}

extension CurrencyPolicy: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(currency)
        writer.write(transactionLimit)
        writer.write(dailyLimit)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            currency: try reader.value(),
            transactionLimit: try reader.int64(),
            dailyLimit: try reader.int64()
        )
    }
}
