/// Bytes that are looked for.
struct SecretPattern: Hashable {
    /// Shorter ones fall between the words that are looked at.
    private static let shortest = 7
    /// With fewer it is found by chance; a PIN of twelve digits has as many. Among random bytes, of which the places have
    /// less than a gigabyte, ten such patterns are found in one run of 26,000.
    private static let fewestBits = 48

    let bytes: [UInt8]
    /// The bits of the bytes that are the secret's.
    let mask: [UInt8]

    var isFit: Bool {
        bytes.count >= Self.shortest && mask.reduce(0) { $0 + $1.nonzeroBitCount } >= Self.fewestBits
    }

    init(_ bytes: [UInt8]) { self.init(bytes, mask: [UInt8](repeating: 0xFF, count: bytes.count)) }

    init(_ bytes: [UInt8], mask: [UInt8]) {
        let missing = [UInt8](repeating: 0, count: max(0, Self.shortest - bytes.count))
        self.bytes = missing + bytes
        self.mask = missing + mask
    }

    /// Whether it stands there. What is none of the secret's may be missing.
    func isFound(in text: UnsafeRawBufferPointer, at start: Int) -> Bool {
        bytes.indices.allSatisfy { index in
            guard mask[index] != 0 else { return true }
            let position = start + index
            return text.indices.contains(position) && (text[position] ^ bytes[index]) & mask[index] == 0
        }
    }

    /// Four bytes of it as they may be found, as a word.
    func words(at offset: Int) -> [UInt32] {
        (offset..<offset + 4).reversed().reduce([0]) { words, index in
            let (byte, mask) = (bytes[index], mask[index])
            let possible = mask == 0xFF ? [byte] : (0...UInt8.max).filter { ($0 ^ byte) & mask == 0 }
            return words.flatMap { word in possible.map { word << 8 | UInt32($0) } }
        }
    }
}
