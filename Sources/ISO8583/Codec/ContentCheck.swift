/// The place of the first canonical byte that the class does not allow.
///
/// Only classes on whose characters money and identity depend are checked; text is kept as it came.
@inline(__always)
func firstNotAllowed(by content: ContentClass, _ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    switch content {
    case .numeric: return firstNotDigit(bytes, from: 0)
    case .signedAmount:
        guard let sign = bytes.first else { return nil }
        return sign == UInt8(ascii: "C") || sign == UInt8(ascii: "D") ? firstNotDigit(bytes, from: 1) : 0
    case .track:
        guard !allWords(of: bytes, areTrackData) else { return nil }
        return bytes.firstIndex { $0 &- 0x30 >= 10 && $0 != UInt8(ascii: "=") }
    case .alphabetic, .alphanumeric, .alphanumericPad, .alphanumericSpecial, .numericSpecial, .binary: return nil
    }
}

@inline(__always)
private func firstNotDigit(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    if start == 0, allWords(of: bytes, areDigits) { return nil }
    var index = start
    while index < bytes.count {
        guard bytes[index] &- 0x30 < 10 else { return index }
        index &+= 1
    }
    return nil
}

/// Whether a test of eight bytes holds for all of four and more, the last load overlapping the one before; false for
/// fewer. The test must not depend on the order of the bytes.
@inline(__always)
private func allWords(of bytes: UnsafeBufferPointer<UInt8>, _ test: (UInt64) -> Bool) -> Bool {
    let source = UnsafeRawBufferPointer(bytes)
    if bytes.count >= 8 {
        let last = bytes.count &- 8
        var offset = 0
        while offset < last {
            guard test(source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) else { return false }
            offset &+= 8
        }
        return test(source.loadUnaligned(fromByteOffset: last, as: UInt64.self))
    }
    guard bytes.count >= 4 else { return false }
    let first = UInt64(source.loadUnaligned(as: UInt32.self))
    let last = UInt64(source.loadUnaligned(fromByteOffset: bytes.count &- 4, as: UInt32.self))
    return test(first << 32 | last)
}

/// Whether eight bytes are all 0x30...0x39: the high nibble is 3, and adding 6 does not carry into it.
@inline(__always)
private func areDigits(_ word: UInt64) -> Bool {
    let high: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
    return word & high | ((word &+ 0x0606_0606_0606_0606) & high) >> 4 == 0x3333_3333_3333_3333
}

/// Whether eight bytes are all 0x30...0x39 or 0x3D: the high nibble is 3, and a low one above 9 is D.
@inline(__always)
private func areTrackData(_ word: UInt64) -> Bool {
    guard word & 0xF0F0_F0F0_F0F0_F0F0 == 0x3030_3030_3030_3030 else { return false }
    let low = word & 0x0F0F_0F0F_0F0F_0F0F
    // In each byte's bit 4: whether the nibble is above 9, and whether it is another one than D.
    let isAboveNine = low &+ 0x0606_0606_0606_0606
    let isNotSeparator = (low ^ 0x0D0D_0D0D_0D0D_0D0D) &+ 0x0F0F_0F0F_0F0F_0F0F
    return isAboveNine & isNotSeparator & 0x1010_1010_1010_1010 == 0
}
