/// What names the original of a reversal or an advice: DE 90 of 1987, DE 56 of 1993.
package struct OriginalDataElements: Hashable, Sendable {
    package var messageType: MessageTypeIndicator
    /// DE 11 of the original, 0...999999.
    package var systemTraceAuditNumber: Int64
    /// 1987: DE 7 of the original (MMDDhhmmss). 1993: its DE 12 (YYMMDDhhmmss, local).
    package var time: Int64
    /// DE 32 of the original; leading zeros do not count.
    package var acquirer: Int64
    /// DE 33 of the original, 0 when it had none; leading zeros do not count. 1993 does not send it.
    package var forwarder: Int64

    package init(
        messageType: MessageTypeIndicator,
        systemTraceAuditNumber: Int64,
        time: Int64,
        acquirer: Int64,
        forwarder: Int64 = 0
    ) {
        self.messageType = messageType
        self.systemTraceAuditNumber = systemTraceAuditNumber
        self.time = time
        self.acquirer = acquirer
        self.forwarder = forwarder
    }

    /// Reads DE 90 of 1987: 4 + 6 + 10 + 11 + 11 digits.
    ///
    /// - Throws: `wrongLength` or `notNumeric`.
    package init(iso1987 bytes: some Collection<UInt8>) throws(SubelementError) {
        guard bytes.count == 42 else { throw SubelementError(class: .wrongLength, offset: bytes.count) }
        var reader = DigitReader(bytes)
        self.messageType = MessageTypeIndicator(unchecked: UInt16(try reader.read(4)))
        self.systemTraceAuditNumber = try reader.read(6)
        self.time = try reader.read(10)
        self.acquirer = try reader.read(11)
        self.forwarder = try reader.read(11)
    }

    /// Reads DE 56 of 1993: 4 + 6 + 12 digits, then the acquirer with a two-digit length.
    ///
    /// - Throws: `wrongLength` or `notNumeric`.
    package init(iso1993 bytes: some Collection<UInt8>) throws(SubelementError) {
        guard (24...35).contains(bytes.count) else { throw SubelementError(class: .wrongLength, offset: bytes.count) }
        var reader = DigitReader(bytes)
        self.messageType = MessageTypeIndicator(unchecked: UInt16(try reader.read(4)))
        self.systemTraceAuditNumber = try reader.read(6)
        self.time = try reader.read(12)
        let length = Int(try reader.read(2))
        guard length == bytes.count - 24 else { throw SubelementError(class: .wrongLength, offset: 22) }
        self.acquirer = try reader.read(length)
        self.forwarder = 0
    }

    /// The 42 digits of DE 90. Numbers too large for their place lose their high digits.
    package var iso1987: [UInt8] {
        digits(Int64(self.messageType.number), width: 4) + digits(self.systemTraceAuditNumber, width: 6)
            + digits(self.time, width: 10) + digits(self.acquirer, width: 11) + digits(self.forwarder, width: 11)
    }

    /// The digits of DE 56 of 1993, the acquirer without leading zeros.
    package var iso1993: [UInt8] {
        let acquirer = Array(String(max(self.acquirer, 0)).utf8.suffix(11))
        return digits(Int64(self.messageType.number), width: 4) + digits(self.systemTraceAuditNumber, width: 6)
            + digits(self.time, width: 12) + digits(Int64(acquirer.count), width: 2) + acquirer
    }
}

/// Takes numbers off the front of digits.
struct DigitReader<Bytes: Collection<UInt8>> {
    private var rest: Bytes.SubSequence
    private var offset = 0

    init(_ bytes: Bytes) {
        self.rest = bytes[...]
    }

    /// - Parameter count: 0...18, and no more than are left.
    mutating func read(_ count: Int) throws(SubelementError) -> Int64 {
        var number: Int64 = 0
        for byte in self.rest.prefix(count) {
            guard let digit = byte.digitValue else {
                throw SubelementError(class: .notNumeric, offset: self.offset)
            }
            number = number * 10 + Int64(digit)
            self.offset += 1
        }
        self.rest = self.rest.dropFirst(count)
        return number
    }

    /// A sign, `C` or `D`, then digits; debits are positive.
    mutating func readSigned(_ count: Int) throws(SubelementError) -> Int64 {
        let isCredit = try self.readIsCredit()
        let number = try self.read(count)
        return isCredit ? -number : number
    }

    /// A signed number of eight digits, or nine zeros.
    mutating func readFee() throws(SubelementError) -> Int64 {
        self.rest.first == UInt8(ascii: "0") && self.rest.prefix(9).allSatisfy { $0 == UInt8(ascii: "0") }
            ? try self.read(9) : try self.readSigned(8)
    }

    /// Whether the next character is `C`; an error if it is not `D` either.
    mutating func readIsCredit() throws(SubelementError) -> Bool {
        let sign = self.rest.first
        guard sign == UInt8(ascii: "C") || sign == UInt8(ascii: "D") else {
            throw SubelementError(class: .badSign, offset: self.offset)
        }
        self.skip(1)
        return sign == UInt8(ascii: "C")
    }

    /// - Parameter count: no more than are left.
    mutating func readText(_ count: Int) -> String {
        let text = latin1Text(self.rest.prefix(count))
        self.skip(count)
        return text
    }

    private mutating func skip(_ count: Int) {
        self.rest = self.rest.dropFirst(count)
        self.offset += count
    }
}

/// A number with leading zeros, cut to its low `width` digits; 0 for a negative one.
func digits(_ number: Int64, width: Int) -> [UInt8] {
    var rest = max(number, 0)
    var reversed: [UInt8] = []
    for _ in 0..<width {
        reversed.append(0x30 + UInt8(rest % 10))
        rest /= 10
    }
    return reversed.reversed()
}
