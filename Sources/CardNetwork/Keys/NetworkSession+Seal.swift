import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import ISO8583

// What is authentic. Nothing follows from a message that is not, but its refusal.
extension NetworkSession {
    /// Counts and refuses a message without the right code. A request is told so; an advice or a reversal is not, and
    /// comes again: a network takes any answer to it as delivery.
    func isAuthentic(
        _ message: Message,
        _ packed: [UInt8],
        _ header: FrameHeader,
        _ arrival: ContinuousClock.Instant
    ) -> Bool {
        guard let event = gateway.forgery(in: message, packed) else {
            state.codeVerified()
            return true
        }
        counts.count(event)
        log(message, .received)
        if !message.messageType.isResponse {
            send(gateway.profile.answer(refusing: message, with: .securityViolation), to: message, header, arrival)
        }
        run(state.codeFailed(at: .now))
        return false
    }
}

extension NetworkGateway {
    /// What is wrong with a message's code; nil when it is right, or none is wanted.
    ///
    /// Messages of network management may come without one: they must get through when keys are lost. A new key's block
    /// proves itself, whatever key made the message's code.
    func forgery(in message: Message, _ packed: [UInt8]) -> NetworkMetrics.Event? {
        guard let seal, let keys else { return nil }
        if message.messageType.messageClass == .network {
            guard seal.isSealed(message), !profile.isKeyChange(message) else { return nil }
        }
        switch seal.verdict(on: message, packed, keys: keys.incoming(at: .wallClock)) {
        case .authentic: return nil
        case .missing: return .macMissing
        case .wrong: return .macWrong
        }
    }

    /// - Parameter request: what the message answers. Our own network management has no code, and answers to the
    ///   network's have one if the request had.
    func pack(_ message: Message, answering request: Message?) throws -> [UInt8] {
        guard let seal, let keys,
            message.messageType.messageClass != .network || request.map(seal.isSealed) == true
        else { return try Codec.encode(message, dialect: profile.dialect) }
        guard let key = keys.outgoing else { throw PaymentCryptographyError.unknownKey }
        return try seal.pack(message, key: key)
    }
}

extension NetworkProfile {
    func isKeyChange(_ message: Message) -> Bool {
        message.digits(dialect.edition.managementElement).flatMap { management[$0] } == .keyChange
    }
}
