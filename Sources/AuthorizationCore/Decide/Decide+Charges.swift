/// What the program charges on a payment.
extension DecisionContext {
    /// With the charges of the program in force.
    ///
    /// - Parameter original: what an increment adds to. Both are one payment: the increment is charged what the whole is
    ///   more than the payment before, so that a fixed fee is charged once.
    func charged(_ billing: Billing, _ request: AuthorizationRequest, onTopOf original: Authorization? = nil) -> Billing
    {
        charged(billing, request, by: schedules(of: request, in: billing.key.currency), onTopOf: original)
    }

    /// - Parameter schedules: those that apply to the request.
    func charged(
        _ billing: Billing,
        _ request: AuthorizationRequest,
        by schedules: [ChargeSchedule],
        onTopOf original: Authorization? = nil
    ) -> Billing {
        guard !schedules.isEmpty else { return billing }
        let standing = original.flatMap { $0.balance == billing.key ? $0 : nil }
        let principal = (standing?.uncharged ?? 0).addingReportingOverflow(billing.lines.principal)
        let fee = (standing?.fee ?? 0).addingReportingOverflow(billing.lines.fee)
        guard !principal.overflow, !fee.overflow,
            let all = Self.amounts(of: schedules, on: principal.partialValue, fee: fee.partialValue),
            let before = standing.map({ Self.amounts(of: schedules, on: $0.uncharged, fee: $0.fee) })
                ?? schedules.map({ _ in Int64(0) })
        else { return billing.unchargeable }
        var charges: [Charge] = []
        for (index, schedule) in schedules.enumerated() {
            // A new payment has those of 0 too: their terms say what is charged when more is cleared.
            let mayCome = standing == nil && (schedule.terms.base != .earlierCharges || !charges.isEmpty)
            guard mayCome || all[index] > before[index] else { continue }
            let isHeld = schedule.moment == .authorization || request.isSingleMessage
            let amount = all[index] - before[index]
            charges.append(
                Charge(schedule.code, to: schedule.counterAccount, isHeld: isHeld, amount: amount, by: schedule.terms)
            )
        }
        if let standing, standing.charges(adding: charges) == nil { return billing.unchargeable }
        return billing.with(charges)
    }

    /// Those that apply. Nothing is charged where no money moves.
    func schedules(of request: AuthorizationRequest, in currency: Currency) -> [ChargeSchedule] {
        guard !program.charges.isEmpty, request.kind.flow != .none else { return [] }
        return program.charges.filter { schedule in
            schedule.currency == currency
                && schedule.conditions.apply(to: request, in: currency, isExempt: account.isChargeExempt)
        }
    }

    /// Of a whole payment. Nil when one is out of range.
    private static func amounts(of schedules: [ChargeSchedule], on principal: Int64, fee: Int64) -> [Int64]? {
        var amounts: [Int64] = []
        for schedule in schedules {
            guard let amount = schedule.terms.amount(on: principal, fee: fee, earlier: amounts.reduce(0, +)) else {
                return nil
            }
            amounts.append(amount)
        }
        return amounts
    }

    /// Nil where the program charges nothing.
    func checkCharges(_ billing: Billing?) -> CheckResult? {
        guard let billing else { return nil }
        guard billing.isChargeable else { return CheckResult(.charges, .failed(.chargesOutOfRange)) }
        let sum = billing.charges.reduce(0) { $0 + $1.amount }
        return billing.charges.isEmpty ? nil : CheckResult(.charges, .passed, observed: sum, limit: largestAmount)
    }
}

extension Billing {
    /// Those that are held are part of its lines.
    func with(_ charges: [Charge]) -> Billing {
        var billing = self
        billing.charges = charges
        billing.lines.charges = charges.map { $0.isHeld ? $0.amount : 0 }
        return billing.lines.isInRange ? billing : unchargeable
    }

    var unchargeable: Billing {
        var billing = self
        billing.charges = []
        billing.lines.charges = []
        billing.isChargeable = false
        return billing
    }

    /// What stands of a payment keeps the charges that it was approved with, for its new amount.
    func keepingCharges(of original: Authorization) -> Billing {
        let amounts = original.charges(of: transaction.minorUnits, on: lines.principal, fee: lines.fee)
        guard let amounts else { return unchargeable }
        var charges = original.charges
        for (index, amount) in amounts.enumerated() { charges[index].amount = amount }
        var billing = self
        billing.isChargeable = true
        return billing.with(charges)
    }
}

extension Authorization {
    /// Its charges and those that an increment adds to them, line by line. Nil when they are too many, or out of range.
    func charges(adding added: [Charge]) -> [Charge]? {
        var charges = charges
        for charge in added {
            let held = charge.isHeld ? charge.amount : 0
            guard let index = charges.firstIndex(where: { $0.isSameLine(as: charge) }) else {
                var new = charge
                new.held = held
                charges.append(new)
                continue
            }
            charges[index].amount += charge.amount
            charges[index].held += held
            charges[index].terms = charge.terms
        }
        return charges.count <= Charge.most && charges.allSatisfy { $0.amount <= largestAmount } ? charges : nil
    }
}
