import AuthorizationCore
import AuthorizationEngine
import DequeModule
import Foundation
import Logging
import Synchronization

/// Writes networks' messages to the database behind the payments' back: on a connection and thread of its own, many in
/// one statement. What comes while the queue is full, or cannot be written, is dropped and counted.
package final class MessageWriter: MessageLog {
    /// Bytes that wait, as far as their texts go: some seconds of a busy installation's messages.
    package static let queueLimit = 32 << 20
    /// Rows of one statement.
    static let batchLimit = 512
    /// How long messages are gathered.
    private static let pause = 0.05
    /// Bytes that a message takes beside its text, about.
    private static let overhead = 256

    private struct State {
        var waiting: Deque<LoggedMessage> = []
        var waitingBytes = 0
        var isScheduled = false
        var stored: UInt64 = 0
        var dropped: UInt64 = 0
    }

    private let state = Mutex(State())
    private let thread: ConnectionThread
    private let queueLimit: Int
    private let logger: Logger

    package init(url: String, timeout: Duration, queueLimit: Int = MessageWriter.queueLimit, logger: Logger) {
        // A crash may take the last messages along: they are no part of the ledger.
        let session = [(name: "synchronous_commit", value: "off")]
        thread = ConnectionThread(name: "aval messages", url: url, timeout: timeout, session: session)
        self.queueLimit = queueLimit
        self.logger = logger
    }

    package func add(_ messages: [LoggedMessage]) {
        let mustSchedule = state.withLock { state in
            for message in messages {
                let size = Self.size(of: message)
                guard state.waitingBytes + size <= queueLimit else {
                    state.dropped += 1
                    continue
                }
                state.waiting.append(message)
                state.waitingBytes += size
            }
            guard !state.isScheduled, !state.waiting.isEmpty else { return false }
            state.isScheduled = true
            return true
        }
        if mustSchedule { thread.submit { [self] in writeAll($0) } }
    }

    /// Writes what waits, and ends.
    package func close() { thread.close() }

    /// Messages that were written, and those that were dropped; one with its answer counts once.
    package var counts: (stored: UInt64, dropped: UInt64) { state.withLock { ($0.stored, $0.dropped) } }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let (waiting, stored, dropped) = state.withLock { ($0.waiting.count, $0.stored, $0.dropped) }
        return """
            # TYPE aval_message_log_waiting gauge
            aval_message_log_waiting \(waiting)
            # TYPE aval_message_log_stored_total counter
            aval_message_log_stored_total \(stored)
            # TYPE aval_message_log_dropped_total counter
            aval_message_log_dropped_total \(dropped)

            """
    }

    private func writeAll(_ connection: Result<PostgresConnection, PostgresError>) {
        if case .success = connection { Thread.sleep(forTimeInterval: Self.pause) }
        while let batch = take() {
            do {
                let connection = try connection.get()
                guard !connection.isBroken else { throw PostgresError.disconnected("the connection broke") }
                _ = try connection.run(MessageRows.insertion(of: batch))
                state.withLock { $0.stored += UInt64(batch.count) }
            } catch {
                state.withLock { $0.dropped += UInt64(batch.count) }
                logger.warning(
                    "messages could not be kept",
                    metadata: ["count": "\(batch.count)", "problem": "\(error)"]
                )
            }
        }
    }

    /// Nil when nothing waits: then the next message has the thread called again.
    private func take() -> [LoggedMessage]? {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            state.waitingBytes -= batch.reduce(0) { $0 + Self.size(of: $1) }
            if batch.isEmpty { state.isScheduled = false }
            return batch.isEmpty ? nil : batch
        }
    }

    private static func size(of message: LoggedMessage) -> Int {
        let answer = message.answer?.content.utf8.count ?? 0
        switch message.content {
        case .readable(let text), .unreadable(let text): return text.utf8.count + answer + overhead
        }
    }
}
