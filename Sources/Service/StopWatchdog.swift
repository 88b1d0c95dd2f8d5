import AuthorizationCore
import Foundation
import ServiceLifecycle

/// Ends the process when a stop takes too long, whatever hangs, and says what is left without an answer. On a thread of
/// its own: neither a lane, an event loop nor Swift's shared threads can keep it from it.
struct StopWatchdog: Service {
    /// Lines of the list; what is beyond is counted.
    static let longestList = 100

    let limit: Duration
    /// Describes each request that was taken and is not answered, on the watchdog's thread.
    let unanswered: @Sendable () -> [String]

    func run() async throws {
        // Cancelled: something failed. Then too, what is left is waited for, and must not hang.
        try? await gracefulShutdown()
        let (limit, unanswered) = (limit, unanswered)
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: limit / .seconds(1))
            FileHandle.standardError.write(Data(Self.report(unanswered(), after: limit).utf8))
            // Nothing that a normal exit waits for may hold it up.
            _exit(EXIT_FAILURE)
        }
    }

    static func report(_ unanswered: [String], after limit: Duration) -> String {
        let wait = "\(Setting.stopTimeout.variable) (\(limit.wholeMilliseconds) ms) has passed"
        var lines = ["aval: \(wait): ended with \(unanswered.count) requests unanswered"]
        lines += unanswered.prefix(longestList).map { "  \($0)" }
        if unanswered.count > longestList { lines.append("  and \(unanswered.count - longestList) more") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Services that start and stop at the same time.
struct Together: Service {
    let services: [any Service]

    /// Ends with the first that fails; the others are then cancelled.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            while try await group.next() != nil {}
        }
    }
}
