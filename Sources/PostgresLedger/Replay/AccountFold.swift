import AuthorizationCore
import AuthorizationEngine

/// What is wrong with a journal row.
enum JournalProblem {
    /// The sequence number that should follow; a lower one than found means that rows are missing.
    case sequence(expected: Int64)
    case unknownFormat(Int16)
    /// A column says something else than the bytes.
    case column(String, expected: String, found: String)
    /// Bytes of the command or the decision that cannot be read, or are not the ones that their value gives.
    case unreadable(part: String, problem: String)
    case timeWentBack(last: Instant)
    case program(version: Int32, problem: String)
    /// What was journaled, and what the command gives when it is decided again.
    case decision(journaled: Decision, again: Decision)
    case cannotApply(String)
    case stateHash(expected: [UInt8], found: [UInt8])
}

/// A journal row, what it says, and what is wrong with it.
struct FoldedRow {
    var row: JournaledRow
    var command: Command?
    /// As journaled.
    var decision: Decision?
    var problems: [JournalProblem] = []
}

/// Rebuilds one account from its journal, deciding every command again on the way.
///
/// The state is the fold of what was *journaled*, as long as that can be applied: it is what happened. A decision
/// whose bytes were damaged is replaced by the one decided again when only that one gives the chained state hash.
struct AccountFold {
    let account: AccountID
    private(set) var state = AccountState()
    private(set) var lastSequence: Int64 = 0
    /// Set once a row was missing or unreadable. The rows after it are still read, but nothing can be decided on.
    private(set) var isBroken = false

    init(_ account: AccountID) { self.account = account }

    /// - Parameter snapshot: where to begin; nil, or one that cannot be read, is the account's first row.
    init(_ account: AccountID, after snapshot: AccountSnapshot?) {
        self.account = account
        guard let snapshot, let state = snapshot.state else { return }
        self.state = state
        lastSequence = snapshot.sequence
    }

    mutating func take(_ row: JournaledRow, _ programs: ProgramVersions) throws(PostgresError) -> FoldedRow {
        var folded = FoldedRow(row: row)
        checkPlace(&folded)
        read(&folded)
        guard !isBroken, let command = folded.command else {
            isBroken = true
            return folded
        }
        let again = try decideAgain(command, &folded, programs)
        guard let decision = choose(command, again, &folded) else {
            isBroken = true
            return folded
        }
        let recorded = Self.record(decision, of: command, row, on: account, in: &state)
        checkColumns(recorded, &folded)
        if recorded.stateHash != row.stateHash {
            folded.problems.append(.stateHash(expected: recorded.stateHash, found: row.stateHash))
        }
        // The next row was chained to what is stored: one damaged row shall not make all later ones differ.
        state.account?.stateHash = row.stateHash
        return folded
    }

    private mutating func checkPlace(_ folded: inout FoldedRow) {
        if folded.row.sequence != lastSequence + 1 {
            folded.problems.append(.sequence(expected: lastSequence + 1))
            isBroken = true
        }
        lastSequence = folded.row.sequence
        if let last = state.account?.decidedAt, folded.row.moment.now < last {
            folded.problems.append(.timeWentBack(last: last))
        }
    }

    private func read(_ folded: inout FoldedRow) {
        guard folded.row.format == JournaledRow.knownFormat else {
            folded.problems.append(.unknownFormat(folded.row.format))
            return
        }
        folded.command = value(of: folded.row.commandBytes, "command", &folded)
        folded.decision = value(of: folded.row.decisionBytes, "decision", &folded)
    }

    private func value<Value: Journaled>(
        of bytes: [UInt8],
        _ part: String,
        _ folded: inout FoldedRow
    ) -> Value? {
        do throws(JournalError) {
            let value = try Value(journalBytes: bytes)
            if value.journalBytes != bytes {
                folded.problems.append(.unreadable(part: part, problem: "not the form that this build writes"))
            }
            return value
        } catch {
            folded.problems.append(.unreadable(part: part, problem: error.description))
            return nil
        }
    }

    /// Nil when the command cannot be decided at all.
    private func decideAgain(
        _ command: Command,
        _ folded: inout FoldedRow,
        _ programs: ProgramVersions
    ) throws(PostgresError) -> Decision? {
        if let problem = Soundness.problem(of: command) {
            folded.problems.append(.unreadable(part: "command", problem: problem))
            return nil
        }
        var program: Program?
        if let account = state.account {
            switch try programs.find(account.program, version: folded.row.programVersion) {
            case .program(let found): program = found
            case .missing:
                folded.problems.append(.program(version: folded.row.programVersion, problem: "not there"))
                return nil
            case .damaged(let problem):
                folded.problems.append(.program(version: folded.row.programVersion, problem: problem))
                return nil
            }
        }
        let again = decide(command, state, program: program, at: folded.row.moment, seed: folded.row.seed)
        if let journaled = folded.decision, journaled.journalBytes != again.journalBytes {
            folded.problems.append(.decision(journaled: journaled, again: again))
        }
        return again
    }

    /// The decision that is taken in: nil when there is none that can be.
    private func choose(_ command: Command, _ again: Decision?, _ folded: inout FoldedRow) -> Decision? {
        var problem = "there is no decision"
        var sound: [Decision] = []
        for decision in [folded.decision, again] {
            guard let decision, sound.first != decision else { continue }
            if let unsound = Soundness.problem(of: decision, on: state, of: account) {
                problem = unsound
            } else {
                sound.append(decision)
            }
        }
        if sound.isEmpty { folded.problems.append(.cannotApply(problem)) }
        guard sound.count > 1 else { return sound.first }
        // Only what the hash is made of: a copy of everything for each row would take the square of the time.
        var small = AccountState()
        small.account = state.account
        small.balances = state.balances
        return sound.first { decision in
            var trial = small
            let recorded = Self.record(decision, of: command, folded.row, on: account, in: &trial)
            return recorded.stateHash == folded.row.stateHash
        } ?? sound.first
    }

    private static func record(
        _ decision: Decision,
        of command: Command,
        _ row: JournaledRow,
        on account: AccountID,
        in state: inout AccountState
    ) -> JournalRow {
        state.record(
            decision,
            of: command,
            event: row.event,
            on: account,
            at: row.moment,
            seed: row.seed,
            programVersion: row.programVersion
        )
    }

    private func checkColumns(_ expected: JournalRow, _ folded: inout FoldedRow) {
        let row = folded.row
        if row.kind != Int16(expected.command.code) {
            folded.problems.append(.column("kind", expected: "\(expected.command.code)", found: "\(row.kind)"))
        }
        if row.authorization != expected.authorization {
            func text(_ id: AuthorizationID?) -> String { id?.description ?? "none" }
            folded.problems.append(
                .column(
                    "authorization_id",
                    expected: text(expected.authorization),
                    found: text(row.authorization)
                )
            )
        }
        if row.shard != Int16(account.shard.number) {
            folded.problems.append(.column("shard", expected: "\(account.shard.number)", found: "\(row.shard)"))
        }
    }
}
