import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// The answer to a request with this DE 39: the dialect's echoes, or for a message that the dialect does not
    /// know, what identifies it. Nil when the message cannot be answered.
    func answer(to request: Message, code: String) -> Message? {
        let start = dialect.answer(to: request) ?? request.answer(echoing: [7, 11, 32, 37, 41, 70])
        guard var answer = start else { return nil }
        answer.set(39, text: code)
        return answer
    }

    /// The answer to a request that is refused with this DE 39. Reversals and advices get silence, and come again: a
    /// network takes any answer to them as delivery.
    func answer(refusing request: Message, with code: String) -> Message? {
        request.mustBeAccepted ? nil : answer(to: request, code: code)
    }

    /// The answer that a reply becomes; nil is silence.
    func answer(to request: Message, with reply: Reply) -> Message? {
        switch reply {
        case .decided(let decided): answer(to: request, with: decided.decision.outcome)
        case .keyConflict: answer(to: request, code: ResponseCode.duplicateTransmission)
        case .notFound, .misrouted, .failed: malfunction(request)
        case .refused: refusal(of: request)
        case .late: nil
        }
    }

    private func answer(to request: Message, with outcome: Outcome) -> Message? {
        switch outcome {
        case .approved(let approval):
            var answer = answer(to: request, code: ResponseCode.approved)
            let digits = String(approval.code)
            answer?.set(38, text: String(repeating: "0", count: max(0, 6 - digits.count)) + digits)
            return answer
        case .declined(let reason, _):
            return answer(to: request, code: responseCodes[reason] ?? ResponseCode.systemMalfunction)
        case .acknowledged(.waitsForOriginal, _):
            let code = dialect.reportsUnknownOriginal ? ResponseCode.unableToLocate : ResponseCode.approved
            return answer(to: request, code: code)
        case .acknowledged(.applied, _), .acknowledged(.nothingLeft, _), .acknowledged(.exception, _),
            .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _):
            return answer(to: request, code: ResponseCode.approved)
        case .done, .refused:
            return malfunction(request)
        }
    }

    /// Of a request; reversals and advices are never answered with a code that is not an acknowledgement.
    private func malfunction(_ request: Message) -> Message? {
        request.mustBeAccepted ? nil : answer(to: request, code: ResponseCode.systemMalfunction)
    }

    /// What a request gets that is not taken on.
    func refusal(of request: Message) -> Message? {
        guard !request.mustBeAccepted else { return nil }
        switch dialect.refusal {
        case .issuerInoperative: return answer(to: request, code: ResponseCode.issuerInoperative)
        case .silence: return nil
        }
    }
}

extension Message {
    /// Advices, notifications and everything of the reversal class.
    var mustBeAccepted: Bool {
        messageType.messageClass == .reversal || messageType.function == .advice
            || messageType.function == .notification
    }
}
