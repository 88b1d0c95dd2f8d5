extension ChipCounterKey: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(token ?? [])
        writer.write(Int64(sequenceNumber))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        let token = try reader.array()
        guard token.isEmpty || token.count == TokenFacts.indexLength else { throw reader.failure("no such token") }
        self.init(card: card, token: token.isEmpty ? nil : token, sequenceNumber: try reader.integer())
        guard sequenceNumber <= 99 else { throw reader.failure("no such sequence number") }
    }
}

extension ChipCounter: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(Int64(highest))
        writer.write(word: below)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(highest: try reader.integer(), below: try reader.word())
    }
}

extension CounterWindow: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: behind)
        writer.write(Int64(ahead))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(behind: try reader.byte(), ahead: try reader.integer())
        guard behind <= ChipCounter.reach, ahead > 0 else { throw reader.failure("no such window of counters") }
    }
}
