import AuthorizationCore
import CLibPQ

/// The rows of a statement, in PostgreSQL's binary form. Owns the result.
package final class ResultRows {
    private let result: OpaquePointer

    /// Takes the result over and clears it in the end.
    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    package var count: Int { Int(PQntuples(result)) }

    /// The command's tag, such as `COMMIT`.
    package var tag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    /// Reads every row in turn.
    package func map<Value>(
        _ read: (inout RowReader) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in 0..<Int32(count) {
            var reader = RowReader(result: result, row: row)
            values.append(try read(&reader))
        }
        return values
    }
}

/// Reads one row's columns from left to right.
package struct RowReader {
    fileprivate let result: OpaquePointer
    fileprivate let row: Int32
    private var column: Int32 = 0

    fileprivate init(result: OpaquePointer, row: Int32) {
        self.result = result
        self.row = row
    }

    package mutating func int16() throws(PostgresError) -> Int16 { try integer() }
    package mutating func int32() throws(PostgresError) -> Int32 { try integer() }
    package mutating func int64() throws(PostgresError) -> Int64 { try integer() }
    package mutating func uint64() throws(PostgresError) -> UInt64 { try integer() }

    package mutating func bool() throws(PostgresError) -> Bool {
        let byte: UInt8 = try integer()
        return byte != 0
    }

    package mutating func instant() throws(PostgresError) -> Instant {
        Instant(postgresMicroseconds: try integer())
    }

    package mutating func optionalInt16() throws(PostgresError) -> Int16? {
        skipNull() ? nil : try integer()
    }

    package mutating func optionalInt64() throws(PostgresError) -> Int64? {
        skipNull() ? nil : try integer()
    }

    package mutating func optionalInt32() throws(PostgresError) -> Int32? {
        skipNull() ? nil : try integer()
    }

    package mutating func optionalBytes() throws(PostgresError) -> [UInt8]? {
        skipNull() ? nil : try bytes()
    }

    package mutating func identifier<Kind>() throws(PostgresError) -> Identifier<Kind> {
        let value = try value()
        guard value.count == 16 else { throw unexpected("an identifier has 16 bytes") }
        return Identifier(
            high: UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: value.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    package mutating func optionalInstant() throws(PostgresError) -> Instant? {
        skipNull() ? nil : try instant()
    }

    package mutating func optionalText() throws(PostgresError) -> String? {
        skipNull() ? nil : try text()
    }

    package mutating func optionalIdentifier<Kind>() throws(PostgresError) -> Identifier<Kind>? {
        skipNull() ? nil : try identifier()
    }

    package mutating func bytes() throws(PostgresError) -> [UInt8] { Array(try value()) }

    package mutating func text() throws(PostgresError) -> String {
        String(decoding: try value(), as: UTF8.self)
    }

    /// A number of one of the domain's lists.
    package mutating func listed<Value: ClosedList>() throws(PostgresError) -> Value {
        let number = try int16()
        guard let raw = UInt8(exactly: number), let value = Value(rawValue: raw) else {
            throw unexpected("no such \(Value.self)")
        }
        return value
    }

    package mutating func optionalListed<Value: ClosedList>() throws(PostgresError) -> Value? {
        skipNull() ? nil : try listed()
    }

    package mutating func currency() throws(PostgresError) -> Currency {
        guard let numeric = UInt16(exactly: try int16()), let currency = Currency(numeric: numeric) else {
            throw unexpected("no such currency")
        }
        return currency
    }

    /// A value in the journal's form.
    package mutating func journaled<Value: Journaled>() throws(PostgresError) -> Value {
        let bytes = try bytes()
        do throws(JournalError) {
            return try Value(journalBytes: bytes)
        } catch {
            throw unexpected(error.description)
        }
    }

    package func unexpected(_ problem: String) -> PostgresError {
        .unexpected("column \(column): \(problem)")
    }

    private mutating func integer<Value: FixedWidthInteger>() throws(PostgresError) -> Value {
        let value = try value()
        guard value.count == MemoryLayout<Value>.size else { throw unexpected("another size of number") }
        return Value(bigEndian: value.loadUnaligned(as: Value.self))
    }

    private mutating func skipNull() -> Bool {
        guard PQgetisnull(result, row, column) == 1 else { return false }
        column += 1
        return true
    }

    private mutating func value() throws(PostgresError) -> UnsafeRawBufferPointer {
        guard column < PQnfields(result), PQgetisnull(result, row, column) == 0,
            let start = PQgetvalue(result, row, column)
        else { throw unexpected("nothing there") }
        defer { column += 1 }
        return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
    }
}
