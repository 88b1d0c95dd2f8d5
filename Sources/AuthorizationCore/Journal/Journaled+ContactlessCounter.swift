extension ContactlessKey: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(currency)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), currency: try reader.value())
    }
}

extension ContactlessCounter: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(amount)
        writer.write(count)
        writer.write(round)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(amount: try reader.int64(), count: try reader.int64(), round: try reader.int64())
        guard amount >= 0, count >= 0, round >= 0 else { throw reader.failure("a counter below nothing") }
    }
}

extension ContactlessShare: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(round)
        writer.write(amount)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(round: try reader.int64(), amount: try reader.int64())
        guard round >= 0, amount >= 0 else { throw reader.failure("a counter below nothing") }
    }
}
