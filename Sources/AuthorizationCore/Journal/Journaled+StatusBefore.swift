extension StatusBefore: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .account(let status):
            writer.write(byte: 1)
            writer.write(status)
        case .card(let status):
            writer.write(byte: 2)
            writer.write(status)
        case .token(let status):
            writer.write(byte: 3)
            writer.write(status)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        switch try reader.byte() {
        case 1: self = .account(try reader.value())
        case 2: self = .card(try reader.value())
        case 3: self = .token(try reader.value())
        default: throw reader.failure("no such status")
        }
    }
}

/// Set beside the status of a command whose decision tells the status before. Those of earlier releases do not have it,
/// and are decided again as they were.
enum StatusFlag {
    static let tellsBefore: UInt8 = 64
}

extension ByteWriter {
    mutating func write(_ status: some ClosedList, tellsBefore: Bool) {
        write(byte: status.rawValue | (tellsBefore ? StatusFlag.tellsBefore : 0))
    }
}

extension ByteReader {
    mutating func status<Status: ClosedList>() throws(JournalError) -> (status: Status, tellsBefore: Bool) {
        let byte = try byte()
        guard let status = Status(rawValue: byte & ~StatusFlag.tellsBefore) else { throw failure("no such status") }
        return (status, byte & StatusFlag.tellsBefore != 0)
    }
}
