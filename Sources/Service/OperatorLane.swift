import AuthorizationCore
import AuthorizationEngine
import Logging
import PostgresLedger

/// A lane of its own for one operator's command, beside those of the processes that serve: accounts change in no other
/// way, and the accounts' locks arbitrate.
struct OperatorLane {
    let settings: Settings
    let logger: Logger

    func perform(_ command: Command, on account: AccountID, by author: Operator) async throws -> Reply {
        let url = try settings.text(.databaseURL)
        let timeout = try settings.milliseconds(.databaseTimeout)
        let lanes = LaneThreads(count: 1, url: url, timeout: timeout, calendar: BusinessCalendar(), logger: logger)
        let engine = AuthorizationEngine(inboxes: lanes.inboxes)
        let reply = await engine.perform(
            command,
            on: account,
            tenant: nil,
            actor: .operator(author.id, author.name),
            client: nil,
            within: timeout * 2
        )
        engine.close()
        while lanes.isRunning { try? await Task.sleep(for: .milliseconds(2)) }
        let unanswered = PostgresUnansweredStore(url: url, timeout: timeout)
        defer { unanswered.close() }
        // Should this fail, the next sweep of a process that serves does it.
        try? await unanswered.forget(lanes.boot)
        return reply
    }
}
