import AuthorizationCore
import CardCryptography

/// Decides a batch's commands in order over the rows that were loaded, each seeing what the ones before it did, and
/// gathers what is to be written. Values in, values out.
struct BatchFold {
    private let clock: BatchClock
    private let programs: [ProgramID: Program]
    private let panIndexes: [CardID: [[UInt8]]]
    private let takenKeys: Set<ClientKey>
    private let stored: [AccountID: StoredAccount]
    private var states: [AccountID: AccountState]
    private var clientRecords: [ClientKey: ClientRecord]
    /// What messages were answered with.
    private var codes: [AccountKey: AnswerCodes]
    private var openExceptions: [EventID: OpenException]
    private var transfersInTransit: [TransferID: TransferInTransit]
    private var tokenOwners: [TokenKey: TokenOwner]
    private var cardNumbers: [CardID: PANVault.Sealed] = [:]
    private var pinReferences: [CardID: SealedPINReference] = [:]
    private var journal: [JournalRow] = []
    private var unrouted: [UnroutedRow] = []
    private var clientRows: [BatchWrites.ClientRow] = []

    /// What writing needs to know of an account as it was loaded.
    private struct StoredAccount {
        var sequence: Int64
        var status: AccountStatus
        var cards: [CardID: Card]
    }

    /// - Parameter loaded: taken over, not shared, so that what is decided changes the states where they are.
    init(_ loaded: consuming LoadedBatch, clock: BatchClock) {
        self.clock = clock
        programs = loaded.programs
        panIndexes = loaded.panIndexes
        takenKeys = loaded.takenKeys
        stored = loaded.states.compactMapValues { state in
            state.account.map { StoredAccount(sequence: $0.sequence, status: $0.status, cards: state.cards) }
        }
        states = loaded.states
        clientRecords = loaded.clientRecords
        codes = loaded.codes
        openExceptions = loaded.openExceptions
        transfersInTransit = loaded.transfersInTransit
        tokenOwners = loaded.tokenOwners
    }

    mutating func decide(_ item: LaneItem) -> Reply {
        if !item.mustBeAccepted && item.deadline <= clock.deadlineNow { return .late }
        if let repeated = answerFromClientRecord(item) { return repeated }
        guard let account = item.account else { return decideUnrouted(item) }
        switch judgement(on: item, account) {
        case .told(let reply): return reply
        case .decided(let decision, let command, let moment, let version):
            return record(decision, of: item, command, on: account, at: moment, version: version)
        }
    }

    private enum Judgement {
        /// Nothing is recorded.
        case told(Reply)
        case decided(Decision, Command, Moment, version: Int32)
    }

    private func judgement(on item: LaneItem, _ account: AccountID) -> Judgement {
        let state = states[account] ?? AccountState()
        guard item.command.opensAccount || state.account != nil else { return .told(.notFound) }
        if let tenant = item.tenant, let owner = state.account?.tenant, tenant != owner { return .told(.notFound) }
        let command = naming(tokenOf: item.command.resolved(in: state), on: account)
        if let repeated = answerFromMessageRecord(item, command.message, state, account) { return .told(repeated) }
        let program = state.account.flatMap { programs[$0.program] }
        if isOfOtherCard(item, command, state) { return .told(.misrouted) }
        if let refusal = refusal(of: item, on: account) {
            return .told(.refused(.refused(refusal), item.id, at: clock.now))
        }
        if isStale(item, command, state, program) { return .told(.misrouted) }
        let moment = clock.moment(notBefore: state.account?.decidedAt, program: program)
        let decision = AuthorizationCore.decide(command, state, program: program, at: moment, seed: item.seed)
        if case .refused = decision.outcome { return .told(.refused(decision, item.id, at: moment.now)) }
        return .decided(decision, command, moment, version: program?.version ?? 0)
    }

    /// Whether the number that was presented is not the card's any more.
    private func isOfOtherCard(_ item: LaneItem, _ command: Command, _ state: AccountState) -> Bool {
        guard let presented = item.panIndex, let card = command.card else { return false }
        return panIndexes[card]?.contains(presented) != true || state.cards[card] == nil
    }

    /// Whether proofs were verified with what does not hold any more.
    private func isStale(_ item: LaneItem, _ command: Command, _ state: AccountState, _ program: Program?) -> Bool {
        if let profile = item.profile, profile != command.card.flatMap({ state.cards[$0] })?.profile(in: program) {
            return true
        }
        guard case .authorize(let request) = command, let card = request.card, let facts = request.verification else {
            return false
        }
        return facts.pin?.isStale(for: state.pins[card]) == true || facts.chip?.isStale(for: state.pins[card]) == true
    }

    /// What rows beside the account's say against a command.
    private func refusal(of item: LaneItem, on account: AccountID) -> Refusal? {
        if let exception = item.command.settledException {
            // Settled once, whichever account it is settled on.
            guard let open = openExceptions[exception], open.allows(item.command, on: account, by: item.actor) else {
                return .transitionNotAllowed
            }
        }
        if let incoming = item.command.incomingTransfer,
            transfersInTransit[incoming.transfer]?.isCompleted(by: incoming, on: account) != true
        {
            return .transferNotInTransit
        }
        if case .cardCommand(.registerToken(let command)) = item.command,
            owner(of: command.index, beside: account) != nil
        {
            return .transitionNotAllowed
        }
        return nil
    }

    /// Tells the decision, which sees one account, of a token that is another one's. A deleted one pays for nobody, and
    /// its number may have been given out anew.
    private func naming(tokenOf command: Command, on account: AccountID) -> Command {
        guard case .authorize(var request) = command, let index = request.credential?.token?.index,
            let owner = owner(of: index, beside: account), owner.status != .deleted
        else { return command }
        request.isTokenOfOtherAccount = true
        return .authorize(request)
    }

    /// Nil where no other account of the same tenant has registered the token.
    private func owner(of token: [UInt8], beside account: AccountID) -> TokenOwner? {
        guard let tenant = states[account]?.account?.tenant,
            let owner = tokenOwners[TokenKey(tenant: tenant, index: token)], owner.account != account
        else { return nil }
        return owner
    }

    private mutating func noteTokens(_ decision: Decision, of account: AccountID) {
        for case .token(let token) in decision.changes {
            guard let tenant = states[account]?.account?.tenant else { return }
            let key = TokenKey(tenant: tenant, index: token.index)
            tokenOwners[key] = TokenOwner(account: account, status: token.status)
        }
    }

    private mutating func record(
        _ decision: Decision,
        of item: LaneItem,
        _ command: Command,
        on account: AccountID,
        at moment: Moment,
        version: Int32
    ) -> Reply {
        let codes = item.coding?(decision, item.command.request?.verification)
        let presentPIN = command.pinCard.flatMap { states[account]?.pins[$0]?.reference }
        var row = states[account, default: AccountState()].record(
            decision,
            of: command,
            event: item.id,
            on: account,
            at: moment,
            seed: item.seed,
            programVersion: version
        )
        row.actor = item.actor
        row.codes = codes?.stored
        journal.append(row)
        // A key that another message has keeps what that one was told.
        if let key = command.message?.key, states[account]?.keys[key]?.answer == decision.outcome {
            self.codes[AccountKey(account: account, key: key)] = codes?.stored
        }
        if let card = command.issuedCard { cardNumbers[card] = item.cardNumber }
        if let card = command.pinCard, let pin = states[account]?.pins[card], pin.reference != presentPIN {
            pinReferences[card] = item.pinReference
        }
        if let client = item.client { noteRequest(client, row) }
        noteTokens(decision, of: account)
        if let exception = item.command.settledException { openExceptions[exception] = nil }
        if let incoming = item.command.incomingTransfer { transfersInTransit[incoming.transfer] = nil }
        return .decided(
            Answer(event: item.id, decidedAt: moment.now, decision: decision, codes: codes, isRepeated: false)
        )
    }

    private mutating func noteRequest(_ client: ClientRequest, _ row: JournalRow) {
        clientRecords[client.key] = ClientRecord(
            fingerprint: client.fingerprint,
            event: row.event,
            decidedAt: row.moment.now,
            decision: row.decision
        )
        clientRows.append(
            BatchWrites.ClientRow(
                request: client,
                event: row.event,
                account: row.account,
                decidedAt: row.moment.now,
                decisionBytes: row.decisionBytes
            )
        )
    }

    private func answerFromClientRecord(_ item: LaneItem) -> Reply? {
        guard let client = item.client else { return nil }
        if takenKeys.contains(client.key) { return .keyConflict }
        guard let known = clientRecords[client.key] else { return nil }
        guard known.fingerprint == client.fingerprint else { return .keyConflict }
        return .decided(
            Answer(event: known.event, decidedAt: known.decidedAt, decision: known.decision, isRepeated: true)
        )
    }

    /// A request whose key has other content is refused; a reversal goes on to `decide`, which keeps it.
    private func answerFromMessageRecord(
        _ item: LaneItem,
        _ message: MessageIdentity?,
        _ state: AccountState,
        _ account: AccountID
    ) -> Reply? {
        guard let message, let known = state.keys[message.key], let answer = known.answer else { return nil }
        guard message.hasContent(of: known) else { return item.mustBeAccepted ? nil : .keyConflict }
        return .decided(
            Answer(
                event: item.id,
                decidedAt: clock.now,
                decision: Decision(answer),
                codes: codes[AccountKey(account: account, key: message.key)],
                isRepeated: true
            )
        )
    }

    private mutating func decideUnrouted(_ item: LaneItem) -> Reply {
        let moment = clock.moment(notBefore: nil, program: nil)
        let decision = AuthorizationCore.decide(
            item.command,
            AccountState(),
            program: nil,
            at: moment,
            seed: item.seed
        )
        let codes = item.coding?(decision, item.command.request?.verification)
        unrouted.append(
            UnroutedRow(
                event: item.id,
                commandBytes: item.command.journalBytes,
                outcome: decision.outcome,
                decisionBytes: decision.journalBytes,
                moment: moment,
                seed: item.seed,
                codes: codes?.stored
            )
        )
        return .decided(
            Answer(event: item.id, decidedAt: moment.now, decision: decision, codes: codes, isRepeated: false)
        )
    }
}

extension Reply {
    fileprivate static func refused(_ decision: Decision, _ event: EventID, at now: Instant) -> Reply {
        .decided(Answer(event: event, decidedAt: now, decision: decision, isRepeated: false))
    }
}

extension Card {
    fileprivate func profile(in program: Program?) -> ProfileVersion? {
        program.map { ProfileVersion(card: profileVersion, status: status, program: $0.version) }
    }
}

extension BatchFold {
    /// What the batch changes, each row once, with the final state of the fold.
    func writes() -> BatchWrites {
        var writes = BatchWrites()
        writes.journal = journal
        writes.unrouted = unrouted
        writes.clientRows = clientRows.sorted { $0.request.key < $1.request.key }
        var touched: [AccountID: TouchedRows] = [:]
        for row in journal {
            touched[row.account, default: TouchedRows()].add(row.decision.changes)
            for case .transfer(let transfer) in row.decision.changes {
                guard let program = states[row.account]?.account?.program else { continue }
                let value = BatchWrites.TransferRow(
                    transfer: transfer,
                    program: program,
                    event: row.event,
                    sequence: row.sequence,
                    moment: row.moment
                )
                writes.transfers.append(BatchWrites.AccountRow(account: row.account, value: value))
            }
        }
        for (account, rows) in touched.sorted(by: { $0.key < $1.key }) {
            guard let state = states[account], let current = state.account else { continue }
            let stored = stored[account]
            if let stored {
                writes.changedAccounts.append((current, stored.sequence))
                if stored.status != current.status { writes.restatedAccounts.append(account) }
            } else {
                writes.openedAccounts.append(current)
            }
            rows.append(to: &writes, account: current, state: state, codes: codes)
            rows.appendCards(
                to: &writes,
                account: current,
                state: state,
                numbers: cardNumbers,
                stored: stored?.cards ?? [:]
            )
            rows.appendPINs(to: &writes, account: current, state: state, pinReferences)
        }
        writes.tokens.sort { $0.value.token.index.lexicographicallyPrecedes($1.value.token.index) }
        return writes
    }
}
