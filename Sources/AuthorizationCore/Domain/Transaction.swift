/// What the cardholder does (ISO 8583 element 3, first two digits, seen by the issuer).
package enum TransactionKind: UInt8, ClosedList {
    case purchase = 1
    case purchaseWithCashback = 2
    case cashAdvance = 3
    case atmWithdrawal = 4
    case quasiCash = 5
    case accountFunding = 6
    case originalCredit = 7
    case refund = 8
    case accountVerification = 9
    case balanceInquiry = 10
    case pinChange = 11

    package enum Flow: Sendable {
        /// Money leaves the account.
        case debit
        /// Money comes to the account.
        case credit
        /// No money moves, no velocity is counted.
        case none
    }

    package var flow: Flow {
        switch self {
        case .purchase, .purchaseWithCashback, .cashAdvance, .atmWithdrawal, .quasiCash, .accountFunding: .debit
        case .originalCredit, .refund: .credit
        case .accountVerification, .balanceInquiry, .pinChange: .none
        }
    }
}

/// What an authorization is for.
package enum Purpose: UInt8, ClosedList {
    case final = 1
    case preAuthorization = 2
    case increment = 3
    case estimated = 4
    case statusCheck = 5
    case noShow = 6
    case delayedCharge = 7
    case resubmission = 8
    case deferred = 9
}

/// A payment in parts.
package struct Instalments: Hashable, Sendable {
    package enum Funding: UInt8, ClosedList {
        /// The merchant waits: each part is cleared by itself, and the hold stays for those to come.
        case merchant = 1
        /// The issuer pays the merchant at once, and is paid in parts. Cleared like any other payment.
        case issuer = 2
    }

    package var funding: Funding
    /// 2 to 99.
    package var count: UInt8
    /// Of each part, in minor units of the transaction's currency, 1 to `largestAmount`; nil when the message does not
    /// tell it.
    package var amount: Int64?

    /// Nil when out of range.
    package init?(funding: Funding, count: Int64, amount: Int64? = nil) {
        guard (2...99).contains(count), amount.map((1...largestAmount).contains) ?? true else { return nil }
        self.funding = funding
        self.count = UInt8(count)
        self.amount = amount
    }
}

/// Who started the payment.
package enum Initiator: UInt8, ClosedList {
    case cardholder = 1
    case merchant = 2
}

/// How the card's data came to the acceptor (ISO 8583 element 22, positions 1 and 2).
package enum EntryMode: UInt8, ClosedList {
    case unknown = 1
    case manual = 2
    case magneticStripe = 3
    case contactChip = 4
    case contactlessChip = 5
    case contactlessMagneticStripe = 6
    case fallback = 7
    case ecommerce = 8
    case credentialOnFile = 9
}

/// An amount that was converted by somebody else, with the rate and date they gave.
package struct ConvertedAmount: Hashable, Sendable {
    package var money: Money
    /// ISO 8583 element 9 or 10: first digit is the number of decimals, seven digits follow. 0 when not given.
    package var rate: UInt32
    /// ISO 8583 element 16: month × 100 + day. 0 when not given.
    package var date: UInt16

    package init(_ money: Money, rate: UInt32 = 0, date: UInt16 = 0) {
        self.money = money
        self.rate = rate
        self.date = date
    }
}

/// Where the card is used.
package struct Merchant: Hashable, Sendable {
    /// ISO 8583 element 43, name part; at most 64 bytes.
    package var name: String
    /// ISO 8583 element 42, card acceptor identification; at most 15 bytes.
    package var identification: String
    /// ISO 18245 merchant category code, 0 to 9999 (element 18).
    package var categoryCode: UInt16
    /// ISO 3166 code as given, numeric (element 19) or alphabetic; at most 3 bytes.
    package var country: String
    /// At most 64 bytes.
    package var city: String

    package init(name: String, identification: String, categoryCode: UInt16, country: String, city: String) {
        self.name = name
        self.identification = identification
        self.categoryCode = categoryCode
        self.country = country
        self.city = city
    }
}

/// What a network uses to name a message. Empty strings where the message had none.
package struct NetworkReferences: Hashable, Sendable {
    /// Links increments, reversals, later merchant-initiated payments and clearings; kept for ever.
    package var transactionID: String
    /// ISO 8583 element 11.
    package var systemTraceAuditNumber: String
    /// ISO 8583 element 32.
    package var acquirer: String
    /// ISO 8583 element 37.
    package var retrievalReference: String

    package init(
        transactionID: String = "",
        systemTraceAuditNumber: String = "",
        acquirer: String = "",
        retrievalReference: String = ""
    ) {
        self.transactionID = transactionID
        self.systemTraceAuditNumber = systemTraceAuditNumber
        self.acquirer = acquirer
        self.retrievalReference = retrievalReference
    }
}
