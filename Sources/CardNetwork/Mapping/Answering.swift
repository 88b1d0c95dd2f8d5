import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// The answer to a request with this code: the dialect's echoes, or for a message that the dialect does not know,
    /// what identifies it. Nil when the message cannot be answered.
    func answer(to request: Message, code: ResponseCode) -> Message? {
        answer(to: request, text: text(of: code, for: request))
    }

    /// The answer to a request that is refused with this code. Reversals and advices get silence, and come again: a
    /// network takes any answer to them as delivery. But what moves no money and is not supported would come for ever.
    func answer(refusing request: Message, with code: ResponseCode) -> Message? {
        let comesAgain = request.mustBeAccepted && (request.movesMoney || code != .notSupported)
        return comesAgain ? nil : answer(to: request, code: code)
    }

    /// The answer that a reply becomes; nil is silence.
    func answer(to request: Message, with reply: Reply) -> Message? {
        switch reply {
        case .decided(let decided): answer(to: request, with: decided)
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

    /// What the network is told of a decision and of what was verified, by its tables as they are now; nil for what it
    /// is not told.
    func codes(of decision: Decision, _ facts: VerificationFacts?, for request: Message) -> AnswerCodes? {
        var codes = codes(of: decision.outcome, for: request)
        if decision.tells(.cardCode) {
            codes?.cardCode = facts?.cardCode.map { checkAnswers.cardCode?.codes[$0] ?? "" }
        }
        if decision.tells(.authentication) {
            codes?.authentication = facts?.authentication.map { checkAnswers.authentication?.codes[$0] ?? "" }
        }
        return codes
    }

    func codes(of outcome: Outcome, for request: Message) -> AnswerCodes? {
        switch outcome {
        case .approved(let approval): return AnswerCodes(response: text(of: code(of: approval, request), for: request))
        case .declined(let reason, _): return codes(of: reason, for: request)
        case .acknowledged(.waitsForOriginal, _), .acknowledged(.exception(.originalNotFound), _):
            // An advice is never told that it was not understood.
            let isTold = dialect.reportsUnknownOriginal && !request.isAdvice
            return AnswerCodes(response: text(of: isTold ? .unableToLocate : .approved, for: request))
        case .acknowledged(.applied, _), .acknowledged(.nothingLeft, _), .acknowledged(.exception, _),
            .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _):
            return AnswerCodes(response: text(of: .approved, for: request))
        case .done, .refused: return nil
        }
    }

    private func codes(of reason: DeclineReason, for request: Message) -> AnswerCodes {
        let channel = channel(of: request)
        let decline = responses.decline(reason, at: channel)
        let isAdvised = merchantAdvice?.channels.contains(channel) == true
        return AnswerCodes(response: decline.code, advice: isAdvised ? merchantAdvice?.codes[decline.retry] : nil)
    }

    private func code(of approval: Approval, _ request: Message) -> ResponseCode {
        switch approval.extent {
        case .partial: .partiallyApproved
        case .asRequested, .added: kind(of: request) == .accountVerification ? .verified : .approved
        }
    }

    private func answer(to request: Message, with decided: Answer) -> Message? {
        let outcome = decided.decision.outcome
        // Rows of a time before codes were kept are answered by the tables as they are now.
        guard let codes = decided.codes ?? codes(of: outcome, for: request) else {
            return answer(refusing: request, with: .systemMalfunction)
        }
        guard var answer = answer(to: request, text: codes.response) else { return nil }
        if let advice = codes.advice, let merchantAdvice { answer.set(merchantAdvice.element, text: advice) }
        setChecks(of: request, in: &answer, told: codes)
        if let chipData = codes.chipData { answer.set(55, bytes: chipData + (codes.newPINScript ?? [])) }
        if case .approved(let approval) = outcome { answer.set(approval, of: request, self) }
        return answer
    }

    private func answer(to request: Message, text: String) -> Message? {
        guard var answer = dialect.answer(to: request) ?? request.answer(echoing: identifying) else { return nil }
        answer.set(39, text: text)
        return answer
    }

    /// What tells the messages of an edition apart, whatever their type.
    private var identifying: ElementSet {
        switch dialect.edition {
        case .iso1987: [7, 11, 32, 37, 41, 70]
        case .iso1993: [7, 11, 12, 24, 32, 37, 41]
        }
    }

    private func text(of code: ResponseCode, for request: Message) -> String {
        responses.text(of: code == .approved ? acceptance(of: request) : code)
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

extension Decision {
    /// Whether an answer may say what a check of a proof has found. Not where the check was not taken: wrong proofs are no
    /// failures there, and whoever tries them out could go on for ever. And not beyond a limit of failures, or with a
    /// counter that counts no more, whatever else the request is declined for: a right proof is declined like a wrong one.
    fileprivate func tells(_ proof: Check) -> Bool {
        let isSilent = [Check.failureCount, .merchantFailures, .counter].contains { verdict(of: $0)?.reason != nil }
        return switch verdict(of: proof) {
        case .passed?, .failed?: !isSilent
        case .notApplicable?, nil: false
        }
    }
}
