/// Looks for known secrets in all their encodings at once.
struct SecretSearch {
    struct Finding: Hashable {
        var secret: String
        var encoding: SecretEncoding
    }

    /// So many that other words seldom have the hash of one that is looked for.
    private static let hashBits: UInt32 = 20

    /// Where in a pattern a word of four bytes stands.
    private struct Place {
        var pattern: Int
        var offset: Int
    }

    private var patterns: [(pattern: SecretPattern, finding: Finding)] = []
    /// By hash of the word; the flags tell where there is any.
    private var places: [Int: [Place]] = [:]
    private var flags = [UInt8](repeating: 0, count: 1 << Self.hashBits)

    init(_ secrets: [KnownSecret]) {
        for secret in secrets {
            for encoding in secret.encodings {
                let finding = Finding(secret: secret.name, encoding: encoding)
                add(encoding.pattern(of: secret), finding)
            }
        }
    }

    /// Four words of each pattern are known: one of them is at a whole multiple of four wherever the pattern stands.
    private mutating func add(_ pattern: SecretPattern, _ finding: Finding) {
        precondition(pattern.isFit, "\(finding) is too short to be looked for")
        for offset in 0..<4 {
            for word in pattern.words(at: offset) {
                let hash = Self.hash(UInt32(littleEndian: word))
                flags[hash] = 1
                places[hash, default: []].append(Place(pattern: patterns.count, offset: offset))
            }
        }
        patterns.append((pattern, finding))
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
            patterns[place.pattern].pattern.isFound(in: bytes, at: position - place.offset)
        }
        return Set(found.map { patterns[$0.pattern].finding })
    }

    @inline(__always)
    private static func hash(_ word: UInt32) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> (32 - hashBits))
    }
}
