import AuthorizationCore
import CardCryptography
import ISO8583

extension RequestReader {
    /// DE 2, else the account number of a track. Nil when that is no number that a card can have.
    func pan(of message: Message) -> PAN? {
        message.accountNumber.flatMap { PAN(ascii: $0) }
    }

    /// An element's text, or the part of it, without the spaces at its end. Empty when the element is absent or has no
    /// such part.
    func trimmedText(_ message: Message, _ element: Int, _ part: Range<Int>? = nil) -> String {
        guard let value = message.bytes(of: element), value.count >= part?.upperBound ?? 0 else { return "" }
        return CardNetwork.trimmedText(part.map { value.dropFirst($0.lowerBound).prefix($0.count) } ?? value)
    }
}

extension NetworkProfile {
    /// What a message is about; nil when DE 3 says nothing that the network has.
    func kind(of message: Message) -> TransactionKind? {
        guard let kind = message.digits(3, 0..<2).flatMap({ kinds[$0] }) else {
            return message.isAdvice ? message.digits(3, 0..<1).flatMap { adviceKinds[$0] } : nil
        }
        if kind == .cashAdvance, isAtTellerMachine(message) { return .atmWithdrawal }
        // Nothing is to be paid: only the card is looked at.
        if kind == .purchase, !message.isAdvice, message.digits(4) == 0 { return .accountVerification }
        return kind
    }

    func entryMode(of message: Message) -> EntryMode {
        let place =
            switch dialect.edition {
            case .iso1987: 0..<2
            case .iso1993: 6..<7
            }
        return message.text(22, place).flatMap { entryModes[$0] } ?? .unknown
    }

    /// What was typed in has been typed in at a terminal only where cardholder and card are there.
    func channel(of message: Message) -> AcceptanceChannel {
        if kind(of: message) == .atmWithdrawal || isAtTellerMachine(message) { return .tellerMachine }
        switch entryMode(of: message) {
        case .ecommerce, .credentialOnFile: return .remote
        case .manual: return presence(in: message) == .here ? .pointOfSale : .remote
        case .unknown: return presence(in: message) == .elsewhere ? .remote : .pointOfSale
        case .magneticStripe, .contactChip, .contactlessChip, .contactlessMagneticStripe, .fallback:
            return .pointOfSale
        }
    }

    private enum Presence {
        case here
        case elsewhere
        case unknown
    }

    /// ISO 8583:1993 DE 22: position 5 is 0 when the cardholder is present, 1 to 5 when not; position 6 is 1 when the card
    /// is, 0 when not.
    private func presence(in message: Message) -> Presence {
        guard dialect.edition == .iso1993 else { return .unknown }
        let (holder, card) = (message.digits(22, 4..<5), message.digits(22, 5..<6))
        if holder == 0, card == 1 { return .here }
        return card == 0 || holder.map { (1...5).contains($0) } == true ? .elsewhere : .unknown
    }

    /// ISO 18245 merchant category code.
    func category(of message: Message) -> Int64? { message.digits(dialect.edition.categoryElement) }

    private func isAtTellerMachine(_ message: Message) -> Bool {
        category(of: message).map(tellerMachineCategories.contains) ?? false
    }
}

/// Elements that the editions of the standard put in different places.
extension Edition {
    /// What makes requests of the same number differ: date and time of transmission, or of the transaction since 1993.
    var timeElement: Int { of(7, 12) }
    var categoryElement: Int { of(18, 26) }
    var managementElement: Int { of(70, 24) }
    var originalElement: Int { of(90, 56) }

    private func of(_ iso1987: Int, _ iso1993: Int) -> Int {
        switch self {
        case .iso1987: iso1987
        case .iso1993: iso1993
        }
    }
}
