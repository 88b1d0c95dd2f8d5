/// What a program demands of one request's proofs.
struct ProofDemands {
    private let policy: VerificationPolicy
    private let situation: PaymentSituation
    private let changesPIN: Bool

    /// Nil where nothing is demanded: of programs that verify nothing, of clients, who vouch for what they ask, and of
    /// money that comes in.
    init?(_ request: AuthorizationRequest, _ card: Card, _ program: Program) {
        guard let policy = program.verification, !request.network.isEmpty, request.kind.flow != .credit else {
            return nil
        }
        self.policy = policy
        situation = request.situation(with: card.instances)
        changesPIN = request.kind == .pinChange
    }

    /// What may be paid in a currency with less proof than a chip and a PIN give.
    func limit(in currency: Currency) -> UnprovedLimit? { policy.limit(in: currency) }

    var entryMode: EntryMode { situation.entryMode }

    var isOfToken: Bool { situation.hasToken }

    var refusesEntryMode: Bool { policy.refusedEntryModes.contains(situation.entryMode) }

    /// Whatever the policy says, nobody changes a PIN who does not give the present one.
    subscript(_ proof: Proof) -> ProofDemand {
        changesPIN && proof == .pin ? .required : policy.demand(proof, in: situation)
    }

    /// Of the values that track data may carry, the hardest demand.
    var cardValue: ProofDemand {
        let demands = CardValueFacts.Kind.allCases.map { self[$0.proof] }
        return [.required, .checked, .byNetwork].first(where: demands.contains) ?? .ignored
    }
}

extension DecisionContext {
    /// The checks of what proves the payment, in their order.
    func checkProofs(_ request: AuthorizationRequest, _ demands: ProofDemands) -> [CheckResult] {
        let facts = request.verification
        let network = request.credential
        let first = [CheckResult(.entryMode, entryMode(request, demands))]
        return first + checkPIN(request, demands[.pin]) + [
            CheckResult(
                .cardValue,
                verdict(facts?.cardValue?.result, demands.cardValue, .cardValueMissing, .cardValueIncorrect)
            ),
            CheckResult(
                .cardCode,
                verdict(
                    facts?.cardCode,
                    demands[.cardCode],
                    .cardCodeMissing,
                    .cardCodeIncorrect,
                    byNetwork: network?.cardCode.result
                )
            ),
            CheckResult(
                .cryptogram,
                verdict(
                    facts?.chip?.result,
                    demands[.cryptogram],
                    .cryptogramMissing,
                    .cryptogramIncorrect,
                    byNetwork: network?.token?.cryptogram,
                    isNetworks: demands.isOfToken
                )
            ),
        ] + checkChip(request, demands) + [
            CheckResult(
                .authentication,
                verdict(
                    facts?.authentication,
                    demands[.authentication],
                    .authenticationMissing,
                    .authenticationIncorrect,
                    byNetwork: network?.authentication.result
                )
            )
        ]
    }

    private func checkPIN(_ request: AuthorizationRequest, _ demand: ProofDemand) -> [CheckResult] {
        let verdict = pinVerdict(of: request, demand)
        let present = CheckResult(.pin, verdict)
        guard request.kind == .pinChange else { return [present] }
        return [present, CheckResult(.newPin, newPINVerdict(of: request, present: verdict))]
    }

    /// A wrong proof declines wherever it is looked at. One that nobody could verify declines where it is required.
    ///
    /// - Parameter isNetworks: whether only the network can verify it.
    private func verdict(
        _ result: ProofVerification.Result?,
        _ demand: ProofDemand,
        _ missing: DeclineReason,
        _ incorrect: DeclineReason,
        byNetwork: ProofVerification.Result? = nil,
        isNetworks: Bool = false
    ) -> CheckResult.Verdict {
        let isRequired: Bool
        switch demand {
        case .ignored, .forbidden: return .notApplicable
        case .checked: isRequired = false
        case .required, .byNetwork: isRequired = true
        }
        switch isNetworks || demand == .byNetwork ? byNetwork : result {
        case .match?: return .passed
        case .noMatch?: return .failed(incorrect)
        case .notVerified?: return isRequired ? .failed(.notVerifiable) : .notApplicable
        case nil: return isRequired ? .failed(missing) : .notApplicable
        }
    }

    private func entryMode(_ request: AuthorizationRequest, _ demands: ProofDemands) -> CheckResult.Verdict {
        if demands.refusesEntryMode { return .failed(.entryModeNotAllowed) }
        if Proof.allCases.contains(where: { demands[$0] == .forbidden && request.presents($0) }) {
            return .failed(.proofNotAllowed)
        }
        return demands[.link] == .required && !isLinked(request) ? .failed(.linkMissing) : .passed
    }

    /// Whether a merchant's payment follows from an authorization of the account that was not declined, whatever became
    /// of it. Money that came in says nothing of what the cardholder agreed to pay. An increment is compared with its own.
    func isLinked(_ request: AuthorizationRequest) -> Bool {
        guard request.increment == nil else { return true }
        guard request.isMerchants, let key = request.transactionKey,
            let original = find(among: [key])?.authorization, original.kind.flow != .credit
        else { return false }
        switch original.status {
        case .declined: return false
        // A decline can be reversed, too, and has never had a balance.
        case .reversed: return original.balance != nil
        case .pending, .cleared, .expired: return true
        }
    }
}

extension AuthorizationRequest {
    /// Whether verification has looked at a proof, or the request has one that needs none.
    fileprivate func presents(_ proof: Proof) -> Bool {
        switch proof {
        case .pin: verification?.pin != nil
        // Which value it is shows only when it is right.
        case .stripeValue: verification?.cardValue == CardValueFacts(.stripe, .match)
        case .chipValue: verification?.cardValue == CardValueFacts(.chip, .match)
        case .dynamicValue: verification?.cardValue == CardValueFacts(.dynamic, .match)
        case .cardCode: verification?.cardCode != nil || credential?.cardCode.presence == .present
        case .expiry: expiry != nil
        case .cryptogram: verification?.chip != nil
        case .authentication: verification?.authentication != nil || credential?.authentication.presence == .present
        case .link: !references.transactionID.isEmpty
        }
    }
}
