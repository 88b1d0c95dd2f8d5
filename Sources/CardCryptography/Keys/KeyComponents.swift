/// A key's part that one operator holds, with its check value. All parts XORed are the key; fewer tell nothing of it.
package struct KeyComponent: Sendable {
    let bytes: SecretBytes
    package let checkValue: [UInt8]

    package var length: Int { bytes.count }

    /// - Parameter checkValue: of the part as if it were a key; three bytes at least.
    package init(_ bytes: SecretBytes, checkValue: [UInt8]) {
        self.bytes = bytes
        self.checkValue = checkValue
    }

    /// The part, to be stored until the others are there.
    ///
    /// - Parameter number: 1...9, its place among the parts.
    /// - Throws: `checkValueMismatch`, `keyLength`.
    package func block(
        _ number: Int,
        _ algorithm: CipherAlgorithm,
        usage: KeyUsage
    ) throws(PaymentCryptographyError) -> KeyBlock {
        let part = try Key(bytes, algorithm, usage: usage, quality: .test)
        try KeyCheckValue.check(checkValue, of: part)
        let header = KeyBlockHeader(
            version: .aes,
            usage: usage,
            algorithm: algorithm,
            mode: .unrestricted,
            keyVersion: "c\(number)",
            exportability: .nonExportable
        )
        return KeyBlock(header, bytes)
    }

    /// How many operators may hold a key between them. One would hold it alone.
    package static let counts = 2...9
}

extension Key {
    /// The key of which operators hold parts. DES keys get odd parity, which their parts together need not have.
    ///
    /// - Parameter checkValue: of the key.
    /// - Throws: `keyComponents`, `checkValueMismatch` for a part or for the key, and what a key's bytes can be wrong
    ///   with.
    package convenience init(
        components: [KeyComponent],
        checkValue: [UInt8],
        _ algorithm: CipherAlgorithm,
        usage: KeyUsage,
        quality: KeyQuality = .strict
    ) throws(PaymentCryptographyError) {
        guard KeyComponent.counts.contains(components.count),
            let length = components.first?.bytes.count,
            components.allSatisfy({ $0.bytes.count == length })
        else { throw .keyComponents }
        for component in components {
            let part = try Key(component.bytes, algorithm, usage: usage, quality: .test)
            try KeyCheckValue.check(component.checkValue, of: part)
        }
        let sum = SecretBytes(count: length) { storage in
            for component in components {
                component.bytes.withExposedBytes { bytes in
                    for index in 0..<length { storage[index] ^= bytes[index] }
                }
            }
        }
        let bytes =
            switch algorithm {
            case .tripleDES: sum.withOddParity
            case .aes: sum
            }
        try self.init(bytes, algorithm, usage: usage, quality: quality)
        try KeyCheckValue.check(checkValue, of: self)
    }
}
