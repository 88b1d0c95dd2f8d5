import AuthorizationCore
import CardCryptography
import ISO8583

extension RequestReader {
    func readReversal(_ message: Message, _ now: Instant) throws(Unacceptable) -> NetworkRequest {
        let isPartial = isPartial(message)
        let currency = transactionCurrency(of: message)
        let newTotal = isPartial ? currency.flatMap { total(after: message, in: $0) } : nil
        let reversal = Reversal(
            target: reversed(by: message, now),
            newTotal: newTotal,
            isUnclear: isPartial && newTotal == nil || message.contains(49) && currency == nil,
            currency: currency,
            told: reversalFacts(of: message)
        )
        return .take(pan(of: message), .reverse(reversal), identity: try identity(of: message, now))
    }

    /// As far as they can be read.
    func reversalFacts(of message: Message) -> ReversalFacts {
        let reason: Int
        switch profile.dialect.edition {
        case .iso1987: reason = 39
        case .iso1993: reason = 25
        }
        return ReversalFacts(
            amount: readableAmount(of: message),
            reason: trimmedText(message, reason),
            references: readableReferences(of: message)
        )
    }

    /// Whether a reversal leaves something of its original: since 1993 by the function code, of which 400 alone says
    /// that all is reversed.
    private func isPartial(_ message: Message) -> Bool {
        switch profile.dialect.edition {
        case .iso1987: message.contains(95)
        case .iso1993: message.digits(24) != 400
        }
    }

    /// What the transaction amounts to after a reversal of a part; nil when that cannot be read.
    private func total(after message: Message, in currency: Currency) -> Int64? {
        let amount: Int64?
        switch profile.dialect.edition {
        case .iso1987: amount = message.bytes(of: 95).flatMap { try? ReplacementAmounts($0) }?.transaction
        case .iso1993: amount = totalSince1993(after: message)
        }
        return amount.flatMap { try? profile.minorUnits($0, currency) }
    }

    /// Function code 401, with the original amount in the first twelve digits of DE 30.
    private func totalSince1993(after message: Message) -> Int64? {
        guard message.digits(24) == 401, let amount = message.digits(4), let original = message.digits(30, 0..<12),
            amount <= original
        else { return nil }
        switch profile.partialReversalAmount {
        case .newTotal: return amount
        case .takenBack: return original - amount
        case nil: return nil
        }
    }

    /// A message that is named but has not come is waited for. So what a reversal names beside it is only what that
    /// message alone can have: its approval code. Other references may lead to another message of the same transaction,
    /// also where what names the message cannot be read.
    private func reversed(by message: Message, _ now: Instant) -> AuthorizationLink {
        let approval = approvalKeys(of: message)
        switch namedMessage(message, now) {
        case .message(let keys): return AuthorizationLink(keys + approval) ?? .references([], awaited: nil)
        case .nothing:
            let transaction = transactionKey(of: message)
            return .references(approval + [transaction].compactMap { $0 }, awaited: transaction)
        case .unreadable: return .references(approval, awaited: nil)
        }
    }

    /// What an increment adds to; nil when it names nothing.
    func incremented(by message: Message, _ now: Instant) throws(Unacceptable) -> AuthorizationLink? {
        let named = namedMessage(message, now)
        if case .unreadable = named, !message.isAdvice { throw Unacceptable(.formatError) }
        let references = approvalKeys(of: message) + [transactionKey(of: message)].compactMap { $0 }
        return AuthorizationLink(named.keys + references)
    }

    /// What an advice is about, and why it was decided elsewhere. Where it names no message, it may stand for the
    /// request that has its own time, number and acquirer.
    ///
    /// - Parameters:
    ///   - stated: what the network says of the reason; nil: nothing.
    ///   - isDecline: a decline completes nothing.
    func advised(
        by message: Message,
        _ stated: AdviceReason?,
        isDecline: Bool,
        _ now: Instant
    ) -> (reason: AdviceReason, original: AuthorizationLink?) {
        let posts = message.messageType.messageClass == .financial
        let named = namedMessage(message, now).keys
        var references = approvalKeys(of: message)
        if !named.isEmpty {
            let standsFor = stated == .standIn ? keysOfAdvisedRequest(message, now) : []
            let link = AuthorizationLink(named + standsFor + references)
            return (stated ?? (posts ? .completion : .other), link)
        }
        // The transaction identifier may be another message's.
        if stated != .standIn { references += [transactionKey(of: message)].compactMap { $0 } }
        if stated == nil, isDecline { references = [] }
        let reason = stated ?? (posts && !references.isEmpty ? .completion : .standIn)
        return (reason, AuthorizationLink(keysOfAdvisedRequest(message, now) + references))
    }

    /// The request that a network stood in for: of the advice's class, with the same time, number and acquirer.
    func keysOfAdvisedRequest(_ message: Message, _ now: Instant) -> [RequestKey] {
        guard let type = MessageTypeIndicator(number: Int(message.messageType.withoutRepeat.number) - 20) else {
            return []
        }
        return requestKeys(of: message, as: type, now)
    }

    private func transactionKey(of message: Message) -> RequestKey? {
        (try? references(of: message))?.transactionKey(network: profile.name)
    }

    /// The key by the acquirer's number, and the one by DE 32 as it is written: keys of earlier versions kept its leading
    /// zeros, and what they name may still be open.
    private func approvalKeys(of message: Message) -> [RequestKey] {
        var references = numbers(of: message)
        let code = trimmedText(message, 38)
        let key = references.approvalKey(network: profile.name, approvalCode: code)
        guard let written = message.text(32), written != references.acquirer else { return [key].compactMap { $0 } }
        references.acquirer = written
        return [key, references.approvalKey(network: profile.name, approvalCode: code)].compactMap { $0 }
    }
}

// MARK: - DE 90

/// What a message says of the message that it is about.
private enum NamedMessage {
    /// Its key, and the longer one that it may have.
    case message([RequestKey])
    /// Absent, or all zeros.
    case nothing
    case unreadable

    var keys: [RequestKey] { if case .message(let keys) = self { keys } else { [] } }
}

extension RequestReader {
    /// The message that DE 90 (1993: DE 56) names.
    private func namedMessage(_ message: Message, _ now: Instant) -> NamedMessage {
        let edition = profile.dialect.edition
        guard let data = message.bytes(of: edition.originalElement) else { return .nothing }
        let original: OriginalDataElements?
        switch edition {
        case .iso1987: original = try? OriginalDataElements(iso1987: data)
        case .iso1993: original = try? OriginalDataElements(iso1993: data)
        }
        guard let original else { return .unreadable }
        if original.time == 0, original.systemTraceAuditNumber == 0 { return .nothing }
        guard let parts = KeyParts(original, acquirer: message.digits(32), edition, now) else { return .unreadable }
        return .message(requestKeys(original.messageType.withoutRepeat, parts, like: message))
    }
}

extension AuthorizationLink {
    /// Nil without a key.
    init?(_ keys: [RequestKey]) {
        guard let first = keys.first else { return nil }
        self = .message(first, aliases: Array(keys.dropFirst()))
    }
}
