import Foundation

/// What `make test` gives to tests through the environment. Something missing fails the test that needs it: a test
/// that is skipped proves nothing.
package enum TestEnvironment {
    package struct Missing: Error, CustomStringConvertible {
        package var name: String

        package var description: String {
            "\(name) is not set: this test needs the stores that `make test` starts"
        }
    }

    package static func value(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
        return value
    }

    /// The seed of a random test: `AVAL_SEED`, or a new one. Printed, so that a failure can be had again.
    package static func seed(for test: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["AVAL_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: .min ... .max)
        print("\(test): AVAL_SEED=\(seed)")
        return seed
    }

    /// The repository, found from this file.
    package static var repository: URL {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }
}
