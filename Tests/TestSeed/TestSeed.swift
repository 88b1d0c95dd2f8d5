import Foundation

/// What random tests start from. Printed by those that use it, so that a failing run can be had again.
package enum TestSeed {
    /// The seed of this run: `AVAL_SEED`, else a new one.
    package static let value = environment("AVAL_SEED") ?? UInt64.random(in: .min ... .max)

    /// How many mutated messages a mutation test tries: `AVAL_MUTATIONS`, else 20,000.
    package static let mutations = Int(clamping: environment("AVAL_MUTATIONS") ?? 20_000)

    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }
}

/// A small generator with a seed (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
