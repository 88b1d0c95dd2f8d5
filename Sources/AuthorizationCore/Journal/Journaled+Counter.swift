extension CounterKey: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(card)
        writer.write(currency)
        writer.write(dayStart)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(card: try reader.value(), currency: try reader.value(), dayStart: try reader.value())
    }
}

extension Counter: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(amount)
        writer.write(count)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        amount = try reader.int64()
        count = try reader.int64()
    }
}
