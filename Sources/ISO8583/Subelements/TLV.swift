/// One data object of BER-TLV (ISO/IEC 8825-1; EMV book 3, annex B), as DE 55 is made of.
package struct TLV: Hashable, Sendable {
    /// The tag's bytes as a big-endian number, e.g. `0x9F26`, `0xDF8129`.
    package var tag: UInt32
    /// Where the value lies, from the start of the parsed bytes.
    package var value: Range<Int>
    /// 0 at the top, one more inside each template.
    package var depth: Int

    /// Whether the value is itself TLV: bit 6 of the tag's first byte.
    package var isConstructed: Bool { Self.isConstructed(self.tag) }

    /// Reads all data objects, each template followed by what is inside it.
    ///
    /// - Parameter bytes: the canonical value of the element.
    /// - Throws: ``SubelementError`` of class `malformedTLV`: the offset is that of the tag, length or value that is
    ///   cut. Also for more than ``Limits/tlvElements``, templates below ``Limits/tlvDepth``, tags above four bytes.
    package static func parse(_ bytes: Span<UInt8>) throws(SubelementError) -> [TLV] {
        var found: [TLV] = []
        try self.parse(bytes, 0..<bytes.count, depth: 0, into: &found)
        return found
    }

    /// Reads all data objects of an array; see above.
    package static func parse(_ bytes: [UInt8]) throws(SubelementError) -> [TLV] {
        try self.parse(bytes.span)
    }

    private static func parse(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        depth: Int,
        into found: inout [TLV]
    ) throws(SubelementError) {
        var position = range.lowerBound
        while position < range.upperBound {
            let tag = try self.readTag(bytes, &position, end: range.upperBound)
            let length = try self.readLength(bytes, &position, end: range.upperBound, tag: tag)
            guard length <= range.upperBound - position, found.count < Limits.tlvElements else {
                throw SubelementError(class: .malformedTLV, offset: position, tag: tag)
            }
            let value = position..<position + length
            found.append(TLV(tag: tag, value: value, depth: depth))
            position += length
            guard self.isConstructed(tag) else { continue }
            guard depth < Limits.tlvDepth else {
                throw SubelementError(class: .malformedTLV, offset: value.lowerBound, tag: tag)
            }
            try self.parse(bytes, value, depth: depth + 1, into: &found)
        }
    }

    private static func readTag(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        end: Int
    ) throws(SubelementError) -> UInt32 {
        let start = position
        var tag = UInt32(bytes[position])
        position += 1
        guard tag & 0x1F == 0x1F else { return tag }
        repeat {
            guard position < end, position - start < Limits.tlvTagBytes else {
                throw SubelementError(class: .malformedTLV, offset: start, tag: tag)
            }
            tag = tag << 8 | UInt32(bytes[position])
            position += 1
        } while tag & 0x80 != 0
        return tag
    }

    /// Short form below 0x80; else the count of bytes that follow, 1...3. The indefinite form (0x80) is not EMV's.
    private static func readLength(
        _ bytes: Span<UInt8>,
        _ position: inout Int,
        end: Int,
        tag: UInt32
    ) throws(SubelementError) -> Int {
        guard position < end else { throw SubelementError(class: .malformedTLV, offset: position, tag: tag) }
        let first = Int(bytes[position])
        position += 1
        guard first >= 0x80 else { return first }
        let count = first & 0x7F
        guard (1...3).contains(count), count <= end - position else {
            throw SubelementError(class: .malformedTLV, offset: position, tag: tag)
        }
        var length = 0
        for _ in 0..<count {
            length = length << 8 | Int(bytes[position])
            position += 1
        }
        return length
    }

    private static func isConstructed(_ tag: UInt32) -> Bool {
        tag >> UInt32(8 * (self.byteCount(of: tag) - 1)) & 0x20 != 0
    }

    /// Bytes of a tag, 1...4.
    static func byteCount(of tag: UInt32) -> Int { max(1, (32 - tag.leadingZeroBitCount + 7) / 8) }

    /// The tag in upper-case hex.
    package static func name(of tag: UInt32) -> String {
        var bytes: [UInt8] = []
        self.appendTag(tag, to: &bytes)
        return hexText(bytes)
    }

    /// Appends one data object; the length takes its shortest form.
    package static func append(_ tag: UInt32, _ value: some Collection<UInt8>, to output: inout [UInt8]) {
        self.appendTag(tag, to: &output)
        switch value.count {
        case ..<0x80: output.append(UInt8(value.count))
        case ..<0x100: output += [0x81, UInt8(value.count)]
        case ..<0x1_0000: output += [0x82, UInt8(value.count >> 8), UInt8(value.count & 0xFF)]
        default:
            output += [
                0x83, UInt8(value.count >> 16 & 0xFF), UInt8(value.count >> 8 & 0xFF), UInt8(value.count & 0xFF),
            ]
        }
        output.append(contentsOf: value)
    }

    private static func appendTag(_ tag: UInt32, to output: inout [UInt8]) {
        for index in stride(from: self.byteCount(of: tag) - 1, through: 0, by: -1) {
            output.append(UInt8(truncatingIfNeeded: tag >> UInt32(8 * index)))
        }
    }
}

extension [TLV] {
    /// The first object of that tag, at any depth.
    package func first(tag: UInt32) -> TLV? { self.first { $0.tag == tag } }
}
