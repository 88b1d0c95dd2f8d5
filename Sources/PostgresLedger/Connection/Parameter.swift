import AuthorizationCore
import AuthorizationEngine

/// One value or array in PostgreSQL's binary form.
package struct Parameter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(_ value: Int16) { bytes = value.bigEndianBytes }
    package init(_ value: Int32) { bytes = value.bigEndianBytes }
    package init(_ value: Int64) { bytes = value.bigEndianBytes }
    package init(_ value: Bool) { bytes = [value ? 1 : 0] }
    package init(_ value: String) { bytes = Array(value.utf8) }
    package init(_ value: [UInt8]) { bytes = value }
    package init<Kind>(_ value: Identifier<Kind>) { bytes = value.bytes }
    package init(_ value: Instant) { bytes = value.postgresMicroseconds.bigEndianBytes }

    /// A one-dimensional array (`array_recv`: dimensions, has-null flag, element type, length, lower bound,
    /// elements with their lengths before them).
    package init(_ column: Column) {
        bytes = Int32(column.count == 0 ? 0 : 1).bigEndianBytes
        bytes += Int32(column.hasNull ? 1 : 0).bigEndianBytes
        bytes += column.elementType.bigEndianBytes
        guard column.count > 0 else { return }
        bytes += Int32(column.count).bigEndianBytes
        bytes += Int32(1).bigEndianBytes
        bytes += column.bytes
    }
}

/// A column of rows to be sent as an array.
package struct Column: Sendable {
    /// OIDs of the built-in types (`pg_type.dat`).
    package enum ElementType: Int32, Sendable {
        case bool = 16
        case bytea = 17
        case int8 = 20
        case int2 = 21
        case int4 = 23
        case text = 25
        case date = 1082
        case timestamptz = 1184
        case uuid = 2950
    }

    let elementType: Int32
    private(set) var count = 0
    private(set) var hasNull = false
    private(set) var bytes: [UInt8] = []

    package init(_ type: ElementType) { elementType = type.rawValue }

    package mutating func append(_ value: Int16) { append(integer: value) }
    package mutating func append(_ value: Int32) { append(integer: value) }
    package mutating func append(_ value: Int64) { append(integer: value) }
    package mutating func append(_ value: Instant) { append(integer: value.postgresMicroseconds) }
    package mutating func append(_ value: Bool) { append(element: CollectionOfOne(value ? 1 : 0)) }
    package mutating func append(_ value: String) { append(element: value.utf8) }
    package mutating func append(_ value: [UInt8]) { append(element: value) }

    package mutating func append<Kind>(_ value: Identifier<Kind>) {
        count += 1
        bytes.append(bigEndian: Int32(16))
        bytes.append(bigEndian: value.high)
        bytes.append(bigEndian: value.low)
    }

    package mutating func append<Kind>(_ value: Identifier<Kind>?) {
        if let value { append(value) } else { appendNull() }
    }

    /// The identifier of whoever it is.
    package mutating func append(_ actor: CommandActor?) {
        switch actor {
        case .apiKey(let id): append(id)
        case .operator(let id, _): append(id)
        case nil: appendNull()
        }
    }

    package mutating func append(_ value: String?) {
        if let value { append(element: value.utf8) } else { appendNull() }
    }

    package mutating func append(_ value: Int16?) {
        if let value { append(integer: value) } else { appendNull() }
    }

    package mutating func append(_ value: Int32?) {
        if let value { append(integer: value) } else { appendNull() }
    }

    package mutating func append(_ value: Int64?) {
        if let value { append(integer: value) } else { appendNull() }
    }

    package mutating func append(_ value: [UInt8]?) {
        if let value { append(element: value) } else { appendNull() }
    }

    /// A day, counted from 1970-01-01.
    package mutating func append(day: Int32) { append(integer: day - 10_957) }

    private mutating func append<Value: FixedWidthInteger>(integer value: Value) {
        count += 1
        bytes.append(bigEndian: Int32(MemoryLayout<Value>.size))
        bytes.append(bigEndian: value)
    }

    private mutating func append(element: some Collection<UInt8>) {
        count += 1
        bytes.append(bigEndian: Int32(element.count))
        bytes.append(contentsOf: element)
    }

    private mutating func appendNull() {
        count += 1
        hasNull = true
        bytes.append(bigEndian: Int32(-1))
    }
}

extension Instant {
    /// PostgreSQL counts from 2000-01-01.
    private static let postgresEpoch: Int64 = 946_684_800_000_000

    var postgresMicroseconds: Int64 { microseconds - Self.postgresEpoch }

    init(postgresMicroseconds: Int64) { self.init(microseconds: postgresMicroseconds &+ Self.postgresEpoch) }
}

extension FixedWidthInteger {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension Array where Element == UInt8 {
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
