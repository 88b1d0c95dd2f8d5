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
