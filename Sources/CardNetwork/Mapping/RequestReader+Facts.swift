import AuthorizationCore
import ISO8583

extension RequestReader {
    /// What a request and an advice have in common. An advice is not kept from being taken by what it says beside its
    /// money: nobody can mend it any more.
    func facts(of message: Message) throws(Unacceptable) -> AuthorizationRequest {
        guard var kind = profile.kind(of: message) else { throw Unacceptable(.invalidTransaction) }
        let indicators = profile.indicators
        let transaction = try money(message, 4, currency: 49)
        let cashback = try cashback(of: message, in: transaction)
        if kind == .purchase, cashback > 0 { kind = .purchaseWithCashback }
        let canPayLess = try indicated(indicators.allowsPartialApproval, by: message) ?? false
        var request = AuthorizationRequest(
            card: nil,
            network: profile.name,
            kind: kind,
            purpose: try indicated(indicators.purpose, by: message) ?? .final,
            initiator: try indicated(indicators.initiator, by: message) ?? .cardholder,
            entryMode: profile.entryMode(of: message),
            transaction: transaction,
            settlement: try converted(message, amount: 5, currency: 50, rate: 9),
            billing: try converted(message, amount: 6, currency: 51, rate: 10),
            expiry: try expiry(of: message),
            merchant: merchant(of: message),
            references: try references(of: message),
            isSingleMessage: message.messageType.messageClass == .financial,
            allowsPartialApproval: canPayLess,
            wantsBalance: kind == .balanceInquiry || canPayLess && kind == .purchase,
            cashback: cashback,
            acquirerFee: try acquirerFee(of: message, transaction.currency),
            disputeFacts: disputeFacts(of: message)
        )
        request.channel = profile.channel(of: message)
        request.isNamedByApproval =
            indicators.purpose == nil || request.references.transactionID.isEmpty && request.purpose != .increment
        request.instalments = try instalments(of: message, transaction.currency)
        request.isConvertedByAcceptor = try indicated(indicators.isConvertedByAcceptor, by: message) ?? false
        request.credential = credentialFacts(of: message)
        return request
    }

    /// As much of a damaged advice's facts as can be read. Nothing follows from them before an operator has looked.
    func readableFacts(of message: Message) -> AuthorizationRequest {
        return AuthorizationRequest(
            card: nil,
            network: profile.name,
            kind: profile.kind(of: message) ?? .purchase,
            entryMode: profile.entryMode(of: message),
            transaction: readableAmount(of: message) ?? Money(0, .none),
            billing: try? converted(message, amount: 6, currency: 51, rate: 10),
            merchant: merchant(of: message),
            references: readableReferences(of: message),
            isSingleMessage: message.messageType.messageClass == .financial
        )
    }

    /// DE 4, no more than `largestAmount`, in the currency of DE 49 or in none that is known.
    func readableAmount(of message: Message) -> Money? {
        let digits = message.digits(49).flatMap { UInt16(exactly: $0) }
        let currency = digits.flatMap(Currency.init(numeric:)) ?? .none
        let amount = message.digits(4).flatMap { try? profile.minorUnits($0, currency) }
        return amount.map { Money(min($0, largestAmount), currency) }
    }

    func readableReferences(of message: Message) -> NetworkReferences {
        (try? references(of: message)) ?? numbers(of: message)
    }

    /// What a network's own indicator says; nil when it says nothing, or an advice something that is not known.
    func indicated<Meaning>(_ table: ElementTable<Meaning>?, by message: Message) throws(Unacceptable) -> Meaning? {
        guard let table, message.contains(table.location.element) else { return nil }
        do throws(Unacceptable) {
            return try table.meaning(in: message, profile.dialect)
        } catch {
            guard message.isAdvice else { throw error }
            return nil
        }
    }

    private func money(_ message: Message, _ amount: Int, currency: Int) throws(Unacceptable) -> Money {
        guard let digits = message.digits(amount), let currency = self.currency(message, currency) else {
            throw Unacceptable(.formatError)
        }
        return Money(try profile.minorUnits(digits, currency), currency)
    }

    /// DE 49; nil when it is absent or no currency.
    func transactionCurrency(of message: Message) -> Currency? { currency(message, 49) }

    private func currency(_ message: Message, _ element: Int) -> Currency? {
        let currency = message.digits(element).flatMap { UInt16(exactly: $0) }.flatMap(Currency.init(numeric:))
        return currency == Currency.none ? nil : currency
    }

    /// An amount converted by the network; nil when there is none.
    private func converted(
        _ message: Message,
        amount: Int,
        currency: Int,
        rate: Int
    ) throws(Unacceptable) -> ConvertedAmount? {
        guard message.contains(amount) else { return nil }
        let money = try money(message, amount, currency: currency)
        let rate = message.digits(rate).flatMap { UInt32(exactly: $0) } ?? 0
        let date = message.digits(16).flatMap { UInt16(exactly: $0) } ?? 0
        return ConvertedAmount(money, rate: rate, date: date)
    }

    /// DE 54, amount type 40: part of the transaction amount, in its currency.
    private func cashback(of message: Message, in transaction: Money) throws(Unacceptable) -> Int64 {
        guard let value = message.bytes(of: 54) else { return 0 }
        do throws(Unacceptable) {
            guard let amounts = try? AdditionalAmount.parse(value) else { throw Unacceptable(.formatError) }
            guard let cashback = amounts.first(where: { $0.amountType == "40" }) else { return 0 }
            guard UInt16(cashback.currency) == transaction.currency.numeric else { throw Unacceptable(.formatError) }
            let amount = try profile.minorUnits(cashback.amount, transaction.currency)
            guard amount <= transaction.minorUnits else { throw Unacceptable(.invalidAmount) }
            return amount
        } catch {
            guard message.isAdvice else { throw error }
            return 0
        }
    }

    /// What the acquirer charges: `D` and a fee that the cardholder pays, or `C` and one in the cardholder's favour.
    private func acquirerFee(of message: Message, _ currency: Currency) throws(Unacceptable) -> AcquirerFee? {
        let signed: Int64?
        switch profile.dialect.edition {
        case .iso1987:
            guard message.contains(28) else { return nil }
            signed = message.signedAmount(28)
        case .iso1993:
            guard !profile.acquirerFeeTypes.isEmpty, let value = message.bytes(of: 46) else { return nil }
            signed = sumOfFees(value, currency)
        }
        guard let signed else { throw Unacceptable(.formatError) }
        guard signed != 0 else { return nil }
        let amount = try profile.minorUnits(abs(signed), currency)
        return AcquirerFee(
            amount: signed < 0 ? -amount : amount,
            isIncluded: try indicated(profile.indicators.includesFee, by: message) ?? false
        )
    }

    /// DE 46 of ISO 8583:1993, as far as its fees are the acquirer's; nil when one is not in the transaction's currency
    /// or they cannot be read.
    private func sumOfFees(_ value: ArraySlice<UInt8>, _ currency: Currency) -> Int64? {
        guard let fees = try? FeeAmount.parse(value) else { return nil }
        let charged = fees.filter { profile.acquirerFeeTypes.contains($0.type) }
        guard charged.allSatisfy({ UInt16($0.currency) == currency.numeric }) else { return nil }
        return charged.reduce(0) { $0 + $1.amount }
    }

    /// DE 14, else the expiry of a track: YYMM of this century.
    private func expiry(of message: Message) throws(Unacceptable) -> ExpiryMonth? {
        var yearMonth = message.digits(14)
        if yearMonth == nil, let expiry = message.track?.expiry {
            yearMonth = expiry.reduce(0) { $0 * 10 + Int64($1) - Int64(UInt8(ascii: "0")) }
        }
        let month = yearMonth.flatMap { ExpiryMonth(year: 2_000 + Int($0 / 100), month: Int($0 % 100)) }
        guard month != nil || !message.contains(14) || message.isAdvice else { throw Unacceptable(.formatError) }
        return month
    }

    func references(of message: Message) throws(Unacceptable) -> NetworkReferences {
        var references = numbers(of: message)
        let transaction = try profile.indicators.transactionID?.text(in: message, profile.dialect) ?? ""
        // One in ten of networks' numbers passes for another card's, and payments are found by them.
        references.transactionID = withoutCardNumber(transaction, of: message)
        return references
    }

    /// Empty where the card's number stands in the text, whatever is between its digits: it is journaled, and may be a
    /// name that others look for. The number may come in a track alone.
    func withoutCardNumber(_ text: String, of message: Message) -> String {
        guard let number = message.accountNumber else { return text }
        let bytes = Array(text.utf8)
        return masking(number, in: bytes) == bytes ? text : ""
    }

    /// The references that the standard has elements for. The acquirer is a number, as in DE 90: its leading zeros do
    /// not count.
    func numbers(of message: Message) -> NetworkReferences {
        NetworkReferences(
            systemTraceAuditNumber: message.text(11) ?? "",
            acquirer: message.digits(32).map { String($0) } ?? message.text(32) ?? "",
            retrievalReference: message.printable(37).map { CardNetwork.trimmedText($0[...]) } ?? ""
        )
    }
}
