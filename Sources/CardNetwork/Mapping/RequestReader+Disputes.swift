import AuthorizationCore
import ISO8583

extension RequestReader {
    /// What is kept for disputes; nil when the message has nothing of it. What cannot be read is left out: it decides
    /// nothing, so it keeps no request from being decided.
    func disputeFacts(of message: Message) -> DisputeFacts? {
        let message = message.withMaskedAcceptor
        func text(at location: ElementLocation?) -> String {
            guard let location, message.contains(location.element) else { return "" }
            let found = try? location.text(in: message, profile.dialect)
            let text = found.flatMap { $0.unicodeScalars.count <= DisputeFacts.longestText ? $0 : nil } ?? ""
            // Nothing is found by it, unlike the network's name for the payment, which may pass for another card's number.
            // An acquirer reference number is one of several parts, in which digits of one stand together by chance.
            let evenGlued = location.element != 31 || !text.isAcquirerReferenceNumber
            return text.holdsCardNumber(evenGlued: evenGlued) ? "" : withoutCardNumber(text, of: message)
        }
        let locations = profile.disputes
        var facts = DisputeFacts()
        facts.terminal = text(at: ElementLocation(41))
        facts.acceptor = text(at: ElementLocation(43))
        facts.pointOfService = text(at: ElementLocation(22))
        facts.acquirerReference = text(at: ElementLocation(31))
        facts.ecommerceIndicator = text(at: locations.ecommerceIndicator)
        facts.directoryServerTransaction = text(at: locations.directoryServerTransaction)
        facts.accessControlServerTransaction = text(at: locations.accessControlServerTransaction)
        facts.tokenRequestor = text(at: locations.tokenRequestor)
        facts.paymentAccountReference = text(at: locations.paymentAccountReference)
        facts.chip = chipFacts(of: message)
        return facts.isEmpty ? nil : facts
    }

    /// Of DE 55. A tag of another length than EMV gives it counts as absent.
    private func chipFacts(of message: Message) -> ChipFacts {
        var facts = ChipFacts()
        guard profile.dialect.subelements[55] == .berTLV, let value = message.bytes(of: 55),
            let parts = try? SubelementLayout.berTLV.split(Array(value))
        else { return facts }
        for part in parts {
            let bytes = value.dropFirst(part.range.lowerBound).prefix(part.range.count)
            let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            switch (part.name, bytes.count) {
            case ("9F34", 3): facts.verificationMethod = UInt32(truncatingIfNeeded: number)
            case ("95", 5): facts.terminalResults = number
            case ("9F27", 1): facts.cryptogramInformation = UInt8(truncatingIfNeeded: number)
            case ("9F36", 2): facts.transactionCounter = UInt16(truncatingIfNeeded: number)
            case ("9F37", 4): facts.unpredictableNumber = UInt32(truncatingIfNeeded: number)
            default: break
            }
        }
        return facts
    }
}

extension String {
    /// Of 23 digits, as card schemes have it.
    fileprivate var isAcquirerReferenceNumber: Bool {
        utf8.count == 23 && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
