import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// A message of network management that we send: 0800 with DE 70, or in the 1993 edition 1804 with DE 24, and with
    /// the year in DE 12.
    func request(_ code: ManagementCode, _ key: AnswerKey, at now: Instant) -> Message {
        let transmission = key.transmission ?? 0
        let number = self.number(of: code)
        switch dialect.edition {
        case .iso1987:
            var message = Message(800)
            message.set(7, digits: transmission, width: 10)
            message.set(11, digits: key.trace, width: 6)
            message.set(70, digits: number, width: 3)
            return message
        case .iso1993:
            var message = Message(1_804)
            message.set(7, digits: transmission, width: 10)
            message.set(11, digits: key.trace, width: 6)
            let time = TransmissionTime(digits: transmission)?.resolved(near: now) ?? 0
            message.set(12, digits: time % 1_000_000_000_000, width: 12)
            message.set(24, digits: number, width: 3)
            return message
        }
    }

    /// What DE 70 or DE 24 says.
    private func number(of code: ManagementCode) -> Int64 {
        if code == .keyChange, let own = keys?.change?.request?.code { return own }
        switch dialect.edition {
        case .iso1987: return code.rawValue
        case .iso1993: return code.function1993
        }
    }

    /// Whether an answer to what we asked says yes in its DE 39.
    func isApproval(_ answer: Message) -> Bool { answer.text(39) == responses.text(of: .managementAccepted) }
}

extension AnswerKey {
    /// Nil for what can be no answer to a message of ours of that class.
    init?(answer: Message, to messageClass: MessageTypeIndicator.Class) {
        guard answer.messageType.messageClass == messageClass, answer.messageType.isResponse,
            let trace = answer.digits(11)
        else { return nil }
        self.init(transmission: answer.digits(7), trace: trace)
    }
}

extension ManagementCode {
    /// DE 24 (ISO 8583:1993).
    fileprivate var function1993: Int64 {
        switch self {
        case .signOn: 801
        case .signOff: 802
        case .echo: 831
        case .keyChange: 811
        }
    }
}

extension SessionTime {
    /// - Parameter wallClock: what DE 7 is made from.
    init(_ instant: ContinuousClock.Instant, _ wallClock: Instant) {
        self.init(instant: instant, transmission: TransmissionTime.digits(at: wallClock))
    }

    static var now: SessionTime { SessionTime(.now, .wallClock) }
}

extension TransmissionTime {
    /// A moment as DE 7 has it: MMDDhhmmss in UTC.
    static func digits(at now: Instant) -> Int64 {
        let seconds = now.microseconds / 1_000_000
        let (days, second) = (seconds / 86_400, seconds % 86_400)
        // Years begin in March, so that the leap day is the last; eras of 400 years are all alike.
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let time = second / 3_600 * 10_000 + second / 60 % 60 * 100 + second % 60
        return (month * 100 + day) * 1_000_000 + time
    }
}
