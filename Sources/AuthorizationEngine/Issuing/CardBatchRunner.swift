import AuthorizationCore
import Logging
import Synchronization

/// Makes the cards of batches through their accounts' lanes, as single cards are made. Any number of processes may run
/// one: a row that two of them carry out, or one before and one after a crash, makes one card.
package final class CardBatchRunner: Sendable {
    /// Rows taken at once. Within a lease all of them are done, or left for later.
    private static let rowsAtOnce = 32
    /// Commands under way at once: the lanes have payments to carry.
    private static let commandsAtOnce = 16
    /// For which a lane has a command. Nobody waits for it.
    private static let longestWait = Duration.seconds(2)

    private let engine: AuthorizationEngine
    private let issuer: CardIssuer
    private let reader: any LedgerReader
    private let store: any CardBatchStore
    private let logger: Logger
    private let counts = Mutex((issued: 0, failed: 0, postponed: 0))

    package init(
        engine: AuthorizationEngine,
        issuer: CardIssuer,
        reader: any LedgerReader,
        store: any CardBatchStore,
        logger: Logger
    ) {
        self.engine = engine
        self.issuer = issuer
        self.reader = reader
        self.store = store
        self.logger = logger
    }

    /// Until no row waits. What cannot be done now comes again when its lease has run out.
    package func run() async {
        do {
            while !Task.isCancelled {
                let began = Instant.wallClock
                let tasks = try await store.take(Self.rowsAtOnce)
                guard !tasks.isEmpty else { return }
                let programs = try await programs(of: tasks)
                var done = 0
                for start in stride(from: 0, to: tasks.count, by: Self.commandsAtOnce) {
                    let part = tasks[start...].prefix(Self.commandsAtOnce)
                    let results = await carryOut(part, programs)
                    // At once: what is known need not be found out again, whatever becomes of the rest.
                    try await store.settle(results, began: began)
                    count(results, of: part)
                    done += results.count
                }
                // Lanes that are full are given some time.
                if done == 0 { return }
            }
        } catch {
            logger.warning("batches of cards could not be gone on with", metadata: ["problem": "\(error)"])
        }
    }

    private func programs(of tasks: [CardBatchTask]) async throws -> [ProgramID: Program] {
        var programs: [ProgramID: Program] = [:]
        for tenant in Set(tasks.map(\.tenant)) {
            for program in try await reader.programs(of: tenant) { programs[program.id] = program }
        }
        return programs
    }

    private func carryOut(
        _ tasks: ArraySlice<CardBatchTask>,
        _ programs: [ProgramID: Program]
    ) async -> [(task: CardBatchTask, result: CardBatchResult)] {
        await withTaskGroup(of: (task: CardBatchTask, result: CardBatchResult?).self) { group in
            for task in tasks {
                let program = programs[task.row.program]
                group.addTask { (task, await self.result(of: task, program)) }
            }
            return await group.reduce(into: []) { all, one in
                if let result = one.result { all.append((one.task, result)) }
            }
        }
    }

    /// Nil when it is to be tried again.
    private func result(of task: CardBatchTask, _ program: Program?) async -> CardBatchResult? {
        if let lastFour = task.lastFour { return .issued(lastFour: lastFour) }
        guard let program else { return .failed(.programNotFound) }
        guard task.allowsCard else { return .failed(.cardholderNotActive) }
        if let opening = task.row.opening, !task.isAccountOpen {
            let origin = task.origin("account", within: Self.longestWait)
            let reply = await engine.perform(
                .openAccount(opening),
                on: task.row.account,
                tenant: origin.tenant,
                actor: origin.actor,
                client: origin.client,
                within: origin.limit,
                isBackground: true
            )
            switch reply.stage {
            case .done: break
            case .failed(let refusal): return .failed(refusal)
            case .postponed: return nil
            }
        }
        return await card(of: task, program)
    }

    private func card(of task: CardBatchTask, _ program: Program) async -> CardBatchResult? {
        let origin = task.origin("card", within: Self.longestWait)
        do {
            let reply = try await issuer.perform(task.row.card, on: task.row.account, program, origin) {
                .issueCard($0.with(task.row.terms, task.row.cardholder))
            }
            switch reply.stage {
            case .done(let decision):
                return decision.issuedCard.map { .issued(lastFour: $0.lastFour) } ?? .failed(nil)
            case .failed(let refusal): return .failed(refusal)
            case .postponed: return nil
            }
        } catch is CardIssuer.ValidityTooLong {
            return .failed(nil)
        } catch {
            // The vault is being looked after.
            return nil
        }
    }

    private func count(
        _ results: [(task: CardBatchTask, result: CardBatchResult)],
        of tasks: ArraySlice<CardBatchTask>
    ) {
        let issued = results.count(where: \.result.isIssued)
        counts.withLock { counts in
            counts.issued += issued
            counts.failed += results.count - issued
            counts.postponed += tasks.count - results.count
        }
        guard results.count < tasks.count else { return }
        logger.warning("rows of batches are tried again", metadata: ["count": "\(tasks.count - results.count)"])
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let counts = counts.withLock { $0 }
        return """
            # HELP aval_card_batch_rows_total Rows of batches of cards, by what became of them.
            # TYPE aval_card_batch_rows_total counter
            aval_card_batch_rows_total{result="issued"} \(counts.issued)
            aval_card_batch_rows_total{result="failed"} \(counts.failed)
            aval_card_batch_rows_total{result="postponed"} \(counts.postponed)

            """
    }
}

extension CardBatchTask {
    /// Each half of a row has a key of its own, which no client can send: theirs have no space.
    fileprivate func origin(_ part: String, within limit: Duration) -> CommandOrigin {
        let text = "\(batch) \(row.number) \(part)"
        let client = ClientRequest(key: ClientKey(tenant: tenant, text: text), fingerprint: Array(text.utf8))
        return CommandOrigin(tenant: tenant, actor: actor, client: client, limit: limit, isBackground: true)
    }
}

extension CardBatchResult {
    fileprivate var isIssued: Bool {
        switch self {
        case .issued: true
        case .failed, .cancelled: false
        }
    }
}

/// What a lane's reply means for a row.
private enum RowStage {
    case done(Decision)
    case failed(Refusal?)
    case postponed
}

extension Reply {
    fileprivate var stage: RowStage {
        switch self {
        case .decided(let answer):
            if case .refused(let refusal) = answer.decision.outcome { return .failed(refusal) }
            return .done(answer.decision)
        case .notFound: return .failed(.accountNotFound)
        case .keyConflict, .failed: return .failed(nil)
        case .misrouted, .late, .refused: return .postponed
        }
    }
}

extension Decision {
    fileprivate var issuedCard: Card? {
        for case .card(let card) in changes { return card }
        return nil
    }
}
