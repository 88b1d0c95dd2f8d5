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
        let found = differences(of: message, from: object)
        let kind = information.flatMap(CryptogramKind.init(information:))
        var proof = ChipProof(
            content(kind, of: message, object),
            cryptogram: kind,
            sequenceNumber: sequenceNumber(of: message, object),
            differences: found.filter { profile.chipDifferences[$0] != .ignored },
            declined: found.filter { profile.chipDifferences[$0] == .declined }
        )
        proof.scriptReport = object(0x9F5B).flatMap(ScriptReport.init)
        proof.isOfToken = credentialFacts(of: message)?.token != nil || token(of: message) != nil
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
    private func differences(of message: Message, from object: (UInt32) -> [UInt8]?) -> Set<ChipElement> {
        Set(
            ChipElement.allCases.filter { element in
                guard let said = object(element.tag).flatMap(decimalNumber), let told = told(element, message) else {
                    return false
                }
                // A date's year is in the chip's data alone.
                return element == .date ? said % 10_000 != told : said != told
            }
        )
    }

    private func told(_ element: ChipElement, _ message: Message) -> Int64? {
        switch element {
        case .amount: message.digits(4)
        case .currency: message.digits(49)
        case .date:
            switch profile.dialect.edition {
            case .iso1987: message.digits(13)
            case .iso1993: message.digits(12, 2..<6)
            }
        case .type: message.digits(3, 0..<2)
        case .country: CountryCodes.numeric(merchant(of: message).country)
        }
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

extension ChipElement {
    fileprivate var tag: UInt32 {
        switch self {
        case .amount: 0x9F02
        case .currency: 0x5F2A
        case .date: 0x9A
        case .type: 0x9C
        case .country: 0x9F1A
        }
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
