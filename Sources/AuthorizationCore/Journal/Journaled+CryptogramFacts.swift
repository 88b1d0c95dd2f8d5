extension CryptogramFacts: Journaled {
    /// Announces what is known of a chip: its cryptogram's result alone.
    private static let result: UInt8 = 1

    package func write(to writer: inout ByteWriter) {
        writer.write(byte: Self.result)
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard try reader.byte() == Self.result else { throw reader.failure("no such facts of a chip") }
        self.init(try reader.value())
    }
}
