/// Looks for known secrets in all their encodings at once.
struct SecretSearch {
    struct Finding: Hashable {
        var secret: String
        var encoding: SecretEncoding
    }

    /// Shorter ones are found by chance, and fall between the words that are looked at.
    private static let shortest = 7
    /// So many that other words seldom have the hash of one that is looked for.
    private static let hashBits: UInt32 = 20

    private struct Pattern {
        var bytes: [UInt8]
        var finding: Finding
    }

    /// Where in a pattern a word of four bytes stands.
    private struct Place {
        var pattern: Int
        var offset: Int
    }

    private var patterns: [Pattern] = []
    /// By hash of the word; the flags tell where there is any.
    private var places: [Int: [Place]] = [:]
    private var flags = [UInt8](repeating: 0, count: 1 << Self.hashBits)

    init(_ secrets: [KnownSecret]) {
        for secret in secrets {
            for encoding in secret.encodings {
                let finding = Finding(secret: secret.name, encoding: encoding)
                add(Pattern(bytes: encoding.pattern(of: secret), finding: finding))
            }
        }
    }

    /// Four words of each pattern are known: one of them is at a whole multiple of four wherever the pattern stands.
    private mutating func add(_ pattern: Pattern) {
        precondition(pattern.bytes.count >= Self.shortest, "\(pattern.finding) is too short to be looked for")
        for offset in 0..<4 {
            let word = pattern.bytes[offset..<offset + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            let hash = Self.hash(UInt32(littleEndian: word))
            flags[hash] = 1
            places[hash, default: []].append(Place(pattern: patterns.count, offset: offset))
        }
        patterns.append(pattern)
    }

    /// What is in the bytes.
    func findings(in bytes: UnsafeRawBufferPointer) -> Set<Finding> {
        var found: Set<Finding> = []
        guard let base = bytes.baseAddress else { return found }
        let first = -Int(bitPattern: base) & 3
        let words = UnsafeRawPointer(base + first).assumingMemoryBound(to: UInt32.self)
        let count = (bytes.count - first) / 4
        flags.withUnsafeBufferPointer { flags in
            // Plain pointers: in a debug build anything else takes ten times as long.
            guard let flags = flags.baseAddress else { return }
            var index = 0
            while index < count {
                if flags[Self.hash(words[index])] != 0 { found.formUnion(findings(in: bytes, at: first + 4 * index)) }
                index += 1
            }
        }
        return found
    }

    private func findings(in bytes: UnsafeRawBufferPointer, at position: Int) -> Set<Finding> {
        let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        let found = (places[Self.hash(word)] ?? []).filter { place in
            let (start, pattern) = (position - place.offset, patterns[place.pattern].bytes)
            guard start >= 0, start + pattern.count <= bytes.count else { return false }
            return bytes[start..<start + pattern.count].elementsEqual(pattern)
        }
        return Set(found.map { patterns[$0.pattern].finding })
    }

    @inline(__always)
    private static func hash(_ word: UInt32) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> (32 - hashBits))
    }
}
