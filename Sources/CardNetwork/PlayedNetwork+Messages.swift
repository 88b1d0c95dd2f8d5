import AuthorizationCore
import AuthorizationEngine
import ISO8583

extension NetworkProfile {
    /// What the test network's acquirer would send. Time, numbers and the transaction identifier of a new payment are
    /// its own: a message that is made twice is two messages.
    func message(_ played: SimulatedMessage, at now: Instant) -> Message {
        var message = Message(played.form.messageType)
        message.set(3, digits: code(of: played.kind) * 10_000, width: 6)
        message.set(4, digits: wireAmount(played.amount.minorUnits, played.amount.currency), width: 12)
        message.set(7, digits: TransmissionTime.digits(at: now), width: 10)
        message.set(11, digits: .random(in: 1...999_999), width: 6)
        message.set(18, digits: Int64(played.merchant.categoryCode), width: 4)
        message.set(22, text: code(of: played.entryMode) + "0")
        message.set(32, text: "999999")
        message.set(37, digits: .random(in: 1..<1_000_000_000_000), width: 12)
        message.set(41, text: "SANDBOX1")
        message.set(42, text: played.merchant.identification)
        message.set(43, text: acceptor(played.merchant))
        message.set(49, digits: Int64(played.amount.currency.numeric), width: 3)
        message.set(60, text: details(of: played))
        message.set(63, text: played.transactionID ?? String(UInt64.random(in: .min ... .max), radix: 36))
        switch played.form {
        case .authorizationRequest, .financialRequest: break
        case .authorizationAdvice, .financialAdvice: message.set(39, text: responses.text(of: .approved))
        case .reversalAdvice:
            // The transaction identifier names what is reversed.
            message.set(90, text: String(repeating: "0", count: 42))
            if let total = played.newTotal {
                let amount = wireAmount(total, played.amount.currency)
                message.set(95, bytes: ReplacementAmounts(transaction: amount).bytes)
            }
        }
        return message
    }

    /// The first two digits of DE 3. A verification is a purchase of nothing, and a withdrawal is cash at a teller
    /// machine's category.
    private func code(of kind: TransactionKind) -> Int64 {
        let written: TransactionKind =
            switch kind {
            case .accountVerification: .purchase
            case .atmWithdrawal: .cashAdvance
            case .purchase, .purchaseWithCashback, .cashAdvance, .quasiCash, .accountFunding, .originalCredit, .refund,
                .balanceInquiry, .pinChange:
                kind
            }
        return kinds.filter { $0.value == written }.keys.min() ?? 0
    }

    /// Positions 1 and 2 of DE 22.
    private func code(of entryMode: EntryMode) -> String {
        entryModes.filter { $0.value == entryMode }.keys.min() ?? "00"
    }

    /// DE 43: 25 characters of name, 13 of city, 2 of country.
    private func acceptor(_ merchant: Merchant) -> String {
        [(merchant.name, 25), (merchant.city, 13), (merchant.country, 2)].map { text, width in
            let cut = text.unicodeScalars.prefix(width)
            return String(String.UnicodeScalarView(cut)) + String(repeating: " ", count: width - cut.count)
        }.joined()
    }

    /// DE 60 in the test network's tags.
    private func details(of played: SimulatedMessage) -> String {
        var values = [indicators.purpose?.tagged(played.purpose), indicators.initiator?.tagged(played.initiator)]
        values.append(indicators.allowsPartialApproval?.tagged(played.allowsPartialApproval))
        if let reason = played.adviceReason { values.append(indicators.adviceReason?.tagged(reason)) }
        if let result = played.cardCode { values.append(credential.cardCode.result?.tagged(result)) }
        if let result = played.authentication { values.append(credential.authentication.result?.tagged(result)) }
        return values.compactMap { $0 }.joined()
    }
}

extension ElementTable where Meaning: Equatable {
    /// Two digits of tag, two of length, and the value that means this; nil where none does.
    fileprivate func tagged(_ meaning: Meaning) -> String? {
        guard case .part(let tag) = location.place,
            let value = meanings.filter({ $0.value == meaning }).keys.min()
        else { return nil }
        return tag + String(String(value.utf8.count + 100).dropFirst()) + value
    }
}

extension SimulatedMessage.Form {
    fileprivate var messageType: MessageTypeIndicator {
        switch self {
        case .authorizationRequest: 100
        case .financialRequest: 200
        case .authorizationAdvice: 120
        case .financialAdvice: 220
        case .reversalAdvice: 420
        }
    }
}
