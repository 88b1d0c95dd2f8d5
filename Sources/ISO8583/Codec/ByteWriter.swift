/// Appends to memory of known size. The caller sizes it for the worst case; in debug builds each store is checked.
struct ByteWriter {
    let output: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(output: UnsafeMutableBufferPointer<UInt8>) {
        self.output = output
    }

    mutating func truncate(to count: Int) { self.count = min(self.count, count) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        self.output[self.count] = byte
        self.count &+= 1
    }

    @inline(__always)
    mutating func append(repeating byte: UInt8, count: Int) {
        for _ in 0..<count { self.append(byte) }
    }

    /// As they are.
    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        let end = self.count &+ bytes.count
        let target = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(self.output)[self.count..<end]
        )
        let source = UnsafeRawBufferPointer(bytes)
        // Most values are a few digits, for which two loads that may overlap beat the call of a block copy.
        switch bytes.count {
        case 8...16:
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
            let last = bytes.count &- 8
            let value = source.loadUnaligned(fromByteOffset: last, as: UInt64.self)
            target.storeBytes(of: value, toByteOffset: last, as: UInt64.self)
        case 4..<8:
            target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
            let last = bytes.count &- 4
            let value = source.loadUnaligned(fromByteOffset: last, as: UInt32.self)
            target.storeBytes(of: value, toByteOffset: last, as: UInt32.self)
        case 0..<4: for index in 0..<bytes.count { target[index] = bytes[index] }
        default: target.copyMemory(from: source)
        }
        self.count = end
    }

    /// EBCDIC to ISO 8859-1.
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, from page: CodePage) {
        for byte in bytes { self.append(page.character(byte)) }
    }

    /// ISO 8859-1 to EBCDIC.
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, to page: CodePage) {
        for byte in bytes { self.append(page.byte(byte)) }
    }

    /// Nibbles to characters: 0...9 to digits, D to `=`, the rest to characters that no class allows.
    mutating func appendBCD(_ bytes: UnsafeBufferPointer<UInt8>, digits: Int, padLeft: Bool) {
        var nibble = padLeft ? digits & 1 : 0
        for _ in 0..<digits {
            let byte = bytes[nibble >> 1]
            self.append(0x30 &+ (nibble & 1 == 0 ? byte >> 4 : byte & 0x0F))
            nibble &+= 1
        }
    }

    /// Characters to nibbles; `=` (0x3D) becomes D. An odd count gets the pad nibble on one side.
    mutating func appendPackedBCD(_ digits: UnsafeBufferPointer<UInt8>, padLeft: Bool, pad: UInt8) {
        var index = 0
        if digits.count & 1 == 1, padLeft, let first = digits.first {
            self.append(pad << 4 | first & 0x0F)
            index = 1
        }
        while index &+ 1 < digits.count {
            self.append(digits[index] << 4 | digits[index &+ 1] & 0x0F)
            index &+= 2
        }
        if index < digits.count { self.append(digits[index] << 4 | pad) }
    }

    /// Pairs of hex characters to bytes.
    ///
    /// - Parameters:
    ///   - page: of the characters; nil for ASCII.
    ///   - offset: of the first character in the message, for the error.
    mutating func appendHex(
        _ characters: UnsafeBufferPointer<UInt8>,
        _ page: CodePage?,
        at offset: Int
    ) throws(Fault) {
        // One look at all of them together; which one was bad is found out only if one was.
        var all: UInt8 = 0
        if let page {
            for index in 0..<characters.count >> 1 {
                let high = hexValue(page.character(characters[2 &* index]))
                let low = hexValue(page.character(characters[2 &* index &+ 1]))
                all |= high | low
                self.append(high << 4 | low)
            }
        } else {
            for index in 0..<characters.count >> 1 {
                let high = hexValue(characters[2 &* index])
                let low = hexValue(characters[2 &* index &+ 1])
                all |= high | low
                self.append(high << 4 | low)
            }
        }
        guard all > 0x0F else { return }
        let bad = characters.firstIndex { hexValue(page?.character($0) ?? $0) > 0x0F } ?? 0
        throw Fault(.invalidDigit, offset: offset + bad)
    }

    /// Bytes to pairs of upper-case hex characters.
    mutating func appendHexCharacters(of bytes: UnsafeBufferPointer<UInt8>, _ page: CodePage?) {
        guard let page else {
            for byte in bytes {
                self.append(hexCharacter(byte >> 4))
                self.append(hexCharacter(byte & 0x0F))
            }
            return
        }
        for byte in bytes {
            self.append(page.byte(hexCharacter(byte >> 4)))
            self.append(page.byte(hexCharacter(byte & 0x0F)))
        }
    }

    /// The place, counted from `start`, of the first byte that the class does not allow.
    @inline(__always)
    func firstNotAllowed(by content: ContentClass, from start: Int) -> Int? {
        ISO8583.firstNotAllowed(
            by: content,
            UnsafeBufferPointer(rebasing: self.output[start..<self.count])
        )
    }
}

/// 0...15 for a hex digit of either case, else above 15.
@inline(__always)
func hexValue(_ character: UInt8) -> UInt8 {
    let digit = character &- 0x30
    let letter = (character | 0x20) &- 0x61
    return digit < 10 ? digit : letter < 6 ? letter &+ 10 : 0xFF
}

/// `0`...`F` for 0...15.
@inline(__always)
func hexCharacter(_ value: UInt8) -> UInt8 {
    // Seven more above 9, without a branch.
    0x30 &+ value &+ 7 &* ((value &+ 6) >> 4)
}
