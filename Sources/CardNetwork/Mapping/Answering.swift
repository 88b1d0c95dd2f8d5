import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// The answer to a request with this code: the dialect's echoes, or for a message that the dialect does not know,
    /// what identifies it. Nil when the message cannot be answered.
    func answer(to request: Message, code: ResponseCode) -> Message? {
        answer(to: request, text: responses.text(of: code == .approved ? acceptance(of: request) : code))
    }

    /// The answer to a request that is refused with this code. Reversals and advices get silence, and come again: a
    /// network takes any answer to them as delivery.
    func answer(refusing request: Message, with code: ResponseCode) -> Message? {
        request.mustBeAccepted ? nil : answer(to: request, code: code)
    }

    /// The answer that a reply becomes; nil is silence.
    func answer(to request: Message, with reply: Reply) -> Message? {
        switch reply {
        case .decided(let decided): answer(to: request, with: decided.decision.outcome)
        case .keyConflict: answer(refusing: request, with: .duplicateTransmission)
        case .notFound, .misrouted, .failed: answer(refusing: request, with: .systemMalfunction)
        case .refused: refusal(of: request)
        case .late: nil
        }
    }

    /// What a request gets that is not taken on.
    func refusal(of request: Message) -> Message? {
        switch dialect.refusal {
        case .issuerInoperative: answer(refusing: request, with: .issuerInoperative)
        case .silence: nil
        }
    }

    private func answer(to request: Message, with outcome: Outcome) -> Message? {
        switch outcome {
        case .approved(let approval): return answer(to: request, with: approval)
        case .declined(let reason, _): return answer(to: request, declinedFor: reason)
        case .acknowledged(.waitsForOriginal, _), .acknowledged(.exception(.originalNotFound), _):
            // An advice is never told that it was not understood.
            let isTold = dialect.reportsUnknownOriginal && !request.isAdvice
            return answer(to: request, code: isTold ? .unableToLocate : .approved)
        case .acknowledged(.applied, _), .acknowledged(.nothingLeft, _), .acknowledged(.exception, _),
            .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _):
            return answer(to: request, code: .approved)
        case .done, .refused: return answer(refusing: request, with: .systemMalfunction)
        }
    }

    private func answer(to request: Message, declinedFor reason: DeclineReason) -> Message? {
        let channel = channel(of: request)
        let decline = responses.decline(reason, at: channel)
        var answer = answer(to: request, text: decline.code)
        if let merchantAdvice, merchantAdvice.channels.contains(channel),
            let advice = merchantAdvice.codes[decline.retry]
        {
            answer?.set(merchantAdvice.element, text: advice)
        }
        return answer
    }

    private func answer(to request: Message, with approval: Approval) -> Message? {
        let kind = kind(of: request)
        var code = kind == .accountVerification ? ResponseCode.verified : .approved
        let balances = approval.balance.map { self.balances($0, request) } ?? []
        var amounts = kind == .balanceInquiry ? balances : []
        var partial: ApprovedAmounts?
        switch approval.extent {
        case .asRequested, .added: break
        case .partial(let approved):
            code = .partiallyApproved
            amounts = originalAmount(of: request) + balances
            partial = approved
        }
        var answer = answer(to: request, code: code)
        answer?.set(38, text: approval.codeText)
        if let partial { answer?.set(partial, insteadOfThoseOf: request, self) }
        if !amounts.isEmpty { answer?.set(54, bytes: amounts.flatMap(\.bytes)) }
        return answer
    }

    private func answer(to request: Message, text: String) -> Message? {
        let start = dialect.answer(to: request) ?? request.answer(echoing: [7, 11, 32, 37, 41, 70])
        guard var answer = start else { return nil }
        answer.set(39, text: text)
        return answer
    }

    private func acceptance(of request: Message) -> ResponseCode {
        switch request.messageType.messageClass {
        case .reversal: .reversalAccepted
        case .network: .managementAccepted
        case .authorization, .financial, .fileAction, .reconciliation, .administrative, .feeCollection, nil: .approved
        }
    }
}

extension Message {
    /// Advices, notifications and everything of the reversal class.
    var mustBeAccepted: Bool {
        isAdvice || messageType.messageClass == .reversal || messageType.function == .notification
    }
}
