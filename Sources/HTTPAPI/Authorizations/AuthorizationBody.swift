import AuthorizationCore
import CardCryptography
import ISO8583

/// What a client sends to ask for an authorization.
struct AuthorizationBody {
    enum Subject {
        case card(CardID)
        case pan(PAN)
    }

    private static let fields: Set = [
        "card_id", "pan", "expiry", "transaction_amount", "billing_amount", "merchant", "kind", "purpose", "initiator",
        "entry_mode", "network",
    ]

    var subject: Subject
    private var transaction: Money
    private var billing: Money?
    private var merchant: Merchant
    private var kind: TransactionKind
    private var purpose: Purpose
    private var initiator: Initiator
    private var entryMode: EntryMode
    private var expiry: ExpiryMonth?
    private var references: NetworkReferences

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(Self.fields, errors)
        let subject = Self.subject(fields, errors)
        let transaction = fields.required("transaction_amount", .money(0...largestAmount))
        billing = fields.optional("billing_amount", .money(0...largestAmount))
        let merchant = fields.required("merchant", .merchant)
        let kind: TransactionKind? = fields.required("kind", .closedList)
        purpose = fields.optional("purpose", .closedList) ?? .final
        initiator = fields.optional("initiator", .closedList) ?? .cardholder
        entryMode = fields.optional("entry_mode", .closedList) ?? .unknown
        expiry = fields.optional("expiry", .expiryMonth)
        references = fields.optional("network", .references) ?? NetworkReferences()
        Self.checkAmounts(kind, transaction, billing, errors)
        self.subject = try errors.require(subject)
        self.transaction = try errors.require(transaction)
        self.merchant = try errors.require(merchant)
        self.merchant.identification = Self.withoutNumber(of: self.subject, self.merchant.identification)
        self.kind = try errors.require(kind)
    }

    /// - Parameter card: nil when no card of this tenant has the number.
    func command(card: CardID?) -> AuthorizationRequest {
        AuthorizationRequest(
            card: card,
            kind: kind,
            purpose: purpose,
            initiator: initiator,
            entryMode: entryMode,
            transaction: transaction,
            billing: billing.map { ConvertedAmount($0) },
            expiry: expiry,
            merchant: merchant,
            references: references
        )
    }

    private static func subject(_ fields: ObjectReader, _ errors: FieldErrors) -> Subject? {
        guard fields.has("card_id") != fields.has("pan") else {
            errors.add("", "Give exactly one of card_id and pan.")
            return nil
        }
        if fields.has("pan") { return fields.required("pan", .pan).map(Subject.pan) }
        let card: CardID? = fields.required("card_id", .identifier())
        return card.map(Subject.card)
    }

    /// The merchant's number as DE 42 keeps it, which may be somebody's other number as well: without the request's own.
    private static func withoutNumber(of subject: Subject, _ merchant: String) -> String {
        switch subject {
        case .card: return merchant
        case .pan(let pan):
            let masked = pan.withExposedDigits { masking(Array($0)[...], in: Array(merchant.utf8)) }
            return String(decoding: masked, as: UTF8.self)
        }
    }

    /// Zero says that nothing is to be held: only verifications and inquiries mean that.
    private static func checkAmounts(
        _ kind: TransactionKind?,
        _ transaction: Money?,
        _ billing: Money?,
        _ errors: FieldErrors
    ) {
        switch kind {
        case .accountVerification, .balanceInquiry, nil: return
        case .purchase, .purchaseWithCashback, .cashAdvance, .atmWithdrawal, .quasiCash, .accountFunding,
            .originalCredit, .refund, .pinChange:
            let detail = "Only account_verification and balance_inquiry may have the amount 0."
            if transaction?.minorUnits == 0 { errors.add("/transaction_amount/amount", detail) }
            if billing?.minorUnits == 0 { errors.add("/billing_amount/amount", detail) }
        }
    }
}

extension FieldType where Value == Merchant {
    fileprivate static var merchant: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["name", "id", "mcc", "country", "city"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let name = fields.required("name", .note(1...64))
            let id = fields.required("id", .characters(1...15, "1 to 15 printable ASCII characters", ASCII.printable))
            let mcc = fields.required("mcc", .categoryCode)
            let country = fields.required(
                "country",
                .characters(2...3, "an ISO 3166 code of 2 or 3 letters or digits", ASCII.alphanumerics)
            )
            let city = fields.required("city", .note(1...64))
            guard let name, let id, let mcc, let country, let city else { return nil }
            return Merchant(name: name, identification: id, categoryCode: mcc, country: country, city: city)
        }
    }
}

extension FieldType where Value == NetworkReferences {
    fileprivate static var references: FieldType {
        FieldType { value, pointer, errors in
            let names: Set = ["transaction_id", "stan", "acquirer", "retrieval_reference"]
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let transaction = fields.optional(
                "transaction_id",
                .characters(1...64, "1 to 64 visible ASCII characters", ASCII.visible)
                    .refusingCardNumbers { $0.holdsCardNumberAsTransactionID }
            )
            let stan = fields.optional("stan", .characters(6...6, "six digits", ASCII.digits))
            let acquirer = fields.optional("acquirer", .characters(1...11, "1 to 11 digits", ASCII.digits))
            let reference = fields.optional(
                "retrieval_reference",
                .characters(12...12, "twelve letters or digits", ASCII.alphanumerics)
            )
            return NetworkReferences(
                transactionID: transaction ?? "",
                systemTraceAuditNumber: stan ?? "",
                acquirer: acquirer ?? "",
                retrievalReference: reference ?? ""
            )
        }
    }
}
