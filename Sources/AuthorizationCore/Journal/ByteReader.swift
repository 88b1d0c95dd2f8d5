/// Bytes that are not a journaled value: damage, or a version that this build does not know.
package struct JournalError: Error, Hashable, CustomStringConvertible {
    package var offset: Int
    package var problem: String

    package init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    package var description: String { "journal bytes, offset \(offset): \(problem)" }
}

/// Reads what `ByteWriter` wrote. Total: any bytes give a value or a `JournalError`.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    package private(set) var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { offset == bytes.count }

    package func failure(_ problem: String) -> JournalError { JournalError(offset: offset, problem: problem) }

    package mutating func byte() throws(JournalError) -> UInt8 {
        guard offset < bytes.count else { throw failure("the bytes end early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    package mutating func bool() throws(JournalError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw failure("neither true nor false")
        }
    }

    package mutating func unsigned() throws(JournalError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let next = try byte()
            let part = UInt64(next & 0x7F)
            guard shift < 63 || part <= 1 else { throw failure("the number is too large") }
            value |= part << shift
            if next & 0x80 == 0 { return value }
        }
        throw failure("the number is too long")
    }

    package mutating func int64() throws(JournalError) -> Int64 {
        let raw = try unsigned()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    package mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(JournalError) -> Value {
        guard let value = Value(exactly: try int64()) else { throw failure("the number is out of range") }
        return value
    }

    package mutating func array() throws(JournalError) -> [UInt8] {
        let count = try count()
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    package mutating func text() throws(JournalError) -> String {
        guard let text = String(validating: try array(), as: UTF8.self) else { throw failure("not UTF-8") }
        return text
    }

    package mutating func word() throws(JournalError) -> UInt64 {
        var word: UInt64 = 0
        for _ in 0..<8 { word = word << 8 | UInt64(try byte()) }
        return word
    }

    package mutating func value<Value: Journaled>(_: Value.Type = Value.self) throws(JournalError) -> Value {
        try Value(from: &self)
    }

    package mutating func optional<Value: Journaled>(_: Value.Type = Value.self) throws(JournalError) -> Value? {
        try bool() ? try value() : nil
    }

    package mutating func values<Value: Journaled>(_: Value.Type = Value.self) throws(JournalError) -> [Value] {
        var values: [Value] = []
        for _ in 0..<(try count()) { values.append(try value()) }
        return values
    }

    /// A length that the remaining bytes can hold: each element takes at least one.
    package mutating func count() throws(JournalError) -> Int {
        let count = try unsigned()
        guard count <= UInt64(bytes.count - offset) else { throw failure("a length exceeds the bytes") }
        return Int(count)
    }
}
