import AuthorizationCore
import AuthorizationEngine

/// What a client sends to begin a payment in a sandbox.
struct SimulationBody {
    private static let fields: Set = [
        "card_id", "message", "kind", "amount", "merchant", "entry_mode", "purpose", "initiator", "partial_approval",
        "card_code", "authentication",
    ]
    /// What element 3 alone tells: cashback needs an amount of its own, and a new PIN a block.
    private static let kinds = TransactionKind.allCases.filter { $0 != .purchaseWithCashback && $0 != .pinChange }
    /// An increment has an operation of its own.
    private static let purposes = Purpose.allCases.filter { $0 != .increment }
    private static let forms = SimulatedMessage.Form.allCases.filter { $0 != .reversalAdvice }
    private static let tellerMachine: UInt16 = 6_011

    let card: CardID
    let message: SimulatedMessage

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(Self.fields, errors)
        let card: CardID? = fields.required("card_id", .identifier())
        let form = fields.optional("message", .one(of: Self.forms)) ?? .authorizationRequest
        let kind = fields.optional("kind", .one(of: Self.kinds)) ?? .purchase
        let amount = fields.required("amount", .money(0...largestAmount))
        let merchant = fields.required("merchant", .simulatedMerchant)
        let entryMode = fields.optional("entry_mode", .closedList) ?? EntryMode.unknown
        let purpose = fields.optional("purpose", .one(of: Self.purposes)) ?? .final
        let initiator = fields.optional("initiator", .closedList) ?? Initiator.cardholder
        let allowsPartialApproval = fields.optional("partial_approval", .boolean) ?? false
        let cardCode: ProofVerification.Result? = fields.optional("card_code", .closedList)
        let authentication: ProofVerification.Result? = fields.optional("authentication", .closedList)
        Self.check(kind, amount, form, merchant, errors)
        self.card = try errors.require(card)
        var message = SimulatedMessage(form, kind, try errors.require(amount), at: try errors.require(merchant))
        message.entryMode = entryMode
        message.purpose = purpose
        message.initiator = initiator
        message.allowsPartialApproval = allowsPartialApproval
        message.cardCode = cardCode
        message.authentication = authentication
        switch form {
        case .authorizationAdvice, .financialAdvice: message.adviceReason = .offlineApproval
        case .authorizationRequest, .financialRequest, .reversalAdvice: break
        }
        self.message = message
    }

    /// A network says by the amount 0 that only the card is looked at, and by the merchant's category that cash comes
    /// out of a machine.
    private static func check(
        _ kind: TransactionKind,
        _ amount: Money?,
        _ form: SimulatedMessage.Form,
        _ merchant: Merchant?,
        _ errors: FieldErrors
    ) {
        switch kind {
        case .accountVerification:
            if amount?.minorUnits ?? 0 != 0 { errors.add("/amount/amount", "A verification has the amount 0.") }
            if form != .authorizationRequest {
                errors.add("/message", "A verification is an authorization_request.")
            }
        case .balanceInquiry: break
        case .purchase, .purchaseWithCashback, .cashAdvance, .atmWithdrawal, .quasiCash, .accountFunding,
            .originalCredit, .refund, .pinChange:
            if amount?.minorUnits == 0 {
                errors.add("/amount/amount", "Only account_verification and balance_inquiry may have the amount 0.")
            }
        }
        guard let merchant, (kind == .atmWithdrawal) != (merchant.categoryCode == tellerMachine) else { return }
        if kind == .atmWithdrawal || kind == .cashAdvance {
            errors.add("/merchant/mcc", "Withdrawals at machines, and no other cash, have the category 6011.")
        }
    }
}

extension FieldType where Value == String {
    fileprivate static var countryCode: FieldType {
        .text("a code of two letters that ISO 3166-1 assigns") { text in
            text.utf8.count == 2 && CountryCodes.numeric(text) != nil ? text : nil
        }
    }
}

extension FieldType where Value == Merchant {
    /// As long as elements 42 and 43 have room for.
    fileprivate static var simulatedMerchant: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["name", "id", "mcc", "country", "city"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            func text(_ name: String, _ longest: Int) -> String? {
                let expectation = "1 to \(longest) printable ASCII characters"
                return fields.required(name, .characters(1...longest, expectation, ASCII.printable).withoutCardNumbers)
            }
            let (name, id, city) = (text("name", 25), text("id", 15), text("city", 13))
            let mcc = fields.required("mcc", .categoryCode)
            let country = fields.required("country", .countryCode)
            guard let name, let id, let mcc, let country, let city else { return nil }
            return Merchant(name: name, identification: id, categoryCode: mcc, country: country, city: city)
        }
    }
}
