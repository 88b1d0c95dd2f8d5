import AuthorizationCore
import AuthorizationEngine

/// A lane's connection: one transaction a batch, of two round trips.
package final class PostgresLaneStore: LaneStore {
    package struct Settings: Sendable {
        package var url: String
        /// Longest wait for one round trip. Locks, statements and idle transactions end earlier on the server.
        package var timeout: Duration
        /// Names this process in journal rows.
        package var boot: EventID
        package var lane: Int16

        package init(url: String, timeout: Duration, boot: EventID, lane: Int16) {
            self.url = url
            self.timeout = timeout
            self.boot = boot
            self.lane = lane
        }
    }

    private let settings: Settings
    /// Nil until the first batch, and after connecting failed.
    private var opened: PostgresConnection?
    /// The last version of each that was asked for.
    private var programs: [ProgramID: Program] = [:]
    /// The server's process that was told to commit and did not answer.
    private var backendInDoubt: Int32?

    /// Connects with the first batch.
    package init(_ settings: Settings) { self.settings = settings }

    package func begin(_ request: BatchRequest) throws(StoreFailure) -> LoadedBatch {
        let reads = BatchReads(request)
        do {
            let results = try connection().run([Call(LaneReads.begin)] + reads.calls)
            var (loaded, versions) = try reads.decode(Array(results.dropFirst()))
            for (program, version) in versions {
                loaded.programs[program] = try self.program(program, version)
            }
            return loaded
        } catch {
            throw failure(of: error, committing: false)
        }
    }

    package func commit(_ writes: BatchWrites, _ record: BatchRecord) throws(StoreFailure) {
        let origin = BatchCalls.Origin(boot: settings.boot, lane: settings.lane, record: record)
        let calls = BatchCalls(writes, origin: origin).calls + [Call(LaneReads.commit)]
        do {
            let tag = try connection().run(calls).last?.tag
            // A failed transaction answers COMMIT without an error.
            guard tag == "COMMIT" else { throw PostgresError.unexpected("the commit ended as \(tag ?? "nothing")") }
        } catch {
            if case PostgresError.disconnected = error { backendInDoubt = opened?.backend }
            throw failure(of: error, committing: true)
        }
    }

    package func rollback() throws(StoreFailure) {
        do {
            _ = try connection().run(Call(LaneReads.rollback))
        } catch {
            throw failure(of: error, committing: false)
        }
    }

    package func reconnect() throws(StoreFailure) {
        do {
            opened = nil
            opened = try Self.connect(settings)
        } catch {
            throw .unavailable(error.description)
        }
    }

    private func connection() throws(PostgresError) -> PostgresConnection {
        if let opened { return opened }
        let connection = try Self.connect(settings)
        opened = connection
        return connection
    }

    package func findAnswers(_ items: [LaneItem]) throws(StoreFailure) -> [EventID: Answer] {
        var found: [EventID: Answer] = [:]
        do {
            try waitForBackendInDoubt()
            // Nothing waits for a lock while it holds another.
            for account in Set(items.compactMap(\.account)) {
                _ = try connection().run([
                    Call(LaneReads.begin), Call(LaneReads.lockWaiting, BatchReads.accountColumns([account])),
                    Call(LaneReads.commit),
                ])
            }
            var ids = Column(.uuid)
            for item in items { ids.append(item.id) }
            guard let first = items.map(\.id).min(), let last = items.map(\.id).max() else { return [:] }
            let rows = try connection().run(
                Call(LaneReads.journaled, [Parameter(ids), Parameter(first), Parameter(last)])
            )
            let answers = try rows.map { (row) throws(PostgresError) in
                let event: EventID = try row.identifier()
                return Answer(
                    event: event,
                    decidedAt: try row.instant(),
                    decision: try row.journaled(),
                    codes: try row.answerCodes(),
                    isRepeated: false
                )
            }
            for answer in answers { found[answer.event] = answer }
            return found
        } catch {
            throw failure(of: error, committing: false)
        }
    }

    /// An account that is only being opened, and a request without one, leave no lock to wait for.
    private func waitForBackendInDoubt() throws(PostgresError) {
        guard let backend = backendInDoubt else { return }
        let isBusy = try connection().run(Call(LaneReads.isInTransaction, [Parameter(Int64(backend))]))
            .map { (row) throws(PostgresError) in try row.bool() }
        guard isBusy == [false] else { throw .unexpected("the session that was to commit has not ended") }
        backendInDoubt = nil
    }

    package func park(_ item: LaneItem, problem: String) throws(StoreFailure) {
        do {
            _ = try connection().run(
                BatchCalls.exception(
                    [(item.id, item.account, nil, nil, item.command.journalBytes, problem)]
                )
            )
        } catch {
            throw failure(of: error, committing: false)
        }
    }

    private func program(_ id: ProgramID, _ version: Int32) throws(PostgresError) -> Program {
        if let known = programs[id], known.version == version { return known }
        let rows = try connection().run(Call(LaneReads.programVersion, [Parameter(id), Parameter(version)]))
        let contents = try rows.map { (row) throws(PostgresError) -> Program in try row.journaled() }
        guard let program = contents.first else { throw .unexpected("a program has no such version") }
        programs[id] = program
        return program
    }

    /// Leaves the connection without a transaction and says what to do.
    private func failure(of error: any Error, committing: Bool) -> StoreFailure {
        guard let error = error as? PostgresError else { return .unavailable("\(error)") }
        switch error {
        case .disconnected(let problem):
            return committing ? .outcomeUnknown(problem) : .unavailable(problem)
        case .unexpected(let problem):
            return endTransaction() ?? .unavailable(problem)
        case .refused(let sqlState, let constraint):
            if let failure = endTransaction() { return failure }
            switch sqlState {
            case "55P03": return .locked
            case "40001", "40P01", "57014", "AV001": return .conflict(sqlState)
            case "23505" where constraint == "client_keys_are_unique": return .clientKeyTaken
            // Another transaction registered the token meanwhile: the next run finds it.
            case "23505" where constraint == "tokens_are_unique": return .conflict(sqlState)
            // Whom a new card or account names was suspended or closed since the request was looked at.
            case "23514" where constraint == "cardholder_is_active":
                return .contentRefused(error.description, .cardholderNotActive)
            // No partition takes the row: the database is not fit to serve, whatever the content.
            case "23514" where constraint.isEmpty: return .unavailable(error.description)
            default:
                let isContent = sqlState.hasPrefix("22") || sqlState.hasPrefix("23")
                return isContent ? .contentRefused(error.description) : .unavailable(error.description)
            }
        }
    }

    /// Nil when the connection is fit for the next batch.
    private func endTransaction() -> StoreFailure? {
        do {
            _ = try connection().run(Call(LaneReads.rollback))
            return nil
        } catch {
            return .unavailable(error.description)
        }
    }

    /// Keys are joined to indexes by nested loops, in the order in which the statements name the tables, whatever the
    /// planner thinks of the tables' sizes.
    static let nestedLoops: [(name: String, value: String)] = [
        ("plan_cache_mode", "force_generic_plan"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"),
        ("enable_seqscan", "off"), ("join_collapse_limit", "1"),
    ]

    static func sessionSettings(_ timeout: Duration) -> [(name: String, value: String)] {
        let limit = timeout.wholeMilliseconds
        return [
            ("synchronous_commit", "on"), ("timezone", "UTC"), ("jit", "off"),
            ("lock_timeout", "\(max(1, limit / 40))"), ("statement_timeout", "\(max(1, limit / 2))"),
            ("idle_in_transaction_session_timeout", "\(max(1, limit))"),
        ] + nestedLoops
    }

    private static func connect(_ settings: Settings) throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection(
            url: settings.url,
            timeout: settings.timeout,
            application: "aval lane",
            session: sessionSettings(settings.timeout)
        )
        let check = Statement(
            "durability",
            "SELECT current_setting('fsync')::bool AND current_setting('full_page_writes')::bool"
                + " AND NOT pg_is_in_recovery()"
        )
        let isDurable = try connection.run(Call(check)).map { (row) throws(PostgresError) in try row.bool() }
        guard isDurable == [true] else {
            throw .unexpected(
                "fsync or full_page_writes is off, or the server is in recovery: nothing would be durable"
            )
        }
        try connection.prepare(LaneReads.all + LaneWrites.all)
        return connection
    }
}
