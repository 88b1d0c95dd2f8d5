import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

extension NetworkProfile {
    /// A file update for a network: 0302 with DE 91 (ISO 8583:1987), in the 1993 edition 1304 with DE 24 and the year
    /// in DE 12. A repeat is 0303 or 1305 and otherwise the same. Holds the card's number.
    func message(_ update: FileUpdate, of pan: PAN, _ rules: FileRules) -> Message {
        let transmission = TransmissionTime.digits(at: update.firstSentAt)
        let time = TransmissionTime(digits: transmission)?.resolved(near: update.firstSentAt) ?? 0
        var message: Message
        switch dialect.edition {
        case .iso1987:
            message = Message(302)
            message.set(91, text: update.action.code1987)
        case .iso1993:
            message = Message(1_304)
            message.set(12, digits: time % 1_000_000_000_000, width: 12)
            message.set(24, text: update.action.function1993)
        }
        if update.isRepeat { message.messageType = message.messageType.asRepeat }
        pan.withExposedDigits { message.set(2, bytes: $0) }
        message.set(7, digits: transmission, width: 10)
        message.set(11, digits: update.trace, width: 6)
        if let institution = rules.institution { message.set(33, text: institution) }
        // YYMMDD.
        message.set(73, digits: time / 1_000_000 % 1_000_000, width: 6)
        message.set(101, text: rules.file)
        if let element = rules.reasonElement, let reason = update.action.listing.flatMap(rules.reason) {
            message.set(element, text: reason)
        }
        return message
    }
}

extension FileRules {
    /// Elements of file updates that can hold no reason.
    private static let ownElements: ElementSet = [2, 7, 11, 12, 24, 33, 73, 91, 101]

    /// Why the network's dialect cannot carry our messages; nil when it can.
    package func problem(in profile: NetworkProfile) -> String? {
        if let reasonElement, Self.ownElements.contains(reasonElement) { return "DE \(reasonElement) has another use" }
        guard let pan = PAN(ascii: [UInt8](repeating: UInt8(ascii: "9"), count: 16)) else { return nil }
        let listings = reasons.keys.map { FileListing($0) } + statedReasons.keys
        let updates = listings.map { FileUpdate.Action.add($0) } + [.delete]
        for action in updates {
            let update = FileUpdate(action: action, trace: 1, firstSentAt: .distantPast, isRepeat: false)
            do {
                _ = try Codec.encode(profile.message(update, of: pan, self), dialect: profile.dialect)
            } catch {
                return "\(error)"
            }
        }
        return nil
    }
}

extension AnswerKey {
    init(_ update: FileUpdate) {
        self.init(transmission: TransmissionTime.digits(at: update.firstSentAt), trace: update.trace)
    }
}

extension FileUpdate.Action {
    fileprivate var listing: FileListing? {
        switch self {
        case .add(let listing), .change(let listing): listing
        case .delete: nil
        }
    }

    /// DE 91 (ISO 8583:1987).
    fileprivate var code1987: String {
        switch self {
        case .add: "1"
        case .change: "2"
        case .delete: "3"
        }
    }

    /// DE 24 (ISO 8583:1993): add, change, delete a record.
    fileprivate var function1993: String {
        switch self {
        case .add: "301"
        case .change: "302"
        case .delete: "303"
        }
    }
}
