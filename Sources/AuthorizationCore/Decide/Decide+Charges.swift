/// What the program charges on a payment.
extension DecisionContext {
    /// With the charges of the program in force.
    ///
    /// - Parameter original: what an increment adds to. Both are one payment: the increment is charged what the whole is
    ///   more than the payment before, so that a fixed fee is charged once.
    func charged(_ billing: Billing, _ request: AuthorizationRequest, onTopOf original: Authorization? = nil) -> Billing
    {
        let schedules = schedules(of: request, in: billing.key.currency)
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
        for (index, schedule) in schedules.enumerated() where all[index] > before[index] {
            let isHeld = schedule.moment == .authorization || request.isSingleMessage
            let amount = all[index] - before[index]
            charges.append(Charge(schedule.code, to: schedule.counterAccount, isHeld: isHeld, amount: amount))
        }
        return billing.with(charges)
    }

    /// Those that apply. Nothing is charged where no money moves.
    private func schedules(of request: AuthorizationRequest, in currency: Currency) -> [ChargeSchedule] {
        guard !program.charges.isEmpty, request.kind.flow != .none else { return [] }
        return program.charges.filter { schedule in
            schedule.currency == currency
                && schedule.conditions.apply(to: request, in: currency, isExempt: account.isChargeExempt)
        }
    }

    /// Of a whole payment. Nil when one is out of range.
    private static func amounts(of schedules: [ChargeSchedule], on principal: Int64, fee: Int64) -> [Int64]? {
        let (withFee, isTooLarge) = principal.addingReportingOverflow(fee)
        var amounts: [Int64] = []
        for schedule in schedules {
            let base: Int64? =
                switch schedule.base {
                case .amount: principal
                case .amountWithFee: isTooLarge ? nil : withFee
                case .earlierCharges: amounts.reduce(0, +)
                }
            guard let amount = base.flatMap(schedule.amount) else { return nil }
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

    /// What stands of a payment keeps the charges that it was approved with, in proportion to its new amount.
    func keepingCharges(of original: Authorization) -> Billing {
        var charges = original.charges
        for index in charges.indices {
            guard
                let amount = charges[index].amount
                    .scaled(by: transaction.minorUnits, over: original.approved.minorUnits)
            else { return unchargeable }
            charges[index].amount = amount
        }
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
            let (sum, isTooLarge) = charges[index].amount.addingReportingOverflow(charge.amount)
            guard !isTooLarge else { return nil }
            charges[index].amount = sum
            charges[index].held += held
        }
        return charges.count <= Charge.most ? charges : nil
    }
}
