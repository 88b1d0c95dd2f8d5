import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

// What is authentic. Nothing follows from a message that is not, but its refusal.
extension NetworkSession {
    /// Whether to handle a message now. One with a wrong code waits for the network's keys to be read again, if it can.
    func isAuthentic(
        _ message: Message,
        _ packed: [UInt8],
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant
    ) -> Bool {
        switch gateway.authenticity(of: message, packed) {
        case .proved:
            state.codeVerified()
            return true
        // It says nothing about the keys: those that fail in a row are still in a row.
        case .notRequired: return true
        case .forged(let event):
            if event == .macWrong, hold(.whole(message), packed, header, arrival) { return false }
            refuse(message, header, arrival, event)
            // No key would be of help to a message without a code; what too many others keep from waiting says nothing.
            if event == .macMissing { run(state.codeFailed(at: .now)) }
            return false
        }
    }

    /// Counts and refuses a message without the right code. A request is told so; an advice or a reversal is not, and
    /// comes again: a network takes any answer to it as delivery.
    func refuse(
        _ message: Message,
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant,
        _ event: NetworkMetrics.Event
    ) {
        counts.count(event)
        log(message, .received)
        if !message.messageType.isResponse {
            send(gateway.profile.answer(refusing: message, with: .securityViolation), to: message, header, arrival)
        }
    }
}

extension NetworkGateway {
    enum Authenticity: Equatable {
        /// By a code that one of the network's keys has made.
        case proved
        /// No code is wanted.
        case notRequired
        case forged(NetworkMetrics.Event)
    }

    /// Messages of network management may come without a code: they must get through when keys are lost. A new key's
    /// block proves itself, whatever key made the message's code.
    func authenticity(of message: Message, _ packed: [UInt8]) -> Authenticity {
        guard let seal, let keys else { return .notRequired }
        if message.messageType.messageClass == .network {
            guard seal.isSealed(message), !profile.isKeyChange(message) else { return .notRequired }
        }
        let incoming = keys.working.incoming(at: .wallClock)
        switch seal.verdict(on: message, packed, keys: incoming) {
        case .authentic:
            if keys.working.awaitsProof, let key = seal.maker(of: message, packed, among: incoming) {
                keys.working.isProved(key)
            }
            return .proved
        case .missing: return .forged(.macMissing)
        case .wrong: return .forged(.macWrong)
        }
    }

    /// Of a message that breaks off, which may be before its code.
    func authenticity(of partial: Message, announced: ElementSet?, _ packed: [UInt8]) -> Authenticity {
        let known = authenticity(of: partial, packed)
        guard known == .forged(.macMissing), let announced, let seal, let keys else { return known }
        switch seal.verdict(onDamaged: packed, announced: announced, keys: keys.working.incoming(at: .wallClock)) {
        case .authentic: return .proved
        case .missing: return .forged(.macMissing)
        case .wrong: return .forged(.macWrong)
        }
    }

    /// - Parameter request: what the message answers. Our own network management has no code, and answers to the
    ///   network's have one if the request had.
    func pack(_ message: Message, answering request: Message?) throws -> [UInt8] {
        guard let seal, let keys,
            message.messageType.messageClass != .network || request.map(seal.isSealed) == true
        else { return try Codec.encode(message, dialect: profile.dialect) }
        guard let key = keys.working.outgoing(at: .wallClock) else { throw PaymentCryptographyError.unknownKey }
        return try seal.pack(message, key: key)
    }
}

extension NetworkProfile {
    func isKeyChange(_ message: Message) -> Bool {
        message.digits(dialect.edition.managementElement).flatMap { management[$0] } == .keyChange
    }
}
