import YAMLFiles

/// How a key block is made of clear test keys (ANSI X9.143; TR-31).
package struct KeyBlockRecipe: Sendable, Hashable {
    package enum Version: String, Sendable, CaseIterable {
        /// Protected by triple DES.
        case tripleDES = "B"
        /// Protected by AES.
        case aes = "D"

        /// Bytes of a cipher block, and of the block's code.
        var sizes: (block: Int, code: Int) {
            switch self {
            case .tripleDES: (8, 8)
            case .aes: (16, 16)
            }
        }
    }

    /// Of the key in the block.
    package enum Algorithm: String, Sendable, CaseIterable {
        case tripleDES = "T"
        case aes = "A"

        var keyBytes: Set<Int> {
            switch self {
            case .tripleDES: [8, 16, 24]
            case .aes: [16, 24, 32]
            }
        }
    }

    /// The variable with the key, in hexadecimal.
    package var key: String
    /// The variable with the key that protects it.
    package var protection: String
    package var version = Version.tripleDES
    package var algorithm = Algorithm.tripleDES
    /// Two characters, such as M3 for a key of ISO 9797-1 algorithm 3, P0 for one of PINs.
    package var usage: String
    /// One character, such as C to make and verify codes, G to make, V to verify.
    package var mode: String
    package var exportability = "N"
}

extension KeyBlockRecipe {
    /// - Parameter variables: names of those that the keys may come from.
    init?(_ section: Section, variables: Set<String>) {
        section.allow(["key", "protection", "version", "algorithm", "usage", "mode", "exportability"])
        let key = section.variable("key", among: variables)
        let protection = section.variable("protection", among: variables)
        let usage = section.characters("usage", 2)
        let mode = section.characters("mode", 1)
        guard let key, let protection, let usage, let mode else { return nil }
        self.init(key: key, protection: protection, usage: usage, mode: mode)
        section.set(&version, "version") { section.choice($0) }
        section.set(&algorithm, "algorithm") { section.choice($0) }
        section.set(&exportability, "exportability") { section.characters($0, 1) }
    }
}

extension Section {
    /// Capital letters and digits.
    fileprivate func characters(_ key: String, _ count: Int) -> String? {
        guard let text = text(key) else { return nil }
        let isPossible = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        guard isPossible, text.utf8.count == count else {
            problem(key, "\(count) of 0-9 and A-Z are expected")
            return nil
        }
        return text
    }
}
