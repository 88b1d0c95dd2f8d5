import Foundation

/// The seed of this run: `AVAL_SEED`, else a new one; random tests print it.
enum TestSeed {
    static let value = environment("AVAL_SEED") ?? UInt64.random(in: .min ... .max)

    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }
}
