import Foundation

/// A small generator with a seed, so that a failing run can be had again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The seed of this run: `AVAL_SEED`, else a new one; random tests print it.
enum TestSeed {
    static let value = environment("AVAL_SEED") ?? UInt64.random(in: .min ... .max)
    static let mutations = Int(clamping: environment("AVAL_MUTATIONS") ?? 20_000)

    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }
}
