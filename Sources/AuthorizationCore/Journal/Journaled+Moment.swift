extension Moment: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(now)
        writer.write(dayStart)
        writer.write(Int64(businessDate))
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(now: try reader.value(), dayStart: try reader.value(), businessDate: try reader.integer())
    }
}
