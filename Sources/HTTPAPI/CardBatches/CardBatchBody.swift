import AuthorizationCore
import AuthorizationEngine

/// What a client sends to have many cards made.
struct CardBatchBody {
    struct Row {
        var reference: String
        var target: Target
        var wish: CardWish
        var cardholder: CardholderID?

        /// Of the card, and of the account that is opened, with the place of each in the row.
        var cardholders: [(place: String, id: CardholderID)] {
            let ofAccount: CardholderID? =
                switch target {
                case .account: nil
                case .opening(let opening): opening.cardholder
                }
            let named = [("/cardholder_id", cardholder), ("/opening/cardholder_id", ofAccount)]
            return named.compactMap { place, id in id.map { (place, $0) } }
        }
    }

    /// The account that a card is made on.
    enum Target {
        case account(AccountID)
        case opening(OpeningBody)
    }

    var rows: [Row]

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let fields = try request.fields(["rows"], errors)
        rows = try errors.require(fields.required("rows", .list(of: .batchRow, CardBatch.rowCounts)))
        var seen: Set<String> = []
        for (index, row) in rows.enumerated() where !seen.insert(row.reference).inserted {
            errors.add("/rows/\(index)/reference", "Give each reference once.")
        }
        try errors.check()
    }

    var opensAccounts: Bool {
        rows.contains { row in
            switch row.target {
            case .opening: true
            case .account: false
            }
        }
    }

    /// The rows as they are stored, once all of them can be carried out as things stand.
    ///
    /// - Parameters:
    ///   - accounts: the tenant's, of those that the rows name.
    ///   - programs: the tenant's.
    ///   - cardholders: the tenant's, of those that the rows name.
    func checked(
        _ tenant: TenantID,
        _ accounts: [AccountID: CardBatchAccount],
        _ programs: [ProgramID: Program],
        _ cardholders: [CardholderID: Cardholder.Status]
    ) throws -> [CardBatchRow] {
        let errors = FieldErrors()
        let checked = rows.enumerated().compactMap { index, row -> CardBatchRow? in
            let pointer = "/rows/\(index)"
            for (place, id) in row.cardholders where cardholders[id] != .active {
                let problem = cardholders[id] == nil ? "There is no such cardholder." : "The cardholder is not active."
                errors.add("\(pointer)\(place)", problem)
            }
            switch row.target {
            case .account(let id):
                guard let account = accounts[id], let program = programs[account.program] else {
                    errors.add("\(pointer)/account_id", "There is no such account.")
                    return nil
                }
                if account.status != .open { errors.add("\(pointer)/account_id", "The account is not open.") }
                let terms = row.wish.terms(in: program, account.currencies, at: pointer, errors)
                return terms.map { stored(index, row, id, program.id, $0, nil) }
            case .opening(let opening):
                guard let program = programs[opening.program] else {
                    errors.add("\(pointer)/opening/program_id", "There is no such program.")
                    return nil
                }
                opening.check(against: program, at: "\(pointer)/opening", errors)
                let account = AccountID(
                    at: .wallClock,
                    shard: Shard(truncating: .random(in: .min ... .max)),
                    entropy: .random(in: .min ... .max)
                )
                let currencies = opening.balances.map(\.balance.currency)
                guard let terms = row.wish.terms(in: program, currencies, at: pointer, errors) else { return nil }
                return stored(
                    index,
                    row,
                    account,
                    program.id,
                    terms,
                    OpenAccount(
                        account: account,
                        tenant: tenant,
                        program: program.id,
                        balances: opening.balances,
                        type: opening.type,
                        isChargeExempt: opening.isChargeExempt,
                        cardholder: opening.cardholder
                    )
                )
            }
        }
        try errors.check()
        return checked
    }

    private func stored(
        _ index: Int,
        _ row: Row,
        _ account: AccountID,
        _ program: ProgramID,
        _ terms: CardTerms,
        _ opening: OpenAccount?
    ) -> CardBatchRow {
        CardBatchRow(
            number: Int32(clamping: index),
            reference: row.reference,
            account: account,
            card: CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max)),
            program: program,
            opening: opening,
            terms: terms,
            cardholder: row.cardholder
        )
    }
}

extension FieldType where Value == CardBatchBody.Row {
    fileprivate static var batchRow: FieldType {
        FieldType { value, pointer, errors in
            let names = CardWish.fields.union(["reference", "account_id", "opening", "cardholder_id"])
            guard let fields = ObjectReader(value, at: pointer, fields: names, errors) else { return nil }
            let reference = fields.required("reference", .note(1...64))
            let account: AccountID? = fields.optional("account_id", .identifier())
            let opening = fields.optional("opening", .opening)
            let wish = CardWish(fields)
            let cardholder: CardholderID? = fields.optional("cardholder_id", .identifier())
            guard fields.has("account_id") != fields.has("opening") else {
                errors.add(pointer, "Give either `account_id` or `opening`.")
                return nil
            }
            let target = account.map { CardBatchBody.Target.account($0) } ?? opening.map { .opening($0) }
            guard let reference, let target else { return nil }
            return CardBatchBody.Row(reference: reference, target: target, wish: wish, cardholder: cardholder)
        }
    }
}

extension FieldType where Value == OpeningBody {
    fileprivate static var opening: FieldType {
        FieldType { value, pointer, errors in
            ObjectReader(value, at: pointer, fields: OpeningBody.fields, errors)
                .flatMap { OpeningBody($0, at: pointer, errors) }
        }
    }
}
