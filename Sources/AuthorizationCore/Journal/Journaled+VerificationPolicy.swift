extension VerificationPolicy.ExpiryOrder: Journaled {}
extension ChipVerification.Scheme: Journaled {}
extension ChipVerification.Derivation: Journaled {}
extension Proof: Journaled {}
extension ProofDemand: Journaled {}

extension VerificationPolicy: Journaled {
    /// Bits of the first byte, which announces what a policy has. All have what this one stands for.
    private static let form: UInt8 = 1
    /// Limits of all contactless payments since the last PIN follow at the end.
    private static let hasCumulativeLimits: UInt8 = 2
    /// How many wrong proofs are taken follows, the last of all.
    private static let hasFailureLimit: UInt8 = 4

    package func write(to writer: inout ByteWriter) {
        var form = Self.form
        if limits.contains(where: \.isCumulative) { form |= Self.hasCumulativeLimits }
        if failures != nil { form |= Self.hasFailureLimit }
        writer.write(byte: form)
        writer.write(keys)
        writer.write(expiryOrder)
        writer.write(byte: cardValueOffset)
        writer.write(byte: pinTryLimit)
        writer.write(limits)
        writer.write(refusedEntryModes.sorted { $0.rawValue < $1.rawValue })
        writer.write(rules)
        if form & Self.hasCumulativeLimits != 0 {
            for limit in limits { limit.writeCumulative(to: &writer) }
        }
        if let failures { writer.write(failures) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let form = try reader.byte()
        guard form & Self.form != 0, form < Self.hasFailureLimit << 1 else {
            throw reader.failure("no such policy of verification")
        }
        self.init()
        keys = try reader.value()
        expiryOrder = try reader.value()
        cardValueOffset = try reader.byte()
        pinTryLimit = try reader.byte()
        guard cardValueOffset <= 16, (1...15).contains(pinTryLimit) else { throw reader.failure("out of range") }
        limits = try reader.values()
        refusedEntryModes = Set(try reader.values(EntryMode.self))
        rules = try reader.values()
        if form & Self.hasCumulativeLimits != 0 {
            for index in limits.indices { try limits[index].readCumulative(from: &reader) }
            guard limits.contains(where: \.isCumulative) else { throw reader.failure("limits of nothing") }
        }
        if form & Self.hasFailureLimit != 0 { failures = try reader.value() }
    }
}

extension UnprovedLimit: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(currency)
        for limit in [fallback, contactless] { writer.write(limit ?? -1) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(currency: try reader.value())
        fallback = try reader.limit()
        contactless = try reader.limit()
    }

    fileprivate func writeCumulative(to writer: inout ByteWriter) {
        for limit in [cumulativeAmount, cumulativeCount] { writer.write(limit ?? -1) }
    }

    fileprivate mutating func readCumulative(from reader: inout ByteReader) throws(JournalError) {
        cumulativeAmount = try reader.limit()
        cumulativeCount = try reader.limit()
    }
}

extension ByteReader {
    /// Below 0 is none.
    fileprivate mutating func limit() throws(JournalError) -> Int64? {
        let limit = try int64()
        return limit < 0 ? nil : limit
    }
}

extension StoredKeyName: Journaled {
    package func write(to writer: inout ByteWriter) { writer.write(text) }

    package init(from reader: inout ByteReader) throws(JournalError) {
        guard let name = StoredKeyName(try reader.text()) else { throw reader.failure("no name of a key") }
        self = name
    }
}

extension VerificationKeys: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(cardVerification)
        writer.write(authentication)
        writer.write(dynamicValue)
        writer.write(pin)
        writer.write(chip)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        cardVerification = try reader.optional()
        authentication = try reader.optional()
        dynamicValue = try reader.optional()
        pin = try reader.optional()
        chip = try reader.optional()
    }
}

extension PINVerification: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch method {
        case .visaPVV(let keyIndex):
            writer.write(byte: 1)
            writer.write(byte: keyIndex)
        case .ibm3624: writer.write(byte: 2)
        }
        writer.write(key)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let method: Method
        switch try reader.byte() {
        case 1: method = .visaPVV(keyIndex: try reader.byte())
        case 2: method = .ibm3624
        default: throw reader.failure("no such method")
        }
        self.init(method, key: try reader.value())
    }
}

extension ScriptRules.Template: Journaled {}

extension ChipVerification: Journaled {
    /// Added to the scheme's number where rules for scripts follow at the end, because they are not the usual ones.
    private static let hasScriptRules: UInt8 = 16

    package func write(to writer: inout ByteWriter) {
        let hasRules = scripts != ScriptRules()
        writer.write(byte: scheme.rawValue | (hasRules ? Self.hasScriptRules : 0))
        writer.write(cryptograms)
        writer.write(messageIntegrity)
        writer.write(messageConfidentiality)
        writer.write(derivation)
        writer.write(counters)
        writer.write(blockedStatuses.sorted { $0.rawValue < $1.rawValue })
        if hasRules {
            writer.write(scripts.template)
            writer.write(byte: scripts.sends)
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let first = try reader.byte()
        guard let scheme = Scheme(rawValue: first & ~Self.hasScriptRules) else {
            throw reader.failure("no such scheme")
        }
        self.init(scheme, cryptograms: try reader.value())
        messageIntegrity = try reader.optional()
        messageConfidentiality = try reader.optional()
        derivation = try reader.value()
        counters = try reader.value()
        blockedStatuses = Set(try reader.values(CardStatus.self))
        guard first & Self.hasScriptRules != 0 else { return }
        scripts.template = try reader.value()
        scripts.sends = try reader.byte()
        guard (1...15).contains(scripts.sends), scripts != ScriptRules() else {
            throw reader.failure("no such rules for scripts")
        }
    }
}

extension ProofRule: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(proof)
        writer.write(demand)
        writer.write(network != nil)
        if let network { writer.write(network) }
        writer.write(entryMode)
        writer.write(initiator)
        writer.write(channel)
        writer.write(byte: hasToken.map { $0 ? 2 : 1 } ?? 0)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(try reader.value(), try reader.value())
        network = try reader.bool() ? try reader.text() : nil
        entryMode = try reader.optional()
        initiator = try reader.optional()
        channel = try reader.optional()
        switch try reader.byte() {
        case 0: break
        case 1: hasToken = false
        case 2: hasToken = true
        default: throw reader.failure("neither true nor false")
        }
    }
}
