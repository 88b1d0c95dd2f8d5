extension AcceptanceChannel: Journaled {}

extension MessageIdentity: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(key)
        writer.write(fingerprint)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(key: try reader.text(), fingerprint: try reader.array())
    }
}

extension AuthorizationLink: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .authorization(let id):
            writer.write(byte: 1)
            writer.write(id)
        case .message(let key, let aliases) where aliases.isEmpty:
            writer.write(byte: 2)
            writer.write(key)
        case .message(let key, let aliases):
            writer.write(byte: 3)
            writer.write(key)
            writer.write(unsigned: UInt64(aliases.count))
            for alias in aliases { writer.write(alias) }
        case .references(let keys, let awaited):
            writer.write(byte: 4)
            writer.write(unsigned: UInt64(keys.count))
            for key in keys { writer.write(key) }
            writer.write(awaited != nil)
            if let awaited { writer.write(awaited) }
        }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        switch try reader.byte() {
        case 1: self = .authorization(try reader.value())
        case 2: self = .message(try reader.text())
        case 3:
            let key = try reader.text()
            let aliases = try Self.keys(from: &reader)
            guard !aliases.isEmpty else { throw reader.failure("no aliases") }
            self = .message(key, aliases: aliases)
        case 4:
            let keys = try Self.keys(from: &reader)
            self = .references(keys, awaited: try reader.bool() ? try reader.text() : nil)
        default: throw reader.failure("no such link")
        }
    }

    private static func keys(from reader: inout ByteReader) throws(JournalError) -> [RequestKey] {
        var keys: [RequestKey] = []
        for _ in 0..<(try reader.count()) { keys.append(try reader.text()) }
        return keys
    }
}

extension AuthorizationRequest: Journaled {
    /// Set in the first byte, beside whether there is a card, when details follow at the end. Most requests have none,
    /// and their bytes are those of a time that knew no details.
    private static let hasDetails: UInt8 = 2
    /// Set in the first byte of a request that may be named by reference and approval code alone.
    private static let isNamedByApproval: UInt8 = 4
    /// Set there when still more follows behind the details.
    private static let hasFurtherDetails: UInt8 = 8
    /// Set there when facts for disputes follow.
    private static let hasDisputeFacts: UInt8 = 16
    /// Set there when facts of the credential follow.
    private static let hasCredentialFacts: UInt8 = 32
    /// Set there when facts of verification follow.
    private static let hasVerificationFacts: UInt8 = 64
    /// Set there when a second byte like it stands behind it, which is never 0.
    private static let hasSecondByte: UInt8 = 128
    /// Set in the second byte when the channel follows, the last of all.
    private static let hasChannel: UInt8 = 1
    /// Set there when the number is of no program; nothing follows.
    private static let isOfUnknownIssuer: UInt8 = 2
    /// Set there when the token is another account's; nothing follows.
    private static let isTokenOfOtherAccount: UInt8 = 8

    private var details: RequestDetails {
        RequestDetails(
            isSingleMessage: isSingleMessage,
            allowsPartialApproval: allowsPartialApproval,
            wantsBalance: wantsBalance,
            cashback: cashback,
            acquirerFee: acquirerFee,
            increment: increment
        )
    }

    private var secondByte: UInt8 {
        (channel == nil ? 0 : Self.hasChannel) | (isOfUnknownIssuer ? Self.isOfUnknownIssuer : 0)
            | (isTokenOfOtherAccount ? Self.isTokenOfOtherAccount : 0)
    }

    package func write(to writer: inout ByteWriter) {
        let details = details
        var flags: UInt8 = card == nil ? 0 : 1
        if !details.isEmpty { flags |= Self.hasDetails }
        if isNamedByApproval { flags |= Self.isNamedByApproval }
        if instalments != nil || isConvertedByAcceptor { flags |= Self.hasFurtherDetails }
        if disputeFacts != nil { flags |= Self.hasDisputeFacts }
        if credential != nil { flags |= Self.hasCredentialFacts }
        if verification != nil { flags |= Self.hasVerificationFacts }
        let further = secondByte
        if further != 0 { flags |= Self.hasSecondByte }
        writer.write(byte: flags)
        if further != 0 { writer.write(byte: further) }
        if let card { writer.write(card) }
        writer.write(network)
        writer.write(message)
        writer.write(kind)
        writer.write(purpose)
        writer.write(initiator)
        writer.write(entryMode)
        writer.write(transaction)
        writer.write(settlement)
        writer.write(billing)
        writer.write(expiry)
        writer.write(merchant)
        writer.write(references)
        if !details.isEmpty { writer.write(details) }
        if flags & Self.hasFurtherDetails != 0 {
            writer.write(instalments)
            writer.write(isConvertedByAcceptor)
        }
        if let disputeFacts { writer.write(disputeFacts) }
        if let credential { writer.write(credential) }
        if let verification { writer.write(verification) }
        if let channel { writer.write(channel) }
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let flags = try reader.byte()
        let hasSecondByte = flags & Self.hasSecondByte != 0
        let further = hasSecondByte ? try reader.byte() : 0
        let known = Self.hasChannel | Self.isOfUnknownIssuer | Self.isTokenOfOtherAccount
        guard (further != 0) == hasSecondByte, further & ~known == 0 else {
            throw reader.failure("no such form of a request")
        }
        self.init(
            card: flags & 1 == 0 ? nil : try reader.value(),
            network: try reader.text(),
            message: try reader.optional(),
            kind: try reader.value(),
            purpose: try reader.value(),
            initiator: try reader.value(),
            entryMode: try reader.value(),
            transaction: try reader.value(),
            settlement: try reader.optional(),
            billing: try reader.optional(),
            expiry: try reader.optional(),
            merchant: try reader.value(),
            references: try reader.value()
        )
        isOfUnknownIssuer = further & Self.isOfUnknownIssuer != 0
        isTokenOfOtherAccount = further & Self.isTokenOfOtherAccount != 0
        isNamedByApproval = flags & Self.isNamedByApproval != 0
        if flags & Self.hasDetails != 0 { set(try reader.value()) }
        if flags & Self.hasFurtherDetails != 0 {
            instalments = try reader.optional()
            isConvertedByAcceptor = try reader.bool()
            guard instalments != nil || isConvertedByAcceptor else { throw reader.failure("details of nothing") }
        }
        if flags & Self.hasDisputeFacts != 0 { disputeFacts = try reader.value() }
        if flags & Self.hasCredentialFacts != 0 { credential = try reader.value() }
        if flags & Self.hasVerificationFacts != 0 { verification = try reader.value() }
        if further & Self.hasChannel != 0 { channel = try reader.value() }
    }

    private mutating func set(_ details: RequestDetails) {
        isSingleMessage = details.isSingleMessage
        allowsPartialApproval = details.allowsPartialApproval
        wantsBalance = details.wantsBalance
        cashback = details.cashback
        acquirerFee = details.acquirerFee
        increment = details.increment
    }
}

/// What only some requests have.
private struct RequestDetails: Hashable {
    var isSingleMessage: Bool
    var allowsPartialApproval: Bool
    var wantsBalance: Bool
    var cashback: Int64
    var acquirerFee: AcquirerFee?
    var increment: Increment?

    var isEmpty: Bool {
        !isSingleMessage && !allowsPartialApproval && !wantsBalance && cashback == 0 && acquirerFee == nil
            && increment == nil
    }
}

extension RequestDetails: Journaled {
    func write(to writer: inout ByteWriter) {
        writer.write(isSingleMessage)
        writer.write(allowsPartialApproval)
        writer.write(wantsBalance)
        writer.write(cashback)
        writer.write(acquirerFee)
        writer.write(increment)
    }

    init(from reader: inout ByteReader) throws(JournalError) {
        self.init(
            isSingleMessage: try reader.bool(),
            allowsPartialApproval: try reader.bool(),
            wantsBalance: try reader.bool(),
            cashback: try reader.int64(),
            acquirerFee: try reader.optional(),
            increment: try reader.optional()
        )
        guard (0...largestAmount).contains(cashback) else { throw reader.failure("cashback out of range") }
        guard !isEmpty else { throw reader.failure("details of nothing") }
    }
}

extension Instalments: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(funding)
        writer.write(Int64(count))
        writer.write(amount ?? 0)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let funding: Funding = try reader.value()
        let count = try reader.int64()
        let amount = try reader.int64()
        guard let instalments = Self(funding: funding, count: count, amount: amount == 0 ? nil : amount) else {
            throw reader.failure("instalments out of range")
        }
        self = instalments
    }
}

extension AcquirerFee: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(amount)
        writer.write(isIncluded)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(amount: try reader.int64(), isIncluded: try reader.bool())
        guard (-largestAmount...largestAmount).contains(amount) else { throw reader.failure("a fee out of range") }
    }
}

extension Increment: Journaled {
    package func write(to writer: inout ByteWriter) {
        writer.write(original)
        writer.write(mode)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init(of: try reader.value(), mode: try reader.value())
    }
}

extension Advice: Journaled {
    package func write(to writer: inout ByteWriter) {
        switch verdict {
        case .approved(let code):
            writer.write(byte: 1)
            writer.write(code)
        case .declined: writer.write(byte: 2)
        case .unclear: writer.write(byte: 3)
        }
        writer.write(reason)
        writer.write(original)
        writer.write(request)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        let verdict: Verdict
        switch try reader.byte() {
        case 1: verdict = .approved(code: try reader.text())
        case 2: verdict = .declined
        case 3: verdict = .unclear
        default: throw reader.failure("no such verdict")
        }
        let reason: AdviceReason = try reader.value()
        let original: AuthorizationLink? = try reader.optional()
        self.init(request: try reader.value(), verdict: verdict, reason: reason, original: original)
    }
}
