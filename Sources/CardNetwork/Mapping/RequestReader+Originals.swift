import AuthorizationCore
import CardCryptography
import ISO8583

extension RequestReader {
    func readReversal(_ message: Message, _ now: Instant) throws(Unacceptable) -> NetworkRequest {
        let identity = try identity(of: message, now)
        guard let target = AuthorizationLink(try reversedKeys(of: message, now)) else {
            throw Unacceptable(.formatError)
        }
        let isPartial = isPartial(message)
        let currency = transactionCurrency(of: message)
        let newTotal = isPartial ? currency.flatMap { total(after: message, in: $0) } : nil
        let reversal = Reversal(
            target: target,
            newTotal: newTotal,
            isUnclear: isPartial && newTotal == nil || message.contains(49) && currency == nil,
            currency: currency
        )
        return .take(pan(of: message), .reverse(reversal), identity: identity)
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
        }
    }

    /// A message that is named but has not come is waited for. So what a reversal names beside it is only what that
    /// message alone can have: its approval code. Other references may lead to another message of the same transaction.
    private func reversedKeys(of message: Message, _ now: Instant) throws(Unacceptable) -> [RequestKey] {
        let references = try self.references(of: message)
        guard let named = try namedMessage(message, now) else {
            return referenceKeys(of: message, references)
        }
        return [named] + [approvalKey(of: message, references)].compactMap { $0 }
    }

    /// The keys of what an increment adds to, the surest first.
    func incrementedKeys(
        of message: Message,
        _ references: NetworkReferences,
        _ now: Instant
    ) throws(Unacceptable) -> [RequestKey] {
        [try advisedMessage(message, now)].compactMap { $0 } + referenceKeys(of: message, references)
    }

    /// The keys of what an advice is about, the surest first. The transaction identifier may be another message's, so
    /// it only counts where nothing names a message.
    ///
    /// - Parameter standsFor: the request that was answered in the issuer's stead.
    func advisedKeys(
        of message: Message,
        _ references: NetworkReferences,
        standsFor: RequestKey?,
        _ now: Instant
    ) throws(Unacceptable) -> [RequestKey] {
        let named = [try advisedMessage(message, now), standsFor].compactMap { $0 }
        if named.isEmpty { return referenceKeys(of: message, references) }
        return named + [approvalKey(of: message, references)].compactMap { $0 }
    }

    /// What an advice names in a way that cannot be read counts as nothing.
    private func advisedMessage(_ message: Message, _ now: Instant) throws(Unacceptable) -> RequestKey? {
        do throws(Unacceptable) {
            return try namedMessage(message, now)
        } catch {
            guard message.isAdvice else { throw error }
            return nil
        }
    }

    private func referenceKeys(of message: Message, _ references: NetworkReferences) -> [RequestKey] {
        [approvalKey(of: message, references), references.transactionKey(network: profile.name)].compactMap { $0 }
    }

    private func approvalKey(of message: Message, _ references: NetworkReferences) -> RequestKey? {
        references.approvalKey(network: profile.name, approvalCode: trimmedText(message, 38))
    }

    /// The key of the message that DE 90 (1993: DE 56) names; nil when it names none, or is all zeros.
    private func namedMessage(_ message: Message, _ now: Instant) throws(Unacceptable) -> RequestKey? {
        guard let data = message.bytes(of: originalElement) else { return nil }
        let original: OriginalDataElements
        do {
            switch profile.dialect.edition {
            case .iso1987: original = try OriginalDataElements(iso1987: data)
            case .iso1993: original = try OriginalDataElements(iso1993: data)
            }
        } catch {
            throw Unacceptable(.formatError)
        }
        if original.time == 0, original.systemTraceAuditNumber == 0 { return nil }
        guard let time = resolved(original.time, now) else { throw Unacceptable(.formatError) }
        return requestKey(
            original.messageType.withoutRepeat,
            time,
            original.systemTraceAuditNumber,
            original.acquirer
        )
    }

    private var originalElement: Int { profile.dialect.edition.originalElement }
}

// MARK: - Keys

extension RequestReader {
    func identity(of message: Message, _ now: Instant) throws(Unacceptable) -> RequestIdentity {
        let key = try requestKey(message, message.messageType.withoutRepeat, now)
        var elements: [Int]
        switch profile.dialect.edition {
        case .iso1987: elements = [3, 4, 49, 90, 95]
        case .iso1993: elements = [3, 4, 24, 30, 49, 56]
        }
        // Another verdict under the same key is another advice.
        if message.isAdvice, message.contains(39), message.messageType.messageClass != .reversal { elements.append(39) }
        return RequestIdentity(key: key, content: elements.map { message.text($0) ?? "" }.joined(separator: "|"))
    }

    /// The request that a network stood in for: of the advice's class, with the same time, number and acquirer.
    func keyOfAdvisedRequest(_ message: Message, _ now: Instant) throws(Unacceptable) -> RequestKey? {
        guard let type = MessageTypeIndicator(number: Int(message.messageType.withoutRepeat.number) - 20) else {
            return nil
        }
        return try requestKey(message, type, now)
    }

    private func requestKey(
        _ message: Message,
        _ type: MessageTypeIndicator,
        _ now: Instant
    ) throws(Unacceptable) -> RequestKey {
        guard let time = message.digits(profile.dialect.edition.timeElement).flatMap({ resolved($0, now) }),
            let trace = message.digits(11), let acquirer = message.digits(32)
        else { throw Unacceptable(.formatError) }
        return requestKey(type, time, trace, acquirer)
    }

    /// The time as `YYYYMMDDhhmmss`: DE 7 with the year that brings it closest to now, or DE 12 of 1993 with its own.
    private func resolved(_ digits: Int64, _ now: Instant) -> Int64? {
        switch profile.dialect.edition {
        case .iso1987: return TransmissionTime(digits: digits)?.resolved(near: now)
        case .iso1993:
            guard TransmissionTime(digits: digits % 10_000_000_000) != nil else { return nil }
            return 20_000_000_000_000 + digits
        }
    }

    /// DE 37 is no part of it, so that DE 90 of a reversal gives its original's key.
    private func requestKey(
        _ type: MessageTypeIndicator,
        _ time: Int64,
        _ trace: Int64,
        _ acquirer: Int64
    ) -> RequestKey {
        "\(profile.name):\(type):\(time):\(trace):\(acquirer)"
    }
}

extension AuthorizationLink {
    /// Nil without a key.
    init?(_ keys: [RequestKey]) {
        guard let first = keys.first else { return nil }
        self = .message(first, aliases: Array(keys.dropFirst()))
    }
}
