import AuthorizationCore
import AuthorizationEngine

/// The columns of an authorization `a`, and how they are read.
enum AuthorizationColumns {
    static let list = """
        a.account_id, a.id, a.card_id, a.status, a.kind, a.currency, a.balance_kind, a.transaction_currency,
        a.approved, a.remaining, a.billed, a.held, a.cleared, a.posted, a.counted_on, a.uncertain, a.created_at,
        a.version, coalesce(a.single_message, false), coalesce(a.advised, false), coalesce(a.fee, 0),
        coalesce(a.held_fee, 0), a.acceptor, a.category_code, a.counted_part, a.instalment_count,
        a.cleared_instalments, a.token_index, a.contactless_round, a.contactless_amount, a.charges
        """

    static func read(
        _ row: inout RowReader
    ) throws(PostgresError) -> (account: AccountID, authorization: Authorization) {
        let account: AccountID = try row.identifier()
        let id: AuthorizationID = try row.identifier()
        let card: CardID = try row.identifier()
        let status: AuthorizationStatus = try row.listed()
        let kind: TransactionKind = try row.listed()
        let balance = try readBalanceKey(&row)
        let transactionCurrency = try row.currency()
        let approved = try row.int64()
        let remaining = try row.int64()
        let billed = try row.int64()
        let held = try row.int64()
        let cleared = try row.int64()
        let posted = try row.int64()
        var authorization = Authorization(
            id: id,
            card: card,
            status: status,
            kind: kind,
            balance: balance,
            approved: Money(approved, transactionCurrency),
            billed: billed,
            countedOn: try row.instant(),
            createdAt: .distantPast
        )
        authorization.remaining = remaining
        authorization.held = held
        authorization.cleared = cleared
        authorization.posted = posted
        authorization.uncertain = try row.bool()
        authorization.createdAt = try row.instant()
        authorization.version = try row.int64()
        authorization.isSingleMessage = try row.bool()
        authorization.isAdvised = try row.bool()
        authorization.fee = try row.int64()
        authorization.heldFee = try row.int64()
        authorization.acceptor = try readAcceptor(&row)
        authorization.countedPart = try row.optionalInt64()
        authorization.instalments = try readInstalments(&row)
        authorization.token = try row.optionalBytes()
        authorization.contactless = try readContactless(&row)
        authorization.charges = try readCharges(&row)
        return (account, authorization)
    }

    private static func readCharges(_ row: inout RowReader) throws(PostgresError) -> [Charge] {
        guard let bytes = try row.optionalBytes() else { return [] }
        do throws(JournalError) {
            return try ChargeLines(journalBytes: bytes).charges
        } catch {
            throw row.unexpected(error.description)
        }
    }

    private static func readContactless(_ row: inout RowReader) throws(PostgresError) -> ContactlessShare? {
        let round = try row.optionalInt64()
        let amount = try row.optionalInt64()
        guard let round, let amount else { return nil }
        return ContactlessShare(round: round, amount: amount)
    }

    private static func readInstalments(_ row: inout RowReader) throws(PostgresError) -> InstalmentProgress? {
        let count = try row.optionalInt16()
        let cleared = try row.optionalInt16()
        guard let count, let cleared else { return nil }
        guard let count = UInt8(exactly: count), let cleared = UInt8(exactly: cleared),
            let progress = InstalmentProgress(count: count, cleared: cleared)
        else { throw row.unexpected("no such instalments") }
        return progress
    }

    private static func readAcceptor(_ row: inout RowReader) throws(PostgresError) -> Acceptor? {
        let identification = try row.optionalBytes()
        let category = try row.optionalInt16()
        guard let identification, let category else { return nil }
        guard let text = String(validating: identification, as: UTF8.self), let code = UInt16(exactly: category) else {
            throw row.unexpected("no such acceptor")
        }
        return Acceptor(identification: text, categoryCode: code)
    }

    private static func readBalanceKey(_ row: inout RowReader) throws(PostgresError) -> BalanceKey? {
        let currency = try row.optionalInt16()
        let kind = try row.optionalInt16()
        guard let currency, let kind else { return nil }
        guard let known = Currency(numeric: UInt16(bitPattern: currency)),
            let knownKind = UInt8(exactly: kind).flatMap(BalanceKind.init(rawValue:))
        else { throw row.unexpected("no such balance") }
        return BalanceKey(known, knownKind)
    }
}

/// The columns of a card `c` with one of its instances `i`, and how they are read.
enum CardColumns {
    static let list = """
        c.id, c.status, c.last_four, c.issued_at, c.version, c.pan_index, c.other_pan_index,
        i.sequence_number, i.expiry, i.valid_until, i.service_code, i.active, i.ends_others,
        array_to_string(i.key_versions, ' '), c.form, c.use_limit, c.uses, c.replaces_card, c.replaced_by_card,
        c.product, c.status_reason, c.cardholder_id
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> (card: Card, panIndexes: [[UInt8]]) {
        let id: CardID = try row.identifier()
        let status: CardStatus = try row.listed()
        let lastFour = UInt16(clamping: try row.int16())
        let issuedAt = try row.instant()
        let version = try row.int64()
        let panIndex = try row.bytes()
        let otherIndex = try row.optionalBytes()
        let sequenceNumber = UInt8(clamping: try row.int16())
        let yearMonth = Int(try row.int32())
        guard let expiry = ExpiryMonth(year: yearMonth / 100, month: yearMonth % 100) else {
            throw row.unexpected("no such month")
        }
        var instance = CardInstance(
            sequenceNumber: sequenceNumber,
            expiry: expiry,
            validUntil: try row.instant(),
            serviceCode: UInt16(clamping: try row.int16()),
            active: try row.bool()
        )
        instance.endsOthers = try row.bool()
        instance.keyVersions = try readKeyVersions(&row)
        var card = Card(id: id, lastFour: lastFour, instances: [instance], issuedAt: issuedAt)
        card.status = status
        card.details = try readDetails(&row)
        card.version = version
        return (card, [panIndex] + (otherIndex.map { [$0] } ?? []))
    }

    private static func readKeyVersions(_ row: inout RowReader) throws(PostgresError) -> [StoredKeyVersion] {
        guard let text = try row.optionalText() else { return [] }
        let names = text.split(separator: " ")
        let versions = names.compactMap { StoredKeyVersion($0) }
        guard versions.count == names.count else { throw row.unexpected("no version of a key") }
        return versions
    }

    private static func readDetails(_ row: inout RowReader) throws(PostgresError) -> CardDetails {
        let number = try row.optionalInt16() ?? Int16(CardForm.virtual.rawValue)
        guard let form = UInt8(exactly: number).flatMap(CardForm.init(rawValue:)) else {
            throw row.unexpected("no such form of a card")
        }
        var details = CardDetails(terms: CardTerms(form: form, useLimit: try row.optionalInt32()))
        details.uses = try row.optionalInt32() ?? 0
        details.replaces = try row.optionalIdentifier()
        details.replacedBy = try row.optionalIdentifier()
        details.terms.product = try row.optionalText() ?? ""
        details.statusReason = try row.optionalListed()
        details.cardholder = try row.optionalIdentifier()
        return details
    }
}

/// The columns of a day's counter that are its key.
enum CounterColumns {
    static func readKey(_ row: inout RowReader) throws(PostgresError) -> CounterKey {
        var key = CounterKey(card: try row.identifier(), currency: try row.currency(), dayStart: try row.instant())
        let token = try row.bytes()
        key.token = token.isEmpty ? nil : token
        return key
    }
}

enum ChipCounterColumns {
    static let list = "c.card_id, c.token_index, c.sequence_number, c.highest, c.below"

    static func read(_ row: inout RowReader) throws(PostgresError) -> (key: ChipCounterKey, counter: ChipCounter) {
        let card: CardID = try row.identifier()
        let token = try row.bytes()
        guard let sequenceNumber = UInt8(exactly: try row.int16()), let highest = UInt16(exactly: try row.int32())
        else {
            throw row.unexpected("a chip's counter out of range")
        }
        let key = ChipCounterKey(card: card, token: token.isEmpty ? nil : token, sequenceNumber: sequenceNumber)
        return (key, ChipCounter(highest: highest, below: UInt64(bitPattern: try row.int64())))
    }
}

enum BalanceColumns {
    static func read(_ row: inout RowReader) throws(PostgresError) -> (key: BalanceKey, balance: Balance) {
        let key = BalanceKey(try row.currency(), try row.listed())
        var balance = Balance()
        balance.posted = try row.int64()
        balance.pendingDebits = try row.int64()
        balance.pendingCredits = try row.int64()
        balance.creditLimit = try row.int64()
        balance.legalHolds = try row.int64()
        balance.version = try row.int64()
        return (key, balance)
    }
}

/// The columns of an account `a`, and how they are read.
enum AccountColumns {
    static let list = """
        a.id, a.tenant_id, a.program_id, a.status, a.seq, a.decided_at, a.state_hash, a.opened_at, a.type,
        a.charge_exempt, a.cardholder_id
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> Account {
        var account = Account(
            id: try row.identifier(),
            tenant: try row.identifier(),
            program: try row.identifier(),
            openedAt: .distantPast
        )
        account.status = try row.listed()
        account.sequence = try row.int64()
        account.decidedAt = try row.instant()
        account.stateHash = try row.bytes()
        account.openedAt = try row.instant()
        account.type = try row.optionalListed()
        account.isChargeExempt = try row.bool()
        account.cardholder = try row.optionalIdentifier()
        return account
    }
}

extension RowReader {
    /// The columns `response_code`, `advice_code`, `card_code_answer`, `authentication_answer` and `chip_data`.
    mutating func answerCodes() throws(PostgresError) -> AnswerCodes? {
        let response = try optionalText()
        let advice = try optionalText()
        let cardCode = try optionalText()
        let authentication = try optionalText()
        let chipData = try optionalBytes()
        guard let response else { return nil }
        var codes = AnswerCodes(response: response, advice: advice, chipData: chipData)
        codes.cardCode = cardCode
        codes.authentication = authentication
        return codes
    }
}
