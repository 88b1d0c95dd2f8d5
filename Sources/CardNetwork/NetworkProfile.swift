import AuthorizationCore
import ISO8583

/// Everything in which one card network differs from another, as data.
package struct NetworkProfile: Sendable {
    /// Names the network in request keys and to operators; part of the journal, so it never changes.
    package var name: String
    package var dialect: Dialect
    package var framing: FrameFormat
    /// Transaction kinds by the first two digits of DE 3. Others are refused as invalid transactions.
    package var kinds: [Int64: TransactionKind]
    /// Entry modes by the first two digits of DE 22. Others are unknown.
    package var entryModes: [Int64: EntryMode]
    /// DE 39 by reason for declining.
    package var responseCodes: [DeclineReason: String]
    /// Merchant categories (DE 18) whose cash advances are withdrawals at automated teller machines.
    package var tellerMachineCategories: Set<Int64> = [6_011]

    package init(name: String, dialect: Dialect, framing: FrameFormat) {
        self.name = name
        self.dialect = dialect
        self.framing = framing
        kinds = Self.standardKinds
        entryModes = Self.standardEntryModes
        responseCodes = Self.standardResponseCodes
    }

    /// ISO 8583:1987 in ASCII with a two-byte length header, as a test network speaks it.
    package static func iso87(bitmap: BitmapEncoding) -> NetworkProfile {
        var dialect: Dialect =
            switch bitmap {
            case .hexASCII: .iso87ASCIIHexBitmap
            case .binary, .hexEBCDIC: .iso87ASCIIBinaryBitmap
            }
        dialect.isSignOnRequired = false
        return NetworkProfile(name: "test", dialect: dialect, framing: FrameFormat(.bigEndian2))
    }
}

extension NetworkProfile {
    /// ISO 8583:1987 DE 3, positions 1 and 2.
    private static let standardKinds: [Int64: TransactionKind] = [
        0: .purchase, 1: .cashAdvance, 9: .purchaseWithCashback, 10: .accountFunding, 11: .quasiCash, 20: .refund,
        26: .originalCredit, 30: .balanceInquiry, 31: .balanceInquiry,
    ]

    /// ISO 8583:1987 DE 22, positions 1 and 2, with the values that networks have added.
    private static let standardEntryModes: [Int64: EntryMode] = [
        1: .manual, 2: .magneticStripe, 5: .contactChip, 7: .contactlessChip, 10: .credentialOnFile, 80: .fallback,
        81: .ecommerce, 90: .magneticStripe, 91: .contactlessMagneticStripe,
    ]

    /// ISO 8583:1987 DE 39. Each reason has its own code where the standard has one; 05 is used for none of them.
    private static let standardResponseCodes: [DeclineReason: String] = [
        .cardNotFound: "14", .reversedBeforeArrival: "12", .cardLost: "41", .cardStolen: "43", .cardInactive: "78",
        .cardFrozen: "62", .cardBlocked: "62", .cardClosed: "46", .expiryMismatch: "54", .cardExpired: "54",
        .accountFrozen: "62", .accountClosed: "46", .kindNotAllowed: "57", .currencyNotConvertible: "57",
        .transactionLimitExceeded: "61", .dailyLimitExceeded: "61", .insufficientFunds: "51",
        .advisedBeforeArrival: "12", .originalNotFound: "12", .originalDiffers: "12", .cashbackLimitExceeded: "61",
    ]
}

/// DE 39 for what is answered without a decision (ISO 8583:1987).
package enum ResponseCode {
    package static let approved = "00"
    package static let invalidTransaction = "12"
    package static let invalidAmount = "13"
    package static let unableToLocate = "25"
    package static let formatError = "30"
    package static let issuerInoperative = "91"
    package static let duplicateTransmission = "94"
    package static let systemMalfunction = "96"
}
