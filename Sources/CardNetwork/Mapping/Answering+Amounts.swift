import AuthorizationCore
import ISO8583

/// DE 54 of answers.
extension NetworkProfile {
    /// Ledger balance (amount type 01) and available balance (02).
    func balances(_ balance: ToldBalance, _ request: Message) -> [AdditionalAmount] {
        [("01", balance.ledger), ("02", balance.available)].map { additionalAmount($0, $1, request) }
    }

    /// What a request asked for that was approved in part (amount type 57).
    func originalAmount(of request: Message) -> [AdditionalAmount] {
        guard let currency = request.text(49), let amount = request.digits(4) else { return [] }
        return [
            AdditionalAmount(
                accountType: accountType(of: request),
                amountType: "57",
                currency: currency,
                isCredit: false,
                amount: amount
            )
        ]
    }

    private func additionalAmount(
        _ type: String,
        _ amount: Money,
        _ request: Message
    ) -> AdditionalAmount {
        let digits = String(amount.currency.numeric)
        return AdditionalAmount(
            accountType: accountType(of: request),
            amountType: type,
            currency: String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits,
            isCredit: amount.minorUnits >= 0,
            amount: wireAmount(amount.minorUnits, amount.currency)
        )
    }

    /// DE 3, positions 3 and 4.
    private func accountType(of request: Message) -> String {
        request.text(3).map { String($0.dropFirst(2).prefix(2)) } ?? "00"
    }
}

extension Message {
    /// Puts in what an answer tells of an approval beside DE 39.
    mutating func set(_ approval: Approval, of request: Message, _ profile: NetworkProfile) {
        let balances = approval.balance.map { profile.balances($0, request) } ?? []
        var amounts = profile.kind(of: request) == .balanceInquiry ? balances : []
        set(38, text: approval.codeText)
        switch approval.extent {
        case .asRequested, .added: break
        case .partial(let approved):
            amounts = profile.originalAmount(of: request) + balances
            set(approved, insteadOfThoseOf: request, profile)
        }
        if !amounts.isEmpty { set(54, bytes: amounts.flatMap(\.bytes)) }
    }

    /// Puts approved amounts where the request has amounts: DE 4, its conversion by the issuer in DE 6, and in DE 5 the
    /// network's own, pro rata.
    mutating func set(_ approved: ApprovedAmounts, insteadOfThoseOf request: Message, _ profile: NetworkProfile) {
        let amount = profile.wireAmount(approved.transaction.minorUnits, approved.transaction.currency)
        set(4, digits: amount, width: 12)
        if request.contains(6) {
            let billed = profile.wireAmount(approved.billing.minorUnits, approved.billing.currency)
            set(6, digits: billed, width: 12)
        }
        if let settled = request.digits(5), let asked = request.digits(4), asked > 0 {
            set(5, digits: settled.scaled(by: amount, over: asked) ?? 0, width: 12)
        }
    }
}
