extension DynamicValueVerification: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch layout {
        case .dcvv(let value, let counter):
            writer.write(byte: 1)
            writer.write(byte: value)
            writer.write(byte: counter)
        case .cvc3(let layout):
            writer.write(byte: 2)
            writer.write(Int64(layout.value))
            writer.write(Int64(layout.numbers))
            writer.write(byte: layout.counterDigits)
        }
        writer.write(key)
        writer.write(derivation)
        writer.write(counters)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let layout = try Self.layout(&reader)
        let found = Self(
            layout,
            key: try reader.value(),
            derivation: try reader.value(),
            counters: try reader.value()
        )
        guard let found else { throw reader.failure("no such verification of dynamic values") }
        self = found
    }

    private static func layout(_ reader: inout ByteReader) throws(JournalError) -> Layout {
        switch try reader.byte() {
        case 1: return .dcvv(value: try reader.byte(), counter: try reader.byte())
        case 2:
            let (value, numbers): (UInt16, UInt16) = (try reader.integer(), try reader.integer())
            guard let layout = CVC3Layout(value: value, numbers: numbers, counterDigits: try reader.byte()) else {
                throw reader.failure("no such positions")
            }
            return .cvc3(layout)
        default: throw reader.failure("no such layout")
        }
    }
}

extension TrackCounterFacts: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(byte: sequenceNumber)
        writer.write(unsigned: UInt64(counters.count))
        for counter in counters { writer.write(Int64(counter)) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let sequenceNumber = try reader.byte()
        var counters: [UInt16] = []
        for _ in 0..<(try reader.count()) { counters.append(try reader.integer()) }
        guard let facts = Self(sequenceNumber: sequenceNumber, counters: counters) else {
            throw reader.failure("no such counters")
        }
        self = facts
    }
}
