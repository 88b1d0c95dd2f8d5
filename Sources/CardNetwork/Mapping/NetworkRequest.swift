import AuthorizationCore
import CardCryptography
import ISO8583

/// What an incoming message asks for, as far as the message alone tells.
enum NetworkRequest {
    /// An authorization, with the card's number still to be found.
    case authorize(PAN?, AuthorizationRequest, identity: RequestIdentity)
    /// A reversal of the message that its DE 90 names.
    case reverse(PAN?, original: RequestKey, newTotal: Int64?, identity: RequestIdentity)
    /// Network management, by DE 70.
    case manage(ManagementCode)
    /// Answered at once with this DE 39.
    case refuse(String)
    /// Not answered.
    case ignore
}

/// The key of a message, and what its fingerprint is made of beside the card.
struct RequestIdentity: Hashable {
    var key: RequestKey
    /// Kind, amounts, currency and original, as text.
    var content: String
}

/// DE 70 (ISO 8583:1987), as issuers and networks use it.
enum ManagementCode: Int64 {
    case signOn = 1
    case signOff = 2
    case echo = 301

    init?(element70: Int64) {
        switch element70 {
        case 1, 61, 71: self = .signOn
        case 2, 62, 72: self = .signOff
        case 301, 270: self = .echo
        default: return nil
        }
    }
}

/// Reads requests out of messages of one network.
struct RequestReader: Sendable {
    let profile: NetworkProfile

    /// - Parameter now: resolves DE 7, which has no year.
    func read(_ message: Message, now: Instant) -> NetworkRequest {
        let type = message.messageType
        guard !type.isResponse else { return .ignore }
        guard profile.dialect.rule(for: type) != nil else { return .refuse(ResponseCode.invalidTransaction) }
        guard profile.dialect.missingElements(in: message).isEmpty else { return .refuse(ResponseCode.formatError) }
        switch type.withoutRepeat.number {
        case 100: return readAuthorization(message, now)
        case 400, 420: return readReversal(message, now)
        case 800: return readManagement(message)
        // Advices of decisions taken elsewhere must not be refused; this version cannot record them, so the network
        // keeps them and sends them again.
        case 120, 220: return .ignore
        default: return .refuse(ResponseCode.invalidTransaction)
        }
    }

    private func readManagement(_ message: Message) -> NetworkRequest {
        guard let code = message.digits(70).flatMap(ManagementCode.init(element70:)) else {
            return .refuse(ResponseCode.invalidTransaction)
        }
        return .manage(code)
    }

    private func readAuthorization(_ message: Message, _ now: Instant) -> NetworkRequest {
        guard var kind = message.digits(3, 0..<2).flatMap({ profile.kinds[$0] }) else {
            return .refuse(ResponseCode.invalidTransaction)
        }
        guard let amount = message.digits(4), let currency = currency(message, 49),
            let identity = identity(of: message, now), let references = references(of: message)
        else { return .refuse(ResponseCode.formatError) }
        if kind == .cashAdvance, let category = message.digits(18), profile.tellerMachineCategories.contains(category) {
            kind = .atmWithdrawal
        }
        if amount == 0, kind == .purchase { kind = .accountVerification }
        guard amount > 0 || kind.flow == .none else { return .refuse(ResponseCode.invalidAmount) }
        let billing = converted(message, amount: 6, currency: 51, rate: 10)
        let settlement = converted(message, amount: 5, currency: 50, rate: 9)
        guard billing.isWellFormed, settlement.isWellFormed else { return .refuse(ResponseCode.formatError) }
        if let billed = billing.amount?.money.minorUnits, billed == 0, kind.flow != .none {
            return .refuse(ResponseCode.invalidAmount)
        }
        let expiry = expiry(of: message)
        guard expiry != nil || !message.contains(14) else { return .refuse(ResponseCode.formatError) }
        let request = AuthorizationRequest(
            card: nil,
            network: profile.name,
            kind: kind,
            entryMode: message.digits(22, 0..<2).flatMap { profile.entryModes[$0] } ?? .unknown,
            transaction: Money(amount, currency),
            settlement: settlement.amount,
            billing: billing.amount,
            expiry: expiry,
            merchant: merchant(of: message),
            references: references
        )
        return .authorize(pan(of: message), request, identity: identity)
    }

    private func readReversal(_ message: Message, _ now: Instant) -> NetworkRequest {
        guard let identity = identity(of: message, now), let data = message.bytes(of: 90),
            let original = try? OriginalDataElements(iso1987: data),
            let time = TransmissionTime(digits: original.time)?.resolved(near: now)
        else { return .refuse(ResponseCode.formatError) }
        let key = requestKey(
            original.messageType.withoutRepeat,
            time,
            original.systemTraceAuditNumber,
            original.acquirer
        )
        var newTotal: Int64?
        if let amounts = message.bytes(of: 95) {
            guard let replacement = try? ReplacementAmounts(amounts) else {
                return .refuse(ResponseCode.formatError)
            }
            newTotal = replacement.transaction
        }
        return .reverse(pan(of: message), original: key, newTotal: newTotal, identity: identity)
    }
}

// MARK: - Elements

extension RequestReader {
    /// DE 2, else the account number of track 2 (DE 35). Nil when neither is a number that a card can have.
    private func pan(of message: Message) -> PAN? {
        if let number = message.bytes(of: 2) { return PAN(ascii: number) }
        guard let track = message.bytes(of: 35), let track = try? Track2(track) else { return nil }
        return PAN(ascii: track.accountNumber)
    }

    /// DE 14, else the expiry of track 2: YYMM of this century.
    private func expiry(of message: Message) -> ExpiryMonth? {
        var yearMonth = message.digits(14)
        if yearMonth == nil, let track = message.bytes(of: 35), let expiry = (try? Track2(track))?.expiry {
            yearMonth = expiry.reduce(0) { $0 * 10 + Int64($1) - Int64(UInt8(ascii: "0")) }
        }
        return yearMonth.flatMap { ExpiryMonth(year: 2_000 + Int($0 / 100), month: Int($0 % 100)) }
    }

    private func currency(_ message: Message, _ element: Int) -> Currency? {
        message.digits(element).flatMap { UInt16(exactly: $0) }.flatMap(Currency.init(numeric:))
    }

    /// An amount converted by the network: absent, well formed, or an amount without a currency that is known.
    private func converted(
        _ message: Message,
        amount: Int,
        currency: Int,
        rate: Int
    ) -> (isWellFormed: Bool, amount: ConvertedAmount?) {
        guard message.contains(amount) else { return (true, nil) }
        guard let minorUnits = message.digits(amount), let currency = self.currency(message, currency) else {
            return (false, nil)
        }
        let rate = message.digits(rate).flatMap { UInt32(exactly: $0) } ?? 0
        let date = message.digits(16).flatMap { UInt16(exactly: $0) } ?? 0
        return (true, ConvertedAmount(Money(minorUnits, currency), rate: rate, date: date))
    }

    /// DE 43 is 25 characters of name, 13 of city and 2 of country.
    private func merchant(of message: Message) -> Merchant {
        Merchant(
            name: trimmedText(message, 43, 0..<25),
            identification: trimmedText(message, 42),
            categoryCode: message.digits(18).flatMap { UInt16(exactly: $0) } ?? 0,
            country: trimmedText(message, 43, 38..<40),
            city: trimmedText(message, 43, 25..<38)
        )
    }

    private func references(of message: Message) -> NetworkReferences? {
        NetworkReferences(
            systemTraceAuditNumber: message.text(11) ?? "",
            acquirer: message.text(32) ?? "",
            retrievalReference: trimmedText(message, 37)
        )
    }

    /// An element's text, or the part of it, without the spaces at its end. Empty when the element is absent or has no
    /// such part. Works on bytes: a string's characters cost more than the rest of the message.
    private func trimmedText(_ message: Message, _ element: Int, _ part: Range<Int>? = nil) -> String {
        guard let value = message.bytes(of: element), value.count >= part?.upperBound ?? 0 else { return "" }
        let bytes = part.map { value.dropFirst($0.lowerBound).prefix($0.count) } ?? value
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? bytes.startIndex
        let trimmed = bytes[..<end]
        guard trimmed.contains(where: { $0 >= 0x80 }) else { return String(decoding: trimmed, as: UTF8.self) }
        // ISO 8859-1 is the first 256 characters of Unicode.
        return String(String.UnicodeScalarView(trimmed.map { Unicode.Scalar($0) }))
    }

    /// Nil when DE 7, 11 or 32 is not what the standard says.
    private func identity(of message: Message, _ now: Instant) -> RequestIdentity? {
        guard let time = message.digits(7).flatMap(TransmissionTime.init(digits:))?.resolved(near: now),
            let trace = message.digits(11), let acquirer = message.digits(32)
        else { return nil }
        let key = requestKey(message.messageType.withoutRepeat, time, trace, acquirer)
        let content = [3, 4, 49, 90, 95].map { message.text($0) ?? "" }.joined(separator: "|")
        return RequestIdentity(key: key, content: content)
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
