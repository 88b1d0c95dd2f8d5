/// Everything that was found out about a request.
struct Assessment {
    var card: CardID
    var billing: Billing?
    var checks: [CheckResult]
    /// Nil unless the program counts the payment as a contactless one without a PIN.
    var contactless: ContactlessShare?

    /// Nil when every check has passed.
    var declineReason: DeclineReason? {
        checks.lazy.compactMap(\.verdict.reason).min { $0.precedence < $1.precedence }
    }
}

extension CheckResult.Verdict {
    package var reason: DeclineReason? {
        switch self {
        case .failed(let reason): reason
        case .passed, .notApplicable: nil
        }
    }
}

extension DecisionContext {
    /// Takes every check that applies.
    ///
    /// - Parameter addition: what the request comes to when it is an increment.
    func assess(_ request: AuthorizationRequest, _ card: Card, _ addition: Addition? = nil) -> Assessment {
        let whole = billing(of: request)
        let billing = addition == nil ? whole : addition?.billing
        let flow = request.kind.flow
        let demands = ProofDemands(request, card, program)
        var checks = [
            CheckResult(.cardFound, .passed),
            checkNotReversed(request),
            CheckResult(.cardStatus, card.status.declineReason(of: flow).map { .failed($0) } ?? .passed),
            checkExpiry(of: card, request, demands),
            CheckResult(.accountStatus, account.status.declineReason(of: flow).map { .failed($0) } ?? .passed),
            checkKind(request, billing),
            CheckResult(.currencyConvertible, billing == nil ? .failed(.currencyNotConvertible) : .passed),
            checkTransactionLimit(of: card, billing, flow, onTopOf: addition?.original),
            checkDailyLimit(of: card, billing, flow),
            checkFunds(billing, flow),
        ]
        let original = addition.map { checkOriginal($0, request) }
        let isOfKnownPayment = original.map { $0.verdict == .passed } ?? isLinked(request)
        if let check = request.merchantCheck(isOfKnownPayment: isOfKnownPayment, isReplayed: isReplayed(request)) {
            checks.insert(check, before: .cardFound)
        }
        if let check = checkToken(of: request, card) { checks.insert(check, before: .instanceExpiry) }
        if let check = checkNetwork(request) { checks.insert(check, before: .notReversed) }
        if let check = checkUses(of: card, request) { checks.insert(check, before: .instanceExpiry) }
        if let original { checks.insert(original, before: .currencyConvertible) }
        let token = addition?.original?.token ?? countedToken(of: request)
        if let check = checkTokenLimit(billing, card.id, token, flow) {
            checks.insert(check, before: .availableBalance)
        }
        if let check = checkCharges(billing) { checks.insert(check, before: .transactionLimit) }
        if request.cashback != 0 { checks.insert(checkCashback(request, whole), before: .dailyLimit) }
        if let demands {
            if let check = checkFailures(request) { checks.insert(check, before: .instanceExpiry) }
            let proofs = checkProofs(request, demands)
            let unproved = checkUnproved(request, billing, demands, proofs, onTopOf: addition?.original)
            for check in proofs + unproved {
                checks.insert(check, before: .transactionLimit)
            }
        } else if request.kind == .pinChange {
            checks.insert(CheckResult(.pin, .failed(.pinNotVerified)), before: .transactionLimit)
        }
        var assessment = Assessment(card: card.id, billing: billing, checks: checks)
        assessment.contactless = contactlessShare(of: request, checks)
        return assessment
    }

    /// Nil where the program takes every network, and over HTTP.
    private func checkNetwork(_ request: AuthorizationRequest) -> CheckResult? {
        guard program.isReached(from: request.network) else {
            return CheckResult(.network, .failed(.networkNotAllowed))
        }
        let networks = program.sandbox == nil ? program.issuing.networks : []
        guard !networks.isEmpty, !request.network.isEmpty else { return nil }
        return CheckResult(.network, networks.contains(request.network) ? .passed : .failed(.networkNotAllowed))
    }

    /// A reversal or an advice may come before the message that it names.
    private func checkNotReversed(_ request: AuthorizationRequest) -> CheckResult {
        let own = request.message.flatMap { state.keys[$0.key] }
        // An increment shares its network transaction with what it adds to.
        let shared = request.increment == nil && !isOfEarlierPayment(request) ? request.transactionKey : nil
        // Without a fingerprint, what is known of the message was told by others.
        guard let record = own ?? shared.flatMap({ state.keys[$0] }), record.answer == nil || record.fingerprint.isEmpty
        else { return CheckResult(.notReversed, .passed) }
        let reason: DeclineReason = record.authorization == nil ? .reversedBeforeArrival : .advisedBeforeArrival
        return CheckResult(.notReversed, .failed(reason))
    }

    /// Where the program ignores the date, it is as good as none, and never a wrong one. So it is in a network's credits:
    /// a refund may tell the date of the card before, or a token's, and whoever tries dates there, where nobody counts
    /// wrong ones, would find out the right one.
    private func checkExpiry(of card: Card, _ request: AuthorizationRequest, _ demands: ProofDemands?) -> CheckResult {
        let isOfNetwork = !request.network.isEmpty
        let demand = isOfNetwork && request.kind.flow == .credit ? .ignored : demands?[.expiry]
        let active = card.instances.filter(\.active)
        let told = demand == .ignored ? nil : request.expiry
        let presented = told.map { expiry in active.filter { $0.expiry == expiry } } ?? active
        let isMissing = told == nil && demand == .required
        if presented.isEmpty && demand != .ignored || isMissing {
            return CheckResult(.instanceExpiry, .failed(.expiryMismatch))
        }
        let isValid = presented.contains { moment.now < $0.validUntil }
        return CheckResult(.instanceExpiry, isValid ? .passed : .failed(.cardExpired))
    }

    /// A status check needs an amount that the program holds for it, and an increment what it adds to.
    private func checkKind(_ request: AuthorizationRequest, _ billing: Billing?) -> CheckResult {
        let hasPurpose: Bool
        switch request.purpose {
        case .final, .preAuthorization, .estimated, .noShow, .delayedCharge, .resubmission, .deferred:
            hasPurpose = request.increment == nil
        case .increment: hasPurpose = request.increment != nil
        case .statusCheck:
            hasPurpose =
                request.increment == nil && billing.flatMap { statusCheckAmount(of: request, on: $0.key) } != nil
        }
        let isAllowed = hasPurpose && program.kinds.contains(request.kind)
        return CheckResult(.kindAllowed, isAllowed ? .passed : .failed(.kindNotAllowed))
    }

    /// An increment is limited together with what it adds to: it is one payment.
    private func checkTransactionLimit(
        of card: Card,
        _ billing: Billing?,
        _ flow: TransactionKind.Flow,
        onTopOf original: Authorization?
    ) -> CheckResult {
        guard let billing, flow == .debit else { return CheckResult(.transactionLimit, .notApplicable) }
        let limit = limits(of: card, in: billing.key.currency)?.transaction ?? 0
        let total = billing.total(onTopOf: original)
        let passes = total.map { $0 <= limit } ?? false
        let verdict: CheckResult.Verdict = passes ? .passed : .failed(.transactionLimitExceeded)
        return CheckResult(.transactionLimit, verdict, observed: total ?? .max, limit: limit)
    }

    private func checkDailyLimit(of card: Card, _ billing: Billing?, _ flow: TransactionKind.Flow) -> CheckResult {
        guard let billing, flow == .debit else { return CheckResult(.dailyLimit, .notApplicable) }
        let key = CounterKey(card: card.id, currency: billing.key.currency, dayStart: moment.dayStart)
        let limit = limits(of: card, in: billing.key.currency)?.daily ?? 0
        return checkVelocity(.dailyLimit, key, billing, limit)
    }

    /// The product's, else the program's; nil where neither has the currency, and where the program has no such product
    /// any more: its limits may have been lower than the program's.
    private func limits(of card: Card, in currency: Currency) -> CardProduct.Limits? {
        let name = card.details.terms.product
        if !name.isEmpty {
            guard let product = program.issuing.product(named: name) else { return nil }
            if let own = product.limits.first(where: { $0.currency == currency }) { return own }
        }
        return program.policy(for: currency).map { policy in
            CardProduct.Limits(currency: currency, transaction: policy.transactionLimit, daily: policy.dailyLimit)
        }
    }

    /// Nil where the program does not limit tokens in the currency, or none was used.
    private func checkTokenLimit(
        _ billing: Billing?,
        _ card: CardID,
        _ token: [UInt8]?,
        _ flow: TransactionKind.Flow
    ) -> CheckResult? {
        guard let billing, let token, flow == .debit,
            let limit = program.policy(for: billing.key.currency)?.tokenDailyLimit
        else { return nil }
        let currency = billing.key.currency
        let key = CounterKey(card: card, currency: currency, dayStart: moment.dayStart, token: token)
        return checkVelocity(.tokenDailyLimit, key, billing, limit)
    }

    private func checkVelocity(_ check: Check, _ key: CounterKey, _ billing: Billing, _ limit: Int64) -> CheckResult {
        let counter = state.counters[key] ?? Counter()
        let (sum, overflow) = counter.amount.addingReportingOverflow(billing.amount)
        let verdict: CheckResult.Verdict = !overflow && sum <= limit ? .passed : .failed(.dailyLimitExceeded)
        return CheckResult(check, verdict, observed: overflow ? .max : sum, limit: limit)
    }

    private func checkFunds(_ billing: Billing?, _ flow: TransactionKind.Flow) -> CheckResult {
        guard let billing, flow == .debit, let balance = state.balances[billing.key] else {
            return CheckResult(.availableBalance, .notApplicable)
        }
        guard let available = balance.available(countingCredits: program.spendsPendingCredits) else {
            return CheckResult(.availableBalance, .failed(.insufficientFunds), observed: billing.amount)
        }
        let verdict: CheckResult.Verdict = billing.amount <= available ? .passed : .failed(.insufficientFunds)
        return CheckResult(.availableBalance, verdict, observed: billing.amount, limit: available)
    }

    /// Increments need what they add to: pending, of the same card and acceptor, in the same currencies.
    private func checkOriginal(_ addition: Addition, _ request: AuthorizationRequest) -> CheckResult {
        guard let original = addition.original, original.status == .pending else {
            return CheckResult(.original, .failed(.originalNotFound))
        }
        let isSame =
            original.card == request.card && original.acceptor == Acceptor(request.merchant)
            && original.kind.flow == request.kind.flow && original.approved.currency == request.transaction.currency
            && addition.amount > 0 && (addition.billing == nil || addition.billing?.key == original.balance)
        return CheckResult(.original, isSame ? .passed : .failed(.originalDiffers))
    }

    /// The cash in a purchase has a limit of its own, when the program says so; it is never more than the purchase. What
    /// comes on top of a purchase has none: that may have handed out all the cash that the limit leaves.
    private func checkCashback(_ request: AuthorizationRequest, _ billing: Billing?) -> CheckResult {
        let amount = request.transaction.minorUnits
        guard let billing, amount > 0 else { return CheckResult(.cashbackLimit, .notApplicable) }
        guard (0...amount).contains(request.cashback),
            let cash = request.cashback.scaled(by: billing.lines.principal, over: amount)
        else { return CheckResult(.cashbackLimit, .failed(.cashbackLimitExceeded), observed: request.cashback) }
        let isOnTop = request.increment?.mode == .delta
        let policy = program.policy(for: billing.key.currency)
        let limit = isOnTop ? 0 : policy?.cashbackLimit ?? billing.lines.principal
        let verdict: CheckResult.Verdict = cash <= limit ? .passed : .failed(.cashbackLimitExceeded)
        return CheckResult(.cashbackLimit, verdict, observed: cash, limit: limit)
    }
}

extension [CheckResult] {
    fileprivate mutating func insert(_ result: CheckResult, before check: Check) {
        insert(result, at: firstIndex { $0.check == check } ?? endIndex)
    }
}
