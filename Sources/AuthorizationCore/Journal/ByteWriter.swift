/// Writes values in the journal's own form: integers as LEB128 with zigzag, text and bytes with their length before.
///
/// The form is deterministic: equal values give equal bytes.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func write(byte: UInt8) { bytes.append(byte) }

    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    package mutating func write(unsigned value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func write(_ value: Int64) {
        write(unsigned: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    package mutating func write(_ text: String) {
        write(unsigned: UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func write(_ value: [UInt8]) {
        write(unsigned: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func write(word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    package mutating func write<Value: Journaled>(_ value: Value) { value.write(to: &self) }

    package mutating func write<Value: Journaled>(_ value: Value?) {
        write(value != nil)
        if let value { write(value) }
    }

    package mutating func write<Value: Journaled>(_ values: [Value]) {
        write(unsigned: UInt64(values.count))
        for value in values { write(value) }
    }
}

/// A value with a journal form.
package protocol Journaled {
    func write(to writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(JournalError)
}

extension Journaled {
    package var journalBytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(self)
        return writer.bytes
    }

    /// - Throws: `JournalError` unless the bytes are exactly one value of this type.
    package init(journalBytes: [UInt8]) throws(JournalError) {
        var reader = ByteReader(journalBytes)
        try self.init(from: &reader)
        guard reader.isAtEnd else { throw JournalError(offset: reader.offset, problem: "bytes follow the value") }
    }
}
