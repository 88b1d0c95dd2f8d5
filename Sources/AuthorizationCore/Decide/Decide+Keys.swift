/// What is known under the names that a message gives to an earlier one.
struct FoundOriginal {
    /// Nil when the authorization was named by its identifier.
    var record: (key: RequestKey, value: KeyRecord)?
    /// Nil while a reversal waits for the message, and for a message that belongs to no authorization.
    var authorization: Authorization?

    var answer: Outcome? { record?.value.answer }

    /// A reversal came before the message, or before the decision on it.
    var isReversedBeforeArrival: Bool {
        guard let record else { return false }
        if isDeclined, authorization?.status == .reversed { return true }
        if case .declined(.reversedBeforeArrival, _)? = record.value.answer { return true }
        return record.value.answer == nil && record.value.authorization == nil
    }

    var isDeclined: Bool { record?.value.isDecline == true }

    /// A reversal, an advice whose money is kept under the message that it names, or one that was kept as an exception:
    /// nothing of its own can be taken back.
    var isUnapplied: Bool {
        guard case .acknowledged(let acknowledgement, _)? = answer else { return false }
        switch acknowledgement {
        case .applied, .nothingLeft, .waitsForOriginal, .exception: return true
        case .recorded, .recordedIncrement: return false
        }
    }

    /// What an increment added to its authorization.
    struct Added {
        var key: RequestKey
        var amounts: ApprovedAmounts
        private var record: KeyRecord

        /// Nil unless the message is an increment that was approved.
        fileprivate init?(_ key: RequestKey, _ record: KeyRecord) {
            guard let amounts = record.answer?.added else { return nil }
            self.amounts = amounts
            self.key = key
            self.record = record
        }

        /// The record once a part was given back, so that nothing is given back twice.
        func record(leaving amount: Int64) -> KeyRecord {
            var left = amounts
            left.transaction.minorUnits = amount
            left.billing.minorUnits =
                amounts.billing.minorUnits.scaled(by: amount, over: amounts.transaction.minorUnits) ?? 0
            var record = record
            switch record.answer {
            case .approved(var approval):
                approval.extent = .added(left)
                record.answer = .approved(approval)
            case .acknowledged(_, let id): record.answer = .acknowledged(.recordedIncrement(left), id)
            case .declined, .done, .refused, nil: break
            }
            return record
        }
    }

    var added: Added? { record.flatMap { Added($0.key, $0.value) } }
}

extension DecisionContext {
    /// Nil when nothing is known under any of the link's names. The first that leads to an authorization counts, else
    /// the first that is known.
    func find(_ link: AuthorizationLink) -> FoundOriginal? {
        switch link {
        case .authorization(let id):
            return state.authorizations[id].map { FoundOriginal(authorization: $0) }
        case .message, .references: return find(among: link.keys)
        }
    }

    func find(among keys: [RequestKey]) -> FoundOriginal? {
        var known: FoundOriginal?
        for key in keys {
            guard let record = state.keys[key] else { continue }
            let authorization = record.authorization.flatMap { state.authorizations[$0] }
            let found = FoundOriginal(record: (key, record), authorization: authorization)
            if authorization != nil { return found }
            known = known ?? found
        }
        return known
    }

    func remember(_ request: AuthorizationRequest, in decision: inout Decision) {
        guard let record = remember(request.message, in: &decision) else { return }
        add(request.transactionKey, record, to: &decision, settling: !isOfEarlierPayment(request))
        guard case .approved(let approval) = decision.outcome else { return }
        add(request.approvalKey(approval.codeText), record, to: &decision, settling: false)
    }

    /// Whether its network transaction is that of a payment which it only follows from: a message that is waited for under
    /// the name, because the payment was approved in our stead, is another one. But of the same amount within a day it is
    /// taken for that message itself.
    func isOfEarlierPayment(_ request: AuthorizationRequest) -> Bool {
        guard request.isMerchants, let record = request.transactionKey.flatMap({ state.keys[$0] }),
            let id = record.authorization
        else { return false }
        guard record.fingerprint.isEmpty, let earlier = state.authorizations[id] else { return true }
        return earlier.approved != request.transaction || earlier.createdAt + .seconds(86_400) < moment.now
    }

    func remember(_ advice: Advice, in decision: inout Decision) {
        guard let record = remember(advice.request.message, in: &decision) else { return }
        add(advice.request.transactionKey, record, to: &decision, settling: false)
        add(advice.approvalKey, record, to: &decision, settling: false)
    }

    /// Keeps the answer for repeats of the message and for what names it later, unless the key belongs to another
    /// message already.
    ///
    /// - Returns: what further names of the message lead to; nil when it has none.
    @discardableResult
    func remember(_ message: MessageIdentity?, in decision: inout Decision) -> KeyRecord? {
        guard let message else { return nil }
        let authorization: AuthorizationID?
        var hasNames = false
        switch decision.outcome {
        // What was added is given back once: an increment is known by its message alone.
        case .approved(let approval):
            (authorization, hasNames) = (approval.authorization, decision.outcome.added == nil)
        case .declined(_, let id), .acknowledged(.recorded, let id): (authorization, hasNames) = (id, id != nil)
        case .acknowledged(.exception(.keyReusedWithOtherContent), _), .done, .refused: return nil
        case .acknowledged(_, let id): authorization = id
        }
        let record = KeyRecord(fingerprint: message.fingerprint, authorization: authorization, answer: decision.outcome)
        decision.changes.append(.key(message.key, record.following(state.keys[message.key])))
        return hasNames ? record : nil
    }

    /// The first message keeps a name that others may use, unless it was declined.
    ///
    /// - Parameter settling: whether the message is what may be waited for under the name.
    private func add(_ key: RequestKey?, _ record: KeyRecord, to decision: inout Decision, settling: Bool) {
        guard let key, !decision.names(key) else { return }
        let known = state.keys[key]
        if known == nil || known?.isDecline == true || settling && known?.answer == nil {
            decision.changes.append(.key(key, record.following(known)))
        }
    }
}

extension Decision {
    /// Whether it says already what is known under the key.
    fileprivate func names(_ key: RequestKey) -> Bool {
        changes.contains { if case .key(key, _) = $0 { true } else { false } }
    }
}

extension KeyRecord {
    var isDecline: Bool { if case .declined? = answer { true } else { false } }

    /// This record in the place of one that may be stored. What a reversal or advice that came earlier has put under
    /// the name stays there.
    fileprivate func following(_ known: KeyRecord?) -> KeyRecord {
        var record = self
        if let known, known.answer == nil { record.authorization = known.authorization ?? authorization }
        record.version = known?.version ?? 0
        return record
    }
}

extension AuthorizationRequest {
    /// Whether the amount is not final: increments and a completion may follow.
    var expectsCompletion: Bool {
        switch purpose {
        case .preAuthorization, .estimated, .statusCheck: true
        case .final, .increment, .noShow, .delayedCharge, .resubmission, .deferred: false
        }
    }

    /// What is to be cleared in parts; nil when it is cleared as a whole, or posted at once.
    var instalmentsToClear: InstalmentProgress? {
        guard !isSingleMessage, kind.flow == .debit, let instalments, instalments.funding == .merchant else {
            return nil
        }
        return InstalmentProgress(count: instalments.count)
    }

    /// Kept for increments, which must come from the same; nil when none may follow.
    var acceptor: Acceptor? { message != nil && expectsCompletion ? Acceptor(merchant) : nil }

    /// The key by reference and approval code that an approval with this seed will have; nil when it will have none.
    package func approvalKey(seed: UInt64) -> RequestKey? {
        var identifiers = IdentifierSource(seed: seed, instant: .distantPast, shard: Shard(truncating: 0))
        // The authorization's own comes first.
        _ = identifiers.word()
        return approvalKey(Approval.text(ofCode: identifiers.approvalCode()))
    }

    /// The key by reference and approval code, for a network's hold that something may follow under it. Not for others: a
    /// row more for each payment would be dear.
    fileprivate func approvalKey(_ code: String) -> RequestKey? {
        guard message != nil, !isSingleMessage, expectsCompletion || isNamedByApproval else { return nil }
        return references.approvalKey(network: network, approvalCode: code)
    }
}

extension IdentifierSource {
    /// Six digits as a number.
    mutating func approvalCode() -> UInt32 { UInt32(truncatingIfNeeded: word() % 1_000_000) }
}
