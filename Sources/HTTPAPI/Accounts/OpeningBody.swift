import AuthorizationCore

/// What a client sends to open an account.
struct OpeningBody {
    var program: ProgramID
    var balances: [OpenAccount.Line]
    let isChargeExempt: Bool

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(["program_id", "balances", "charge_exempt"], errors)
        let program: ProgramID? = fields.required("program_id", .identifier())
        let balances = fields.required("balances", .list(of: .openingLine, AccountRoutes.balanceCounts))
        isChargeExempt = fields.optional("charge_exempt", .boolean) ?? false
        self.program = try errors.require(program)
        self.balances = try errors.require(balances)
        var seen: Set<BalanceKey> = []
        for (index, line) in self.balances.enumerated() where !seen.insert(line.balance).inserted {
            errors.add("/balances/\(index)/currency", "Give each currency once.")
        }
        try errors.check()
    }

    func check(against program: Program) throws {
        let errors = FieldErrors()
        for (index, line) in balances.enumerated() where program.policy(for: line.balance.currency) == nil {
            errors.add("/balances/\(index)/currency", "The program has no policy for this currency.")
        }
        try errors.check()
    }
}

extension FieldType where Value == OpenAccount.Line {
    fileprivate static var openingLine: FieldType {
        FieldType { value, pointer, errors in
            guard let fields = ObjectReader(value, at: pointer, fields: ["currency", "credit_limit"], errors) else {
                return nil
            }
            let currency = fields.required("currency", .currency)
            let limit = fields.optional("credit_limit", .integer(-largestAmount...largestAmount))
            return currency.map { OpenAccount.Line(balance: BalanceKey($0), creditLimit: limit ?? 0) }
        }
    }
}
