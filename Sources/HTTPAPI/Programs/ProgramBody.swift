import AuthorizationCore
import Foundation
import ISO8583

/// What an operator sends of a program: all that a version of it has, but for what its cards' payments are verified
/// with.
struct ProgramBody {
    static let fields: Set = [
        "time_zone", "bin", "pan_length", "currencies", "kinds", "rates", "mark_up", "spends_pending_credits",
        "card_validity_months", "account_types", "charges", "networks", "products", "needs_approval",
    ]
    private static let currencyCounts = 1...16
    private static let rateCounts = 0...256
    /// Of digits of a PAN (ISO/IEC 7812-1).
    private static let panLengths: ClosedRange<Int64> = 12...19
    private static let validityMonths: ClosedRange<Int64> = 1...240
    /// Parts per million.
    private static let markUps: ClosedRange<Int64> = 0...1_000_000

    /// Nil when left out: then a change keeps what is in force, and a new program needs none.
    let needsApproval: Bool?
    private let timeZone: String
    private let bin: String
    private let panLength: Int64
    private let currencies: [CurrencyPolicy]
    private let kinds: [TransactionKind]
    private let rates: [ExchangeRate]
    private let markUp: Int64
    private let spendsPendingCredits: Bool
    private let validity: Int64
    private let accountTypes: [AccountType]
    private let charges: [ChargeSchedule]
    private let networks: [String]
    private let products: [CardProduct]

    init(_ fields: ObjectReader, _ errors: FieldErrors) throws {
        let timeZone = fields.required("time_zone", .timeZone)
        let bin = fields.required("bin", .characters(6...8, "6 to 8 digits", ASCII.digits))
        panLength = fields.optional("pan_length", .integer(Self.panLengths)) ?? 16
        let currencies = fields.required("currencies", .list(of: .currencyPolicy, Self.currencyCounts))
        let kinds: [TransactionKind]? = fields.required(
            "kinds",
            .list(of: .closedList, 1...TransactionKind.allCases.count)
        )
        rates = fields.optional("rates", .list(of: .exchangeRate, Self.rateCounts)) ?? []
        markUp = fields.optional("mark_up", .integer(Self.markUps)) ?? 0
        spendsPendingCredits = fields.optional("spends_pending_credits", .boolean) ?? false
        validity = fields.optional("card_validity_months", .integer(Self.validityMonths)) ?? 36
        accountTypes = fields.optional("account_types", .list(of: .closedList, 0...AccountType.allCases.count)) ?? []
        networks = fields.optional("networks", .list(of: .networkName, IssuingTerms.networkCounts)) ?? []
        let products = fields.optional(
            "products",
            .list(of: .product(in: (currencies ?? []).map(\.currency)), IssuingTerms.productCounts)
        )
        self.products = products ?? []
        needsApproval = fields.optional("needs_approval", .boolean)
        let charges = fields.optional(
            "charges",
            .list(of: .chargeSchedule(in: (currencies ?? []).map(\.currency)), 0...ChargeSchedule.most)
        )
        self.charges = charges ?? []
        self.timeZone = try errors.require(timeZone)
        self.bin = try errors.require(bin)
        self.currencies = try errors.require(currencies)
        self.kinds = try errors.require(kinds)
        Self.refuseTwins(self.currencies.map(\.currency), "/currencies", errors)
        Self.refuseTwins(self.kinds, "/kinds", errors)
        Self.refuseTwins(accountTypes, "/account_types", errors)
        Self.refuseTwins(networks, "/networks", errors)
        Self.refuseTwins(self.products.map(\.name), "/products", errors)
        Self.refuseTwins(rates.map { [$0.from, $0.to] }, "/rates", errors)
        Self.refuseTwins(self.charges.map(\.code), "/charges", errors)
        try errors.check()
    }

    /// Refuses networks that the installation does not have, numbers that could not be told from others in texts, where
    /// they are masked or refused, and names with a card number in them. What the program has already stays.
    func check(networks known: Set<String>, after before: Program?) throws {
        let allowed = known.union(before?.issuing.networks ?? [])
        let errors = FieldErrors()
        let hasNumbers = before.map { $0.bin == bin && Int64($0.panLength) == panLength } ?? false
        if !hasNumbers, !SchemeNumbers.begin(Int(bin.prefix(2)) ?? 0, length: Int(panLength)) {
            errors.add("/bin", "Expected the first digits of a card scheme's numbers of \(panLength) digits.")
        }
        let detail = "Expected a text without a card number."
        for (index, product) in products.enumerated() where product.name.holdsCardNumber {
            guard before?.issuing.product(named: product.name) == nil else { continue }
            errors.add("/products/\(index)/name", detail)
        }
        for (index, charge) in charges.enumerated() where charge.code.holdsCardNumber {
            guard before?.charges.contains(where: { $0.code == charge.code }) != true else { continue }
            errors.add("/charges/\(index)/code", detail)
        }
        for (index, name) in networks.enumerated() where !allowed.contains(name) {
            errors.add("/networks/\(index)", "The installation has no such network.")
        }
        try errors.check()
    }

    /// - Parameter before: what it takes the place of.
    func program(_ id: ProgramID, _ tenant: TenantID, after before: Program?) -> Program {
        var program = Program(
            id: id,
            tenant: tenant,
            version: (before?.version ?? 0) + 1,
            timeZone: timeZone,
            bin: bin,
            panLength: UInt8(panLength),
            currencies: currencies,
            kinds: Set(kinds),
            rates: rates,
            markUp: markUp,
            spendsPendingCredits: spendsPendingCredits,
            cardValidityMonths: UInt16(validity)
        )
        program.accountTypes = Set(accountTypes)
        program.verification = before?.verification
        program.sandbox = before?.sandbox
        program.charges = charges
        program.issuing = IssuingTerms(networks: networks.sorted(), products: products)
        return program
    }

    private static func refuseTwins<Value: Hashable>(_ values: [Value], _ pointer: String, _ errors: FieldErrors) {
        var seen: Set<Value> = []
        for (index, value) in values.enumerated() where !seen.insert(value).inserted {
            errors.add("\(pointer)/\(index)", "Give each once.")
        }
    }
}

extension FieldType where Value == String {
    /// An IANA name that this machine's zone tables have.
    fileprivate static var timeZone: FieldType {
        .text("an IANA time zone such as Europe/Berlin") { name in
            name.utf8.count <= 64 && TimeZone(identifier: name) != nil ? name : nil
        }
    }
}

extension FieldType where Value == String {
    fileprivate static var networkName: FieldType {
        .text("a network's name, 1 to 16 of a-z, 0-9 and -") { IssuingTerms.isNetworkName($0) ? $0 : nil }
    }
}

extension FieldType where Value == CurrencyPolicy {
    fileprivate static var currencyPolicy: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = [
                "currency", "transaction_limit", "daily_limit", "cashback_limit", "status_check_amount",
                "token_daily_limit",
            ]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let currency = fields.required("currency", .currency)
            let single = fields.required("transaction_limit", .integer(0...largestAmount))
            let daily = fields.required("daily_limit", .integer(0...largestAmount))
            let cashback = fields.optional("cashback_limit", .integer(0...largestAmount))
            let check = fields.optional("status_check_amount", .integer(1...largestAmount))
            let token = fields.optional("token_daily_limit", .integer(0...largestAmount))
            guard let currency, let single, let daily else { return nil }
            return CurrencyPolicy(
                currency: currency,
                transactionLimit: single,
                dailyLimit: daily,
                cashbackLimit: cashback,
                statusCheckAmount: check,
                tokenDailyLimit: token
            )
        }
    }
}

extension FieldType where Value == ExchangeRate {
    fileprivate static var exchangeRate: FieldType {
        FieldType { value, pointer, errors in
            guard let fields = ObjectReader(value, at: pointer, fields: ["from", "to", "billionths"], errors) else {
                return nil
            }
            let (from, to) = (fields.required("from", .currency), fields.required("to", .currency))
            let billionths = fields.required("billionths", .integer(1...1_000_000_000_000_000))
            guard let from, let to, let billionths else { return nil }
            return ExchangeRate(from: from, to: to, billionths: billionths)
        }
    }
}
