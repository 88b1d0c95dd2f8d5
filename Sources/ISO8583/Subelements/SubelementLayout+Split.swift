/// A part of an element.
package struct Subelement: Hashable, Sendable {
    /// The part's name in the layout, the tag's digits or hex, or the bit's number where the layout names none.
    package var name: String
    /// Where its value lies, from the start of the element's canonical value.
    package var range: Range<Int>
    /// 0, or the block's number in a repeating layout, or the depth in TLV.
    package var level: Int = 0
}

extension SubelementLayout {
    /// Divides an element.
    ///
    /// - Parameter bytes: the canonical value.
    package func split(_ bytes: [UInt8]) throws(SubelementError) -> [Subelement] {
        switch self {
        case .berTLV:
            return try TLV.parse(bytes).map {
                Subelement(name: TLV.name(of: $0.tag), range: $0.value, level: $0.depth)
            }
        case .positional(let parts):
            let length = parts.reduce(0) { $0 + $1.length }
            guard bytes.count == length else { throw SubelementError(class: .wrongLength, offset: bytes.count) }
            var position = 0
            return try Self.read(parts, bytes, &position, level: 0)
        case .repeating(let parts): return try Self.splitRepeating(parts, bytes)
        case .tagged(let tagDigits, let lengthDigits):
            return try Self.splitTagged(tagDigits, lengthDigits, bytes)
        case .bitmap(let mapBytes, let parts): return try Self.splitBitmap(mapBytes, parts, bytes)
        }
    }

    private static func splitRepeating(_ parts: [Part], _ bytes: [UInt8]) throws(SubelementError) -> [Subelement] {
        let length = parts.reduce(0) { $0 + $1.length }
        guard length > 0, bytes.count.isMultiple(of: length) else {
            throw SubelementError(class: .notAMultiple, offset: bytes.count)
        }
        var found: [Subelement] = []
        var position = 0
        while position < bytes.count {
            found += try self.read(parts, bytes, &position, level: position / length)
        }
        return found
    }

    /// - Parameter position: has room for all parts.
    private static func read(
        _ parts: [Part],
        _ bytes: [UInt8],
        _ position: inout Int,
        level: Int
    ) throws(SubelementError) -> [Subelement] {
        var found: [Subelement] = []
        for part in parts {
            let range = position..<position + part.length
            try self.check(part, bytes, range)
            found.append(Subelement(name: part.name, range: range, level: level))
            position = range.upperBound
        }
        return found
    }

    private static func check(_ part: Part, _ bytes: [UInt8], _ range: Range<Int>) throws(SubelementError) {
        let bad = bytes[range].withUnsafeBufferPointer { firstNotAllowed(by: part.content, $0) }
        guard let bad else { return }
        let isSign = part.content == .signedAmount && bad == 0
        throw SubelementError(class: isSign ? .badSign : .notNumeric, offset: range.lowerBound + bad)
    }

    private static func splitTagged(
        _ tagDigits: Int,
        _ lengthDigits: Int,
        _ bytes: [UInt8]
    ) throws(SubelementError) -> [Subelement] {
        guard (1...16).contains(tagDigits), (1...4).contains(lengthDigits) else {
            throw SubelementError(class: .wrongLength, offset: 0)
        }
        var found: [Subelement] = []
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= tagDigits + lengthDigits else {
                throw SubelementError(class: .wrongLength, offset: position)
            }
            let lengthStart = position + tagDigits
            let valueStart = lengthStart + lengthDigits
            var length = 0
            for index in lengthStart..<valueStart {
                guard let digit = bytes[index].digitValue else {
                    throw SubelementError(class: .notNumeric, offset: index)
                }
                length = length * 10 + Int(digit)
            }
            guard length <= bytes.count - valueStart else {
                throw SubelementError(class: .wrongLength, offset: valueStart)
            }
            let name = latin1Text(bytes[position..<lengthStart])
            found.append(Subelement(name: name, range: valueStart..<valueStart + length))
            position = valueStart + length
        }
        return found
    }

    private static func splitBitmap(
        _ mapBytes: Int,
        _ parts: [Int: Part],
        _ bytes: [UInt8]
    ) throws(SubelementError) -> [Subelement] {
        guard mapBytes > 0, bytes.count >= mapBytes else { throw SubelementError(class: .wrongLength, offset: 0) }
        var found: [Subelement] = []
        var position = mapBytes
        for bit in 1...8 * mapBytes where bytes[(bit - 1) / 8] & (0x80 >> UInt8((bit - 1) % 8)) != 0 {
            // Without the part's length, nothing after it can be found.
            guard let part = parts[bit] else { throw SubelementError(class: .unknownPart, offset: position) }
            guard part.length <= bytes.count - position else {
                throw SubelementError(class: .wrongLength, offset: position)
            }
            let range = position..<position + part.length
            try self.check(part, bytes, range)
            found.append(Subelement(name: part.name.isEmpty ? String(bit) : part.name, range: range))
            position = range.upperBound
        }
        guard position == bytes.count else { throw SubelementError(class: .wrongLength, offset: position) }
        return found
    }
}
