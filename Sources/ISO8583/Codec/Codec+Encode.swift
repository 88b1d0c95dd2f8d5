extension Codec {
    /// Packs a message; a header is added by the framing.
    ///
    /// Fixed elements are padded as the dialect says. Values are checked against class and maximum, so what is sent
    /// can be read.
    ///
    /// - Throws: ``EncodeError`` with class and element.
    package static func encode(_ message: Message, dialect: Dialect) throws(EncodeError) -> [UInt8] {
        // The worst case, so that nothing needs to be looked up first: MTI and bit maps; hex doubles a value; each
        // variable element has an indicator; fixed elements are padded to at most their full length.
        let elements = message.elements
        let capacity =
            64 + 2 * message.bytes.count + Limits.lengthIndicatorBytes * elements.count
            + dialect.fixedBytes(for: elements)
        var failure: EncodeError?
        let packed = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            var writer = ByteWriter(output: output)
            do throws(EncodeError) {
                try self.write(message, dialect, into: &writer)
                count = writer.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard packed.count <= Limits.messageBytes else {
            throw EncodeError(class: .messageTooLong, element: 0)
        }
        return packed
    }

    private static func write(
        _ message: Message,
        _ dialect: Dialect,
        into writer: inout ByteWriter
    ) throws(EncodeError) {
        self.write(message.messageType, dialect.messageTypeEncoding, into: &writer)
        try self.writeBitmaps(message.elements, dialect, into: &writer)
        var failure: EncodeError?
        message.bytes.withUnsafeBufferPointer { values in
            var place = 0
            for number in message.elements {
                let slot = message.slots[place]
                place &+= 1
                let value = UnsafeBufferPointer(
                    rebasing: values[Int(slot.offset)..<Int(slot.offset &+ slot.length)]
                )
                guard let spec = dialect.wireSpec(of: number) else {
                    failure = EncodeError(class: .unknownElement, element: number)
                    return
                }
                guard let problem = self.write(value, spec, dialect.codePage, into: &writer) else { continue }
                failure = EncodeError(class: problem, element: number)
                return
            }
        }
        if let failure { throw failure }
    }

    private static func write(
        _ type: MessageTypeIndicator,
        _ encoding: ElementEncoding,
        into writer: inout ByteWriter
    ) {
        let number = type.number
        let digits = (
            UInt8(number / 1_000), UInt8(number / 100 % 10), UInt8(number / 10 % 10), UInt8(number % 10)
        )
        switch encoding {
        case .ascii, .ebcdic:
            let zero: UInt8 = encoding == .ascii ? 0x30 : 0xF0
            writer.append(zero + digits.0)
            writer.append(zero + digits.1)
            writer.append(zero + digits.2)
            writer.append(zero + digits.3)
        case .bcd, .binary:
            writer.append(digits.0 << 4 | digits.1)
            writer.append(digits.2 << 4 | digits.3)
        }
    }

    /// As many bit maps as the highest element needs; bits 1 and 65 say that another one follows.
    private static func writeBitmaps(
        _ elements: ElementSet,
        _ dialect: Dialect,
        into writer: inout ByteWriter
    ) throws(EncodeError) {
        var set = elements
        let needed = set.third != 0 ? 3 : set.second != 0 ? 2 : 1
        if needed > dialect.maximumBitmaps {
            throw EncodeError(class: .unknownElement, element: elements.first { $0 > 64 * dialect.maximumBitmaps } ?? 0)
        }
        if dialect.maximumBitmaps > 2, set.contains(65) {
            throw EncodeError(class: .unknownElement, element: 65)
        }
        if needed > 1 { set.insert(1) }
        if needed > 2 { set.insert(65) }
        self.writeBitmap(set.first, dialect.bitmapEncoding, into: &writer)
        if needed > 1 { self.writeBitmap(set.second, dialect.bitmapEncoding, into: &writer) }
        if needed > 2 { self.writeBitmap(set.third, dialect.bitmapEncoding, into: &writer) }
    }

    private static func writeBitmap(_ word: UInt64, _ encoding: BitmapEncoding, into writer: inout ByteWriter) {
        switch encoding {
        case .binary:
            for shift in stride(from: 56, through: 0, by: -8) {
                writer.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        case .hexASCII, .hexEBCDIC:
            for shift in stride(from: 60, through: 0, by: -4) {
                let character = hexCharacter(UInt8(truncatingIfNeeded: word >> shift) & 0x0F)
                writer.append(encoding == .hexASCII ? character : CodePage.ibm037.byte(character))
            }
        }
    }

    /// Writes length and value; gives the reason when the value does not fit the spec.
    @inline(__always)
    private static func write(
        _ value: UnsafeBufferPointer<UInt8>,
        _ spec: ElementSpec,
        _ page: CodePage,
        into writer: inout ByteWriter
    ) -> EncodeError.Class? {
        let maximum = Int(spec.maximum)
        guard value.count <= maximum else { return .lengthExceedsMaximum }
        guard firstNotAllowed(by: spec.content, value) == nil else { return .invalidDigit }
        if let prefix = spec.prefix {
            self.writeLength(of: value.count, spec, prefix, into: &writer)
        } else if value.count < maximum {
            return self.writePadded(value, spec, page, into: &writer)
        }
        self.writeData(value, spec, page, into: &writer)
        return nil
    }

    @inline(__always)
    private static func writeData(
        _ value: UnsafeBufferPointer<UInt8>,
        _ spec: ElementSpec,
        _ page: CodePage,
        into writer: inout ByteWriter
    ) {
        if spec.isHex {
            writer.appendHexCharacters(of: value, spec.encoding == .ascii ? nil : page)
            return
        }
        switch spec.encoding {
        case .ascii, .binary: writer.append(value)
        case .ebcdic: writer.append(value, to: page)
        case .bcd: writer.appendPackedBCD(value, padLeft: spec.padsLeft, pad: spec.padNibble)
        }
    }

    /// A fixed element that is too short: filled, or refused. Not on the hot path, so it may allocate.
    private static func writePadded(
        _ value: UnsafeBufferPointer<UInt8>,
        _ spec: ElementSpec,
        _ page: CodePage,
        into writer: inout ByteWriter
    ) -> EncodeError.Class? {
        let missing = Int(spec.maximum) - value.count
        let full: [UInt8]
        switch spec.padding {
        case .leftZero: full = [UInt8](repeating: 0x30, count: missing) + value
        case .rightZero: full = value + [UInt8](repeating: 0x30, count: missing)
        case .rightSpace: full = value + [UInt8](repeating: 0x20, count: missing)
        case .none, .rightF: return .wrongLength
        }
        full.withUnsafeBufferPointer { self.writeData($0, spec, page, into: &writer) }
        return nil
    }

    private static func writeLength(
        of count: Int,
        _ spec: ElementSpec,
        _ prefix: LengthPrefix,
        into writer: inout ByteWriter
    ) {
        let length: Int
        switch prefix.counts {
        case .units: length = spec.isHex ? 2 * count : count
        case .bytes: length = spec.encoding == .bcd ? (count + 1) / 2 : count
        }
        let width = Int(prefix.width)
        switch prefix.encoding {
        case .ascii, .ebcdic:
            let zero: UInt8 = prefix.encoding == .ascii ? 0x30 : 0xF0
            var power = decimalPower(width - 1)
            for _ in 0..<width {
                writer.append(zero + UInt8(length / power % 10))
                power /= 10
            }
        case .bcd:
            for pair in stride(from: 2 * width - 2, through: 0, by: -2) {
                let value = UInt8(length / decimalPower(pair) % 100)
                writer.append((value / 10) << 4 | value % 10)
            }
        case .binary:
            for shift in stride(from: 8 * width - 8, through: 0, by: -8) {
                writer.append(UInt8(truncatingIfNeeded: length >> shift))
            }
        }
    }
}

extension ElementSpec {
    /// Whether the odd nibble of BCD comes first.
    @inline(__always)
    var padsLeft: Bool {
        switch self.padding {
        case .none, .leftZero: true
        case .rightZero, .rightF, .rightSpace: false
        }
    }

    /// The odd nibble that is sent; what is received there is not looked at.
    @inline(__always)
    var padNibble: UInt8 {
        switch self.padding {
        case .none, .leftZero, .rightZero, .rightSpace: 0
        case .rightF: 0x0F
        }
    }
}
