import AuthorizationCore
import ISO8583

/// Everything in which one card network differs from another, as data.
package struct NetworkProfile: Sendable {
    /// Names the network in request keys and to operators; part of the journal, so it never changes.
    package var name: String
    package var dialect: Dialect
    package var framing: FrameFormat
    /// Transaction kinds by the first two digits of DE 3. Requests with others are refused as invalid transactions.
    package var kinds: [Int64: TransactionKind]
    /// Transaction kinds of advices that `kinds` does not have, by the first digit of DE 3: their money has moved.
    package var adviceKinds: [Int64: TransactionKind]
    /// Entry modes by positions 1 and 2 of DE 22 (1993: by position 7, card data input mode). Others are unknown.
    package var entryModes: [String: EntryMode]
    /// Merchant categories whose cash advances are withdrawals at automated teller machines.
    package var tellerMachineCategories: Set<Int64> = [6_011]
    /// What network management asks for, by DE 70 (1993: DE 24).
    package var management: [Int64: Management]
    /// What DE 4 says in a reversal of a part; nil: that is not known, and such reversals are an operator's. Since 1993;
    /// before, DE 95 tells the new total.
    package var partialReversalAmount: PartialReversalAmount?
    /// Types of the fees in DE 46 that the acquirer charges the cardholder; none: DE 46, which many networks have a
    /// layout of their own for, is not read. Since 1993; before, DE 28 has that fee alone.
    package var acquirerFeeTypes: Set<String> = []
    package var responses: ResponseTable
    package var indicators = Indicators()
    package var disputes = DisputeLocations()
    package var credential = CredentialLocations()
    /// Where answers advise merchants how to go on after a decline; nil: nowhere.
    package var merchantAdvice: MerchantAdvice?
    package var checkAnswers = CheckAnswers()
    /// What it means that a chip and its message tell differently; other differences are recorded.
    package var chipDifferences: [ChipElement: ChipDifferenceRule] = [:]
    /// Nil: the network takes no updates of its file of hot cards.
    package var files: FileRules?
    /// Nil: the network's messages have no codes, and it changes no keys.
    package var keys: NetworkKeys?

    /// A network that says no more than the standard has elements for.
    package init(name: String, dialect: Dialect, framing: FrameFormat) {
        self.name = name
        self.dialect = dialect
        self.framing = framing
        kinds = Self.standardKinds
        adviceKinds = [0: .purchase, 1: .purchase, 2: .refund, 3: .balanceInquiry]
        entryModes = Self.standardEntryModes(dialect.edition)
        management = Management.standard(dialect.edition)
        responses = ResponseTable.standard(dialect.edition)
    }

    /// Elements with a CVV2, a CAVV or a new PIN that answers would give back.
    package var echoedProofs: [Int] {
        let proofs = [credential.cardCode.value, credential.authentication.value, credential.newPIN]
            .compactMap { $0?.element }
        return Set(proofs).filter { element in dialect.rules.contains { $0.echoed.contains(element) } }.sorted()
    }

    /// ISO 8583:1987 in ASCII with a two-byte length header, as a test network speaks it: DE 44, 60 and 63 are its own.
    package static func iso87(bitmap: BitmapEncoding) -> NetworkProfile {
        var dialect: Dialect =
            switch bitmap {
            case .hexASCII: .iso87ASCIIHexBitmap
            case .binary, .hexEBCDIC: .iso87ASCIIBinaryBitmap
            }
        dialect.isSignOnRequired = false
        dialect.subelements[60] = .tagged(tagDigits: 2, lengthDigits: 2)
        dialect.knownTags[60] = testTags
        var profile = NetworkProfile(name: "test", dialect: dialect, framing: FrameFormat(.bigEndian2))
        profile.indicators = .test
        profile.disputes = .test
        profile.credential = .test
        profile.merchantAdvice = .test
        profile.checkAnswers = .test
        return profile
    }
}

extension NetworkProfile {
    /// The test network's tags of DE 60: what requests say, disputes, tokens, and what is verified.
    private static let testTags = Set([1...11, 21...29, 31...39].joined().map { String(String($0 + 100).dropFirst()) })

    /// ISO 8583:1987 DE 3, positions 1 and 2; 92 is what networks have added.
    private static let standardKinds: [Int64: TransactionKind] = [
        0: .purchase, 1: .cashAdvance, 9: .purchaseWithCashback, 10: .accountFunding, 11: .quasiCash, 20: .refund,
        26: .originalCredit, 30: .balanceInquiry, 31: .balanceInquiry, 92: .pinChange,
    ]

    /// For 1987 with the values that networks have added. 1993 has bar codes and characters that were read besides, which
    /// no entry mode is for.
    private static func standardEntryModes(_ edition: Edition) -> [String: EntryMode] {
        switch edition {
        case .iso1987:
            [
                "01": .manual, "02": .magneticStripe, "05": .contactChip, "07": .contactlessChip,
                "10": .credentialOnFile, "80": .fallback, "81": .ecommerce, "90": .magneticStripe,
                "91": .contactlessMagneticStripe,
            ]
        case .iso1993: ["1": .manual, "2": .magneticStripe, "5": .contactChip, "6": .manual]
        }
    }
}

/// What DE 4 of a partial reversal says, beside the original amount in DE 30 (ISO 8583:1993).
package enum PartialReversalAmount: Sendable {
    case newTotal
    case takenBack
}

/// What a message of network management asks for.
package enum Management: Hashable, Sendable {
    case session(ManagementCode)
    /// The network's settlement day ends. Acknowledged only: the ledger's business date follows the program's calendar.
    case cutOver
    /// Refused, so that the network keeps the key it has, unless ``NetworkProfile/keys`` tell how to take one over.
    case keyChange

    static func standard(_ edition: Edition) -> [Int64: Management] {
        switch edition {
        case .iso1987:
            [
                1: .session(.signOn), 61: .session(.signOn), 71: .session(.signOn), 2: .session(.signOff),
                62: .session(.signOff), 72: .session(.signOff), 301: .session(.echo), 270: .session(.echo),
                201: .cutOver, 202: .cutOver, 101: .keyChange, 161: .keyChange,
            ]
        case .iso1993:
            [
                801: .session(.signOn), 802: .session(.signOff), 831: .session(.echo), 821: .cutOver, 822: .cutOver,
                811: .keyChange,
            ]
        }
    }
}

/// What a sign-on state follows (DE 70 of ISO 8583:1987).
package enum ManagementCode: Int64, Sendable {
    case signOn = 1
    case signOff = 2
    case echo = 301
    /// Asks for a new key.
    case keyChange = 161
}
