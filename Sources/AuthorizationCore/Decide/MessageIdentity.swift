/// Names a message of a network within one account: network, message type, time, trace number and acquirer, so that
/// ISO 8583 element 90 (56 since 1993) gives its original's.
package typealias RequestKey = String

/// What tells a network's message apart from others, and a repeat from a reuse of its key.
package struct MessageIdentity: Hashable, Sendable {
    package static let hashByteCount = 32

    package var key: RequestKey
    /// Keyed hash of card, kind, amount and currency, and behind it what further elements of the key say (element 37,
    /// or what the dialect has), which element 90 cannot name. Those come into the key only where the shorter one is
    /// another message's: so one row is enough for each message.
    package var fingerprint: [UInt8]

    package init(key: RequestKey, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }

    /// The key with the further elements; nil without any.
    package var longKey: RequestKey? { key.extended(by: fingerprint.dropFirst(Self.hashByteCount)) }

    /// Whether a message that came before under the key said the same.
    package func hasContent(of record: KeyRecord) -> Bool {
        fingerprint.prefix(Self.hashByteCount) == record.fingerprint.prefix(Self.hashByteCount)
    }
}

extension RequestKey {
    /// The key with what further elements say, in hexadecimal digits; nil when they say nothing.
    package func extended(by elements: some Collection<UInt8>) -> RequestKey? {
        guard !elements.isEmpty else { return nil }
        // Each request of a network asks for it.
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * elements.count)
        for byte in elements {
            digits.append(Self.digit(byte >> 4))
            digits.append(Self.digit(byte & 15))
        }
        return self + ":" + String(decoding: digits, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

// MARK: - Messages that element 90 names alike

extension Command {
    /// The command with the keys under which its message, and the one that it names, are known in this state or will be.
    package func resolved(in state: AccountState) -> Command {
        switch self {
        case .authorize(let request):
            // Nearly all of them.
            guard request.increment != nil || request.message?.isAnothers(in: state) == true else { return self }
            return .authorize(request.resolved(in: state))
        case .advise(var advice):
            advice.request = advice.request.resolved(in: state)
            advice.original = advice.original?.resolved(in: state)
            return .advise(advice)
        case .reverse(var reversal):
            reversal.message = reversal.message?.resolved(in: state)
            reversal.target = reversal.target.resolved(in: state)
            return .reverse(reversal)
        // What settles an exception stays as it came with it; deciding resolves it.
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .clear, .recordDelivery, .applyException,
            .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            return self
        }
    }
}

extension ExceptionMessage {
    /// As a lane would take it now: it may have come when its card was not known, or before other messages of its key.
    func resolved(in state: AccountState) -> ExceptionMessage {
        ExceptionMessage(command.resolved(in: state)) ?? self
    }
}

extension AuthorizationRequest {
    fileprivate func resolved(in state: AccountState) -> AuthorizationRequest {
        var request = self
        request.message = message?.resolved(in: state)
        if let original = increment?.original { request.increment?.original = original.resolved(in: state) }
        return request
    }
}

extension MessageIdentity {
    /// Whether another message has the short key.
    fileprivate func isAnothers(in state: AccountState) -> Bool {
        guard let known = state.keys[key], let longKey else { return false }
        return known.isAnothers(under: key, than: longKey)
    }

    fileprivate func resolved(in state: AccountState) -> MessageIdentity {
        guard isAnothers(in: state), let longKey else { return self }
        return MessageIdentity(key: longKey, fingerprint: fingerprint)
    }
}

extension AuthorizationLink {
    /// The long key counts where a message is known under it. What has not come is waited for under the short one, and
    /// the only message that is known under that is meant: networks give reversals further elements of their own.
    fileprivate func resolved(in state: AccountState) -> AuthorizationLink {
        guard case .message(let key, let aliases) = self,
            let longKey = aliases.first(where: { $0.hasPrefix(key + ":") })
        else { return self }
        let others = aliases.filter { $0 != longKey }
        return .message(state.keys[longKey] == nil ? key : longKey, aliases: others)
    }
}

extension KeyRecord {
    /// Whether a message came under the key whose long one is not this. One without further elements may be any.
    fileprivate func isAnothers(under key: RequestKey, than longKey: RequestKey) -> Bool {
        key.extended(by: fingerprint.dropFirst(MessageIdentity.hashByteCount)).map { $0 != longKey } ?? false
    }
}
