import AuthorizationCore
import ISO8583

extension RequestReader {
    /// A message of which only a part could be read.
    func readDamaged(_ partial: Message, now: Instant) -> NetworkRequest {
        partial.movesMoney && partial.mustBeAccepted ? kept(partial, now) : .refuse(.formatError)
    }

    /// An advice or reversal that cannot be taken as it is: an exception, with as much as can be read. Nobody would hear
    /// a refusal: its sender would repeat it for ever.
    func kept(_ message: Message, _ now: Instant) -> NetworkRequest {
        let identity = readableIdentity(of: message, now)
        if message.messageType.messageClass == .reversal {
            let told = reversalFacts(of: message)
            let reversal = Reversal(target: .references([], awaited: nil), isUnclear: true, told: told)
            return .take(pan(of: message), .reverse(reversal), identity: identity)
        }
        let advice = Advice(request: readableFacts(of: message), verdict: .unclear, reason: .other)
        return .take(pan(of: message), .advise(advice), identity: identity)
    }
}

extension Message {
    /// An authorization, a financial message, or the reversal of one.
    var movesMoney: Bool {
        switch messageType.messageClass {
        case .authorization, .financial, .reversal: messageType.function != .notification && !messageType.isResponse
        case .network, .fileAction, .reconciliation, .administrative, .feeCollection, nil: false
        }
    }
}
