import AuthorizationCore

/// What a client sends to open an account.
struct OpeningBody {
    static let fields: Set<String> = ["program_id", "type", "balances", "charge_exempt", "cardholder_id"]

    var program: ProgramID
    /// Nil for an account without one.
    var type: AccountType?
    var balances: [OpenAccount.Line]
    let isChargeExempt: Bool
    let cardholder: CardholderID?

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let body = OpeningBody(try request.fields(Self.fields, errors), at: "", errors)
        self = try errors.require(body)
    }

    /// Nil when it added an error.
    init?(_ fields: ObjectReader, at pointer: String, _ errors: FieldErrors) {
        let program: ProgramID? = fields.required("program_id", .identifier())
        type = fields.optional("type", .closedList)
        let balances = fields.required("balances", .list(of: .openingLine, AccountRoutes.balanceCounts))
        isChargeExempt = fields.optional("charge_exempt", .boolean) ?? false
        cardholder = fields.optional("cardholder_id", .identifier())
        guard let program, let balances else { return nil }
        (self.program, self.balances) = (program, balances)
        var seen: Set<BalanceKey> = []
        for (index, line) in balances.enumerated() where !seen.insert(line.balance).inserted {
            errors.add("\(pointer)/balances/\(index)/currency", "Give each currency once.")
        }
    }

    func check(against program: Program) throws {
        let errors = FieldErrors()
        check(against: program, at: "", errors)
        try errors.check()
    }

    func check(against program: Program, at pointer: String, _ errors: FieldErrors) {
        if !program.accountTypes.isEmpty, type.map(program.accountTypes.contains) != true {
            errors.add("\(pointer)/type", "The program has accounts of other types only.")
        }
        for (index, line) in balances.enumerated() where program.policy(for: line.balance.currency) == nil {
            errors.add("\(pointer)/balances/\(index)/currency", "The program has no policy for this currency.")
        }
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
