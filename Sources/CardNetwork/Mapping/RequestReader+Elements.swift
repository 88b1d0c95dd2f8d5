import AuthorizationCore
import CardCryptography
import ISO8583

extension RequestReader {
    /// DE 2, else the account number of track 2 (DE 35). Nil when neither is a number that a card can have.
    func pan(of message: Message) -> PAN? {
        if let number = message.bytes(of: 2) { return PAN(ascii: number) }
        guard let track = message.bytes(of: 35), let track = try? Track2(track) else { return nil }
        return PAN(ascii: track.accountNumber)
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
        switch dialect.edition {
        case .iso1987: message.digits(22, 0..<2).flatMap { entryModes[$0] } ?? .unknown
        case .iso1993: .unknown
        }
    }

    func channel(of message: Message) -> AcceptanceChannel {
        if isAtTellerMachine(message) { return .tellerMachine }
        switch entryMode(of: message) {
        case .manual, .ecommerce, .credentialOnFile: return .ecommerce
        case .unknown, .magneticStripe, .contactChip, .contactlessChip, .contactlessMagneticStripe, .fallback:
            return .pointOfSale
        }
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
