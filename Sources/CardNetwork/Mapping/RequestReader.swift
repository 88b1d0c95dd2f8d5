import AuthorizationCore
import ISO8583

/// Reads requests out of messages of one network.
struct RequestReader: Sendable {
    let profile: NetworkProfile

    /// - Parameter now: resolves DE 7, which has no year.
    func read(_ message: Message, now: Instant) -> NetworkRequest {
        let type = message.messageType
        guard !type.isResponse, type.function != .notification else { return .ignore }
        let isKept = message.movesMoney && message.mustBeAccepted
        do throws(Unacceptable) {
            guard profile.dialect.rule(for: type) != nil else { throw Unacceptable(.notSupported) }
            // What an advice or a reversal lacks only matters where it is needed.
            guard isKept || profile.dialect.missingElements(in: message).isEmpty else {
                throw Unacceptable(.formatError)
            }
            return try readSupported(message, now)
        } catch {
            return isKept ? kept(message, now) : .refuse(error.code)
        }
    }

    private func readSupported(_ message: Message, _ now: Instant) throws(Unacceptable) -> NetworkRequest {
        switch message.messageType.messageClass {
        case .authorization, .financial:
            return try message.isAdvice ? readAdvice(message, now) : readRequest(message, now)
        case .reversal: return try readReversal(message, now)
        case .network where !message.isAdvice: return try readManagement(message)
        // Text for people, and management that is only told.
        case .administrative, .network: return .acknowledge
        case .fileAction, .reconciliation, .feeCollection, nil: throw Unacceptable(.notSupported)
        }
    }

    private func readManagement(_ message: Message) throws(Unacceptable) -> NetworkRequest {
        switch message.digits(profile.dialect.edition.managementElement).flatMap({ profile.management[$0] }) {
        case .session(let code): return .manage(code)
        case .cutOver: return .acknowledge
        case .keyChange:
            guard profile.keys?.change != nil else { throw Unacceptable(.systemMalfunction) }
            return .changeKey
        case nil: throw Unacceptable(.invalidTransaction)
        }
    }

    private func readRequest(_ message: Message, _ now: Instant) throws(Unacceptable) -> NetworkRequest {
        var request = try facts(of: message)
        let mustMove = request.kind.flow != .none || request.purpose == .increment
        let billed = request.billing?.money.minorUnits ?? 1
        guard !mustMove || request.transaction.minorUnits > 0 && billed > 0 else { throw Unacceptable(.invalidAmount) }
        // Without its amount, cash would slip through under the limit for it.
        guard request.kind != .purchaseWithCashback || request.cashback > 0 else { throw Unacceptable(.formatError) }
        let identity = try identity(of: message, now)
        if request.purpose == .increment {
            guard let original = try incremented(by: message, now) else { throw Unacceptable(.formatError) }
            request.increment = Increment(of: original, mode: try incrementMode(of: message))
        }
        return .take(pan(of: message), .authorize(request), identity: identity)
    }

    private func readAdvice(_ message: Message, _ now: Instant) throws(Unacceptable) -> NetworkRequest {
        var request = try facts(of: message)
        let identity = try identity(of: message, now)
        let stated = try indicated(profile.indicators.adviceReason, by: message)
        let verdict = verdict(of: message)
        var (reason, original) = advised(by: message, stated, isDecline: verdict == .declined, now)
        if request.purpose == .increment, let incremented = try incremented(by: message, now) {
            request.increment = Increment(of: incremented, mode: try incrementMode(of: message))
            // What it names is what it adds to. An increment that was asked for has its own time, number and acquirer.
            reason = stated ?? .other
            let mayStandIn = reason == .standIn || reason == .other
            original = mayStandIn ? AuthorizationLink(keysOfAdvisedRequest(message, now)) : nil
        }
        // Where the network stood in, nothing to be paid was a question; else it is a final amount.
        if reason == .standIn, request.kind == .purchase, request.transaction.minorUnits == 0 {
            request.kind = .accountVerification
        }
        let advice = Advice(request: request, verdict: verdict, reason: reason, original: original)
        return .take(pan(of: message), .advise(advice), identity: identity)
    }

    private func verdict(of message: Message) -> Advice.Verdict {
        guard let code = message.text(39) else { return .approved(code: trimmedText(message, 38)) }
        if profile.responses.approvals.contains(code) { return .approved(code: trimmedText(message, 38)) }
        return profile.responses.refusals.contains(code) ? .declined : .unclear
    }

    private func incrementMode(of message: Message) throws(Unacceptable) -> Increment.Mode {
        try indicated(profile.indicators.incrementMode, by: message) ?? .delta
    }
}

extension Message {
    /// A decision that was taken elsewhere, or something else that is told and not asked.
    var isAdvice: Bool { messageType.function == .advice }
}
