extension FailureKey: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(token ?? [])
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let card: CardID = try reader.value()
        let token = try reader.array()
        guard token.isEmpty || token.count == TokenFacts.indexLength else { throw reader.failure("no such token") }
        self.init(card: card, token: token.isEmpty ? nil : token)
    }
}

extension FailureCounter: Journaled {
    package func write(to writer: inout ByteWriter) { writer.write(times) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard let counter = Self(times: try reader.values()) else { throw reader.failure("no such failures") }
        self = counter
    }
}

extension FailureLimit: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: count)
        writer.write(window)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(count: try reader.byte(), window: try reader.int64())
        guard (1...UInt8(FailureCounter.capacity)).contains(count), (1...Self.longestWindow).contains(window) else {
            throw reader.failure("no such limit of failures")
        }
    }
}
