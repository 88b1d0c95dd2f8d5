extension PINFacts: Journaled {
    /// Announces what is known of a PIN: its result alone.
    private static let result: UInt8 = 1

    package func write(to writer: inout ByteWriter) {
        writer.write(byte: Self.result)
        writer.write(result)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard try reader.byte() == Self.result else { throw reader.failure("no such facts of a PIN") }
        self.init(try reader.value())
    }
}
