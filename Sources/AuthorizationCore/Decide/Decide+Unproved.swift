extension DecisionContext {
    /// The limits of payments that are proved by less than a chip and a PIN; none where the program has none.
    func checkUnproved(_ request: AuthorizationRequest, _ billing: Billing?, _ demands: ProofDemands) -> [CheckResult] {
        guard let billing, request.kind.flow == .debit, let limits = demands.limit(in: billing.key.currency)
        else { return [] }
        switch demands.entryMode {
        case .contactlessChip, .contactlessMagneticStripe:
            guard let limit = limits.contactless else { return [] }
            let isProved = pinVerdict(of: request, demands[.pin]) == .passed
            let verdict: CheckResult.Verdict =
                isProved || billing.amount <= limit ? .passed : .failed(.pinNeededContactless)
            return [CheckResult(.contactlessLimit, verdict, observed: billing.amount, limit: limit)]
        case .fallback:
            guard let limit = limits.fallback else { return [] }
            let verdict: CheckResult.Verdict =
                billing.amount <= limit ? .passed : .failed(.fallbackLimitExceeded)
            return [CheckResult(.fallbackLimit, verdict, observed: billing.amount, limit: limit)]
        case .unknown, .manual, .magneticStripe, .contactChip, .ecommerce, .credentialOnFile: return []
        }
    }
}
