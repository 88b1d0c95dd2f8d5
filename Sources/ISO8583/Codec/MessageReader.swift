/// Reads the parts of a message from its bytes. Each read first checks what remains, so none goes past the end.
struct MessageReader {
    let input: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(input: UnsafeBufferPointer<UInt8>) {
        self.input = input
    }

    @inline(__always)
    var remaining: Int { self.input.count &- self.position }

    /// The MTI: four characters, or two bytes of BCD.
    mutating func readMessageType(_ encoding: ElementEncoding) throws(Fault) -> MessageTypeIndicator {
        let start = self.position
        var number: UInt16 = 0
        switch encoding {
        case .ascii, .ebcdic:
            let zero: UInt8 = encoding == .ascii ? 0x30 : 0xF0
            try self.need(4)
            for index in start..<start + 4 {
                let digit = self.input[index] &- zero
                guard digit < 10 else { throw Fault(.invalidDigit, offset: index) }
                number = number * 10 + UInt16(digit)
            }
            self.position += 4
        case .bcd, .binary:
            try self.need(2)
            for index in start..<start + 2 {
                let byte = self.input[index]
                guard byte >> 4 < 10, byte & 0x0F < 10 else { throw Fault(.invalidDigit, offset: index) }
                number = number * 100 + UInt16(byte >> 4) * 10 + UInt16(byte & 0x0F)
            }
            self.position += 2
        }
        return MessageTypeIndicator(unchecked: number)
    }

    /// Sixty-four bits, the first one most significant. Either case of hex is read.
    mutating func readBitmap(_ encoding: BitmapEncoding) throws(Fault) -> UInt64 {
        var word: UInt64 = 0
        switch encoding {
        case .binary:
            try self.need(8)
            for index in self.position..<self.position + 8 { word = word << 8 | UInt64(self.input[index]) }
            self.position += 8
        case .hexASCII, .hexEBCDIC:
            try self.need(16)
            for index in self.position..<self.position + 16 {
                let byte = self.input[index]
                let value = encoding == .hexASCII ? hexValue(byte) : hexValue(CodePage.ibm037.character(byte))
                // Named by where the bit map starts: a character of it means nothing alone.
                guard value < 16 else { throw Fault(.bitmapNotHex, offset: self.position) }
                word = word << 4 | UInt64(value)
            }
            self.position += 16
        }
        return word
    }

    /// One element: its length, its bytes, its characters' class. The canonical value is appended to `writer`.
    @inline(__always)
    mutating func readElement(
        _ spec: ElementSpec,
        _ page: CodePage,
        into writer: inout ByteWriter
    ) throws(Fault) {
        let lengthStart = self.position
        let isHex = spec.isHex
        let units = try self.readUnits(spec, maximum: isHex ? 2 &* Int(spec.maximum) : Int(spec.maximum))
        let start = self.position
        let bytes = spec.encoding == .bcd ? (units &+ 1) >> 1 : units
        try self.need(bytes)
        self.position = start &+ bytes
        let wire = UnsafeBufferPointer(rebasing: self.input[start..<start &+ bytes])
        if isHex {
            guard units & 1 == 0 else { throw Fault(.badLengthIndicator, offset: lengthStart) }
            try writer.appendHex(wire, spec.encoding == .ascii ? nil : page, at: start)
            return
        }
        let written = writer.count
        switch spec.encoding {
        case .ascii, .binary:
            // Read where it came from: what was only just written is slow to read.
            if let bad = firstNotAllowed(by: spec.content, wire) { throw Fault(.invalidDigit, offset: start &+ bad) }
            return writer.append(wire)
        case .ebcdic: writer.append(wire, from: page)
        case .bcd: writer.appendBCD(wire, digits: units, padLeft: spec.padsLeft)
        }
        if let bad = writer.firstNotAllowed(by: spec.content, from: written) {
            let lead = spec.encoding == .bcd && spec.padsLeft ? units & 1 : 0
            throw Fault(.invalidDigit, offset: start + (spec.encoding == .bcd ? (bad + lead) / 2 : bad))
        }
    }

    /// How many units follow: what the length indicator says, within the maximum, or the fixed length.
    @inline(__always)
    private mutating func readUnits(_ spec: ElementSpec, maximum: Int) throws(Fault) -> Int {
        guard let prefix = spec.prefix else { return maximum }
        let start = self.position
        var units = try self.readLength(prefix)
        if prefix.counts == .bytes { units = self.unitCount(bytes: units, spec) }
        guard units <= maximum else {
            throw Fault(.lengthExceedsMaximum, offset: start, found: units, expected: maximum)
        }
        return units
    }

    private mutating func readLength(_ prefix: LengthPrefix) throws(Fault) -> Int {
        let width = Int(prefix.width)
        guard self.remaining >= width else {
            throw Fault(
                .truncatedLengthIndicator,
                offset: self.position,
                found: self.remaining,
                expected: width
            )
        }
        var length = 0
        for index in self.position..<self.position &+ width {
            let byte = self.input[index]
            let valid: Bool
            switch prefix.encoding {
            case .ascii:
                valid = byte &- 0x30 < 10
                length = length &* 10 &+ Int(byte & 0x0F)
            case .ebcdic:
                valid = byte &- 0xF0 < 10
                length = length &* 10 &+ Int(byte & 0x0F)
            case .bcd:
                valid = byte >> 4 < 10 && byte & 0x0F < 10
                length = length &* 100 &+ Int(byte >> 4) &* 10 &+ Int(byte & 0x0F)
            case .binary:
                valid = true
                length = length << 8 | Int(byte)
            }
            guard valid else { throw Fault(.badLengthIndicator, offset: self.position) }
        }
        self.position &+= width
        return length
    }

    /// Units in so many packed bytes, when the indicator counts those. In BCD the pad nibble then shows only by an F
    /// at the end, or by being one digit above an odd maximum.
    private func unitCount(bytes: Int, _ spec: ElementSpec) -> Int {
        if spec.isHex { return 2 * bytes }
        guard spec.encoding == .bcd else { return bytes }
        let digits = 2 * bytes
        if digits == Int(spec.maximum) + 1, digits > 1 { return digits - 1 }
        guard spec.padding == .rightF, bytes > 0, bytes <= self.remaining else { return digits }
        return self.input[self.position + bytes - 1] & 0x0F == 0x0F ? digits - 1 : digits
    }

    @inline(__always)
    private func need(_ count: Int) throws(Fault) {
        guard self.remaining >= count else {
            throw Fault(.truncatedData, offset: self.position, found: self.remaining, expected: count)
        }
    }
}
