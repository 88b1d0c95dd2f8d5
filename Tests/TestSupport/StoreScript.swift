import ChildProcess
import Foundation

/// The script of `make test` that starts and stops stores.
package enum StoreScript {
    /// Runs it to its end, at most a minute, and returns the last line of its output.
    package static func run(_ arguments: String...) throws -> String {
        let output = try ChildProcess.run(
            "/bin/bash",
            [try TestEnvironment.value("AVAL_TEST_STORES")] + arguments,
            // Tests make databases of their own.
            environment: ProcessInfo.processInfo.environment
                .merging(["AVAL_STORES_OWNER_OPTIONS": "CREATEDB"]) { _, new in new }
        )
        return String(decoding: output, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
