import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Programs beside a ledger in memory.
final class InMemoryPrograms: ProgramStore {
    private struct Contents {
        var kept: [ProgramID: KeptProgram] = [:]
        var answers: [ClientKey: (fingerprint: [UInt8], answer: [UInt8])] = [:]
    }

    private let ledger: InMemoryLedger
    private let contents = Mutex(Contents())
    /// Whether old transactions never end.
    let isHeldUp: Bool
    /// Carries each write out in another process, once this one has found no stored answer.
    private let isOvertaken = Atomic(false)

    init(_ ledger: InMemoryLedger, isHeldUp: Bool = false) {
        self.ledger = ledger
        self.isHeldUp = isHeldUp
    }

    func program(_ id: ProgramID, of tenant: TenantID) async throws -> KeptProgram? {
        guard let program = ledger.program(id), program.tenant == tenant else { return nil }
        var kept = contents.withLock { $0.kept[id] } ?? KeptProgram(program: program, name: "old", needsApproval: false)
        kept.program = program
        return kept
    }

    func isTaken(bin: String, except program: ProgramID) async throws -> Bool {
        ledger.programs.contains { $0.id != program && ($0.bin.hasPrefix(bin) || bin.hasPrefix($0.bin)) }
    }

    func answer(to key: ClientKey) async throws -> (fingerprint: [UInt8], answer: [UInt8])? {
        contents.withLock { $0.answers[key] }
    }

    func isDecided(_ key: ClientKey) async throws -> Bool { ledger.isDecided(key) }

    /// Of a change that another store has written. False when the key was taken.
    func keep(_ keyed: KeyedAnswer) -> Bool {
        contents.withLock { contents in
            guard let request = keyed.request else { return true }
            guard contents.answers[request.key] == nil else { return false }
            contents.answers[request.key] = (request.fingerprint, keyed.answer)
            ledger.take(request.key)
            return true
        }
    }

    func write(_ write: ProgramWrite, _ signed: SignedWrite) async throws -> WriteOutcome {
        contents.withLock { contents in
            switch write {
            case .create(let kept):
                contents.kept[kept.program.id] = kept
                ledger.add(kept.program)
            case .change(let program, let needsApproval), .propose(let program, let needsApproval, _):
                var kept =
                    contents.kept[program.id] ?? KeptProgram(program: program, name: "old", needsApproval: false)
                if case .propose(_, _, let id) = write, let author = OperatorName(signed.name) {
                    kept.proposal = ProgramProposal(
                        id: id,
                        program: program,
                        needsApproval: needsApproval,
                        author: author,
                        proposedAt: .wallClock
                    )
                } else {
                    kept.needsApproval = needsApproval
                    ledger.add(program)
                }
                contents.kept[program.id] = kept
            case .approve(let proposal):
                contents.kept[proposal.program.id]?.proposal = nil
                contents.kept[proposal.program.id]?.needsApproval = proposal.needsApproval
                ledger.add(proposal.program)
            case .withdraw(let proposal):
                contents.kept[proposal.program.id]?.proposal = nil
            case .moveClock(let program): ledger.add(program)
            }
            if let request = signed.request {
                contents.answers[request.key] = (request.fingerprint, signed.answer)
                ledger.take(request.key)
            }
            return isOvertaken.load(ordering: .relaxed) ? .refused : .stored
        }
    }

    /// Of a request that another store carried out.
    func keep(_ request: ClientRequest?, _ answer: [UInt8]) {
        guard let request else { return }
        contents.withLock { $0.answers[request.key] = (request.fingerprint, answer) }
        ledger.take(request.key)
    }

    /// From now on another process is faster with each change.
    func overtake() { isOvertaken.store(true, ordering: .relaxed) }

    func waitUntilInForce(within limit: Duration) async throws -> Bool { !isHeldUp }

    func records(of tenant: TenantID, before: ActionID?, limit: Int) async throws -> [AuditRecord]? { [] }
}
