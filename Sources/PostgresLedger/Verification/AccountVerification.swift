import AuthorizationCore
import AuthorizationEngine

/// Proves one account: row after row of its journal, and in the end what is stored beside it.
struct AccountVerification {
    let account: AccountID
    private(set) var fold: AccountFold
    private(set) var transferFold = TransferFold()
    private var hasProgramProblem = false
    /// Not yet compared.
    private(set) var snapshots: [Int64: AccountSnapshot]
    /// Journal rows that must have an entry in the exception table.
    private(set) var exceptions: [(event: EventID, reason: ExceptionReason)] = []
    /// Journal rows that settle an exception.
    private(set) var settlements: [(event: EventID, command: Command)] = []
    /// Journal rows that are halves of a transfer between customers.
    private(set) var transferHalves: [TransferHalf] = []

    /// - Parameter snapshots: by sequence number.
    init(_ account: AccountID, snapshots: [Int64: AccountSnapshot]) {
        self.account = account
        self.snapshots = snapshots
        fold = AccountFold(account)
    }

    /// - Parameter transfers: all that name the row's account and sequence number.
    mutating func take(
        _ row: JournaledRow,
        transfers: [TransferRow],
        _ programs: ProgramVersions,
        into report: inout VerificationReport
    ) throws(PostgresError) {
        let wasBroken = fold.isBroken
        let folded = try fold.take(row, programs)
        report.journalRows += 1
        let subject = "\(account) seq \(row.sequence) \(row.event)"
        for problem in folded.problems {
            let kind = problem.kind
            // The same would be said of every row that follows.
            if wasBroken && kind == .sequenceBroken || hasProgramProblem && kind == .programUnusable { continue }
            hasProgramProblem = hasProgramProblem || kind == .programUnusable
            let text = problem.text
            report.add(kind, "\(subject) (\(text.problem))", expected: text.expected, found: text.found)
        }
        compare(transfers, with: folded, into: &report)
        compareSnapshot(into: &report)
        if case .acknowledged(.exception(let reason), _)? = folded.decision?.outcome {
            exceptions.append((row.event, reason))
        }
        if let command = folded.command, command.settledException != nil { settlements.append((row.event, command)) }
        if let half = TransferHalf(folded, on: account) { transferHalves.append(half) }
    }

    private mutating func compareSnapshot(into report: inout VerificationReport) {
        guard let snapshot = snapshots.removeValue(forKey: fold.lastSequence), !fold.isBroken else { return }
        guard snapshot.format != AccountSnapshot.knownFormat || snapshot.stateBytes != fold.state.journalBytes else {
            return
        }
        report.add(
            .snapshotDiffers,
            "snapshot of \(account) seq \(snapshot.sequence)",
            expected: "the state that its journal gives",
            found: "another"
        )
    }

    /// Takes a transfer that no journal row accounts for.
    mutating func takeUnfounded(_ transfer: TransferRow, into report: inout VerificationReport) {
        count(transfer, into: &report)
        report.add(
            .transferUnfounded,
            "\(transfer.id) of \(account) seq \(transfer.sequence)",
            expected: "a journal row that makes it",
            found: "none"
        )
    }

    private mutating func count(_ transfer: TransferRow, into report: inout VerificationReport) {
        report.transfers += 1
        transferFold.add(transfer)
    }

    private mutating func compare(
        _ transfers: [TransferRow],
        with folded: FoldedRow,
        into report: inout VerificationReport
    ) {
        var rest = Dictionary(transfers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let program = fold.state.account?.program
        for case .transfer(let transfer) in folded.decision?.changes ?? [] {
            guard let stored = rest.removeValue(forKey: transfer.id) else {
                report.add(
                    .transferMissing,
                    "\(transfer.id) of \(account) seq \(folded.row.sequence)",
                    expected: "\(transfer.amount) \(transfer.balance.currency.alphabetic)",
                    found: "no such row"
                )
                continue
            }
            count(stored, into: &report)
            guard let program else { continue }
            let expected = TransferRow(transfer, of: folded.row, program: program)
            if stored != expected {
                report.addDifference(
                    .transferDiffers,
                    "\(stored.id) of \(account) seq \(stored.sequence)",
                    expected: expected,
                    found: stored
                )
            }
        }
        for transfer in transfers where rest[transfer.id] != nil { takeUnfounded(transfer, into: &report) }
    }
}

extension JournalProblem {
    var kind: Offence.Kind {
        switch self {
        case .sequence: .sequenceBroken
        case .unknownFormat, .unreadable: .journalUnreadable
        case .column, .timeWentBack: .journalColumn
        case .program: .programUnusable
        case .decision, .cannotApply: .decisionDiffers
        case .stateHash: .stateHashDiffers
        }
    }
}
