import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

extension RequestReader {
    /// DE 55; nil without it, and in dialects where it is not EMV's.
    func chipProof(of message: Message) -> ChipProof? {
        guard profile.dialect.subelements[55] == .berTLV, let value = message.bytes(of: 55) else { return nil }
        let bytes = Array(value)
        guard let objects = try? TLV.parse(bytes) else { return ChipProof(.unreadable(.malformed)) }
        func object(_ tag: UInt32) -> [UInt8]? { objects.first(tag: tag).map { Array(bytes[$0.value]) } }
        let information = object(0x9F27).flatMap { $0.count == 1 ? $0.first : nil }
        let isOfToken = token(of: message) != nil || tokenFacts(of: message) != nil
        let found = differences(of: message, from: object, isOfToken)
        let kind = information.flatMap(CryptogramKind.init(information:))
        var proof = ChipProof(
            content(kind, of: message, object),
            cryptogram: kind,
            sequenceNumber: sequenceNumber(of: message, object),
            differences: found.filter { profile.chipDifferences[$0] != .ignored },
            declined: found.filter { profile.chipDifferences[$0] == .declined }
        )
        proof.scriptReport = object(0x9F5B).flatMap(ScriptReport.init)
        proof.isOfToken = isOfToken
        return proof
    }

    /// Only advices tell of what a card has decided by itself, or nothing of it.
    private func content(
        _ kind: CryptogramKind?,
        of message: Message,
        _ object: (UInt32) -> [UInt8]?
    ) -> ChipProof.Content {
        if !message.isAdvice {
            guard object(0x9F27)?.count == 1 else { return .unreadable(.incomplete) }
            guard kind == .authorizationRequest else { return .unreadable(.notARequest) }
        }
        do throws(PaymentCryptographyError) {
            return .data(try ChipData(object))
        } catch {
            return .unreadable(.incomplete)
        }
    }

    /// DE 23, else tag 5F34.
    private func sequenceNumber(of message: Message, _ object: (UInt32) -> [UInt8]?) -> UInt8 {
        let number = message.digits(23) ?? object(0x5F34).flatMap(decimalNumber) ?? 0
        return number <= 99 ? UInt8(number) : 0
    }

    /// What only one of them tells, or what cannot be read, does not differ.
    private func differences(
        of message: Message,
        from object: (UInt32) -> [UInt8]?,
        _ isOfToken: Bool
    ) -> Set<ChipElement> {
        func number(_ tag: UInt32) -> Int64? { object(tag).flatMap(decimalNumber) }
        func differ<Value: Equatable>(_ said: Value?, _ told: Value?) -> Bool {
            said != nil && told != nil && said != told
        }
        let differing = ChipElement.allCases.filter { element in
            switch element {
            case .amount: differ(number(0x9F02), message.digits(4))
            case .currency: differ(number(0x5F2A), message.digits(49))
            // A date's year is in the chip's data alone.
            case .date: differ(number(0x9A).map { $0 % 10_000 }, date(of: message))
            case .type: differ(number(0x9C), message.digits(3, 0..<2))
            case .country: differ(number(0x9F1A), CountryCodes.numeric(merchant(of: message).country))
            // A token's chip tells the token; whether the message does, is the network's business.
            case .accountNumber:
                !isOfToken && differ(accountNumber(from: object), message.accountNumber.map { Array($0) })
            case .track2: !isOfToken && differ(object(0x57).map(track), message.bytes(of: 35).map { Array($0) })
            }
        }
        return Set(differing)
    }

    /// Month and day.
    private func date(of message: Message) -> Int64? {
        switch profile.dialect.edition {
        case .iso1987: message.digits(13)
        case .iso1993: message.digits(12, 2..<6)
        }
    }

    private func accountNumber(from object: (UInt32) -> [UInt8]?) -> [UInt8]? {
        if let number = object(0x5A) { return track(number) }
        return object(0x57).flatMap { try? Track2(track($0)[...]) }.map { Array($0.accountNumber) }
    }

    /// What element 35 would have of tag 57: the separator D is `=`, and there is no fill. Of tag 5A, the number.
    private func track(_ value: [UInt8]) -> [UInt8] {
        let digits = value.flatMap { [$0 >> 4, $0 & 15] }.prefix { $0 != 0xF }
        return digits.map { $0 == 0xD ? UInt8(ascii: "=") : UInt8(ascii: "0") + $0 }
    }
}

extension ScriptReport {
    /// Of the first script of tag 9F5B, five bytes: result and sequence number, then the script's identifier. Nil for
    /// other lengths and for results that are reserved.
    fileprivate init?(_ results: [UInt8]) {
        guard results.count % 5 == 0, let first = results.first else { return nil }
        let result: Result
        switch first >> 4 {
        case 0: result = .notPerformed
        case 1: result = .failed
        case 2: result = .successful
        default: return nil
        }
        self.init(identifier: results[1..<5].reduce(0) { $0 << 8 | UInt32($1) }, result: result)
    }
}

/// Binary coded decimal, up to 18 digits; nil for other bytes.
private func decimalNumber(_ bytes: [UInt8]) -> Int64? {
    guard (1...9).contains(bytes.count) else { return nil }
    var number: Int64 = 0
    for byte in bytes {
        guard byte >> 4 < 10, byte & 15 < 10 else { return nil }
        number = number * 100 + Int64(byte >> 4) * 10 + Int64(byte & 15)
    }
    return number
}
