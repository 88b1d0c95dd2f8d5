import Foundation

/// The script of `make test` that starts and stops stores.
package enum StoreScript {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    /// Runs it to its end, at most a minute, and returns the last line of its output.
    package static func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        // A store must not inherit the descriptor by which Foundation notices the end of a process.
        let script = "(for f in /proc/$BASHPID/fd/*; do f=${f##*/}; ((f < 3)) || exec {f}>&-; done; exec \"$@\")"
        let program = try TestEnvironment.value("AVAL_TEST_STORES")
        process.arguments = ["-c", script + "; exit $?", "bash", program] + arguments
        // Tests make databases of their own.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["AVAL_STORES_OWNER_OPTIONS": "CREATEDB"]) { _, new in new }
        let path = NSTemporaryDirectory() + "aval-stores-output-" + UUID().uuidString
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Not a pipe: a daemon that inherits it would keep it open.
        guard let output = FileHandle(forWritingAtPath: path) else { throw Failure(description: "no output file") }
        process.standardOutput = output
        process.standardError = output
        // Swift's threads block signals, and a store would inherit that: SIGTERM could not stop it.
        var none = sigset_t(), blocked = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try process.run()
        for _ in 0..<12_000 where process.isRunning { usleep(5_000) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard !process.isRunning, process.terminationStatus == 0 else {
            throw Failure(description: "\(arguments): \(text)")
        }
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }
}
