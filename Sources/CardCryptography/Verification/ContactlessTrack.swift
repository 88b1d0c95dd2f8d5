/// Track 2 as a contactless card has filled it for one payment (ISO/IEC 7813).
package struct ContactlessTrack: Sendable {
    package var pan: PAN
    /// YYMM.
    package var expiry: DecimalDigits
    package var serviceCode: DecimalDigits
    /// The issuer's own data: digits as ASCII.
    package var discretionary: SecretBytes

    package init(pan: PAN, expiry: DecimalDigits, serviceCode: DecimalDigits, discretionary: SecretBytes) {
        self.pan = pan
        self.expiry = expiry
        self.serviceCode = serviceCode
        self.discretionary = discretionary
    }

    /// The track as the card holds it (tag 9F6B): BCD with `D` as separator and `F` behind an odd number of digits.
    ///
    /// - Parameter filled: the digits that the card fills, which it holds as zeros. Bit 0 stands for the last one.
    /// - Throws: `invalidInput` for expiry, service code or data of other digits.
    package func template(without filled: UInt16) throws(PaymentCryptographyError) -> SecretBytes {
        let isDigits = discretionary.withExposedBytes { $0.allSatisfy(isDecimalDigit) }
        guard expiry.count == 4, serviceCode.count == 3, isDigits else { throw .invalidInput }
        let dates = expiry.appending(serviceCode)
        let numberCount = pan.withExposedDigits { $0.count }
        let count = numberCount + 1 + dates.count + discretionary.count
        return SecretBytes(count: (count + 1) / 2) { storage in
            var nibbles = NibbleWriter(storage)
            pan.withExposedDigits { for digit in $0 { nibbles.write(digit & 0xF) } }
            nibbles.write(0xD)
            for index in (0..<dates.count).reversed() {
                nibbles.write(UInt8(truncatingIfNeeded: dates.packed >> UInt128(4 * index)) & 0xF)
            }
            discretionary.withExposedBytes { digits in
                for (index, digit) in digits.enumerated() {
                    let place = digits.count - 1 - index
                    let isFilled = place < UInt16.bitWidth && filled >> UInt16(place) & 1 == 1
                    nibbles.write(isFilled ? 0 : digit & 0xF)
                }
            }
            if count % 2 == 1 { nibbles.write(0xF) }
        }
    }

    /// Digits counted from the left; nil when the data are shorter, or have something else there.
    package func digits(_ range: Range<Int>) -> SecretBytes? {
        discretionary.withExposedBytes { bytes in
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy(isDecimalDigit) else { return nil }
            return SecretBytes(bytes[range])
        }
    }

    /// The digits that the set bits stand for, from left to right; nil when the data are shorter, or have something else
    /// there. Bit 0 stands for the last digit.
    package func digits(at places: UInt16) -> SecretBytes? {
        discretionary.withExposedBytes { bytes in
            guard UInt16.bitWidth - places.leadingZeroBitCount <= bytes.count else { return nil }
            let found = SecretBytes(count: places.nonzeroBitCount) { storage in
                var index = 0
                for place in (0..<UInt16.bitWidth).reversed() where places >> UInt16(place) & 1 == 1 {
                    storage[index] = bytes[bytes.count - 1 - place]
                    index += 1
                }
            }
            return found.withExposedBytes { $0.allSatisfy(isDecimalDigit) } ? found : nil
        }
    }
}

extension ContactlessTrack: Masked {}

/// Fills bytes that are zero, from the left.
private struct NibbleWriter {
    private let storage: UnsafeMutableRawBufferPointer
    private var index = 0

    init(_ storage: UnsafeMutableRawBufferPointer) { self.storage = storage }

    mutating func write(_ nibble: UInt8) {
        storage[index / 2] |= index % 2 == 0 ? nibble << 4 : nibble
        index += 1
    }
}
