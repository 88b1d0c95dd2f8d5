import AuthorizationCore
import CardCryptography

extension AccountState {
    /// Takes a decision in and makes its journal row. Serving and replay both go through here.
    package mutating func record(
        _ decision: Decision,
        of command: Command,
        event: EventID,
        on account: AccountID,
        at moment: Moment,
        seed: UInt64,
        programVersion: Int32
    ) -> JournalRow {
        let previous = self.account
        apply(decision.changes)
        guard var current = self.account else { preconditionFailure("a journaled command has its account") }
        let commandBytes = command.journalBytes
        let decisionBytes = decision.journalBytes
        current.sequence = (previous?.sequence ?? 0) + 1
        current.decidedAt = moment.now
        var chained = ByteWriter(reserving: 96 + commandBytes.count + decisionBytes.count)
        chained.write(previous?.stateHash ?? [UInt8](repeating: 0, count: Digest.byteCount))
        chained.write(current.sequence)
        chained.write(event)
        chained.write(moment)
        chained.write(word: seed)
        chained.write(Int64(programVersion))
        chained.write(commandBytes)
        chained.write(decisionBytes)
        current.stateHash = Digest.sha256(chained.bytes)
        self.account = current
        return JournalRow(
            event: event,
            account: account,
            sequence: current.sequence,
            command: command,
            commandBytes: commandBytes,
            decision: decision,
            decisionBytes: decisionBytes,
            moment: moment,
            seed: seed,
            programVersion: programVersion,
            stateHash: current.stateHash
        )
    }
}
