/// What a program verifies of the proofs that its cards' payments bring, and what follows.
package struct VerificationPolicy: Hashable, Sendable {
    /// Of the expiry that the card code (CVV2) is computed with. On the stripe it is YYMM always.
    package enum ExpiryOrder: UInt8, ClosedList {
        case yearFirst = 1
        case monthFirst = 2
    }

    package var keys = VerificationKeys()
    package var expiryOrder = ExpiryOrder.yearFirst
    /// Digits before the card's value in the issuer's data of track 2, 0 to 16: usually a PVV with its key's index.
    package var cardValueOffset: UInt8 = 5
    /// Wrong PINs in a row after which none is taken any more, 1 to 15.
    package var pinTryLimit: UInt8 = 3
    /// Nil where wrong proofs are not counted, as in versions of before.
    package var failures: FailureLimit?
    /// At most one for each currency of the program's balances.
    package var limits: [UnprovedLimit] = []
    package var refusedEntryModes: Set<EntryMode> = []
    /// What differs from ``ProofDemand/standard(_:_:)``: of the rules that apply, the last counts.
    package var rules: [ProofRule] = []

    package init() {}

    package func limit(in currency: Currency) -> UnprovedLimit? { limits.first { $0.currency == currency } }
}

/// What may be paid with less proof than a chip and a PIN give. All in minor units, 0 or more; nil is no limit.
package struct UnprovedLimit: Hashable, Sendable {
    package var currency: Currency
    /// Largest payment by the magnetic stripe of a card that has a chip.
    package var fallback: Int64?
    /// Largest contactless payment without a PIN.
    package var contactless: Int64?
    /// Largest sum of a card's contactless payments since its last PIN.
    package var cumulativeAmount: Int64?
    /// Most contactless payments of a card since its last PIN: a number.
    package var cumulativeCount: Int64?

    package init(currency: Currency, fallback: Int64? = nil, contactless: Int64? = nil) {
        self.currency = currency
        self.fallback = fallback
        self.contactless = contactless
    }

    /// Whether contactless payments are counted.
    package var isCumulative: Bool { cumulativeAmount != nil || cumulativeCount != nil }
}

/// The program's keys among the stored ones. What has no key is not verified.
package struct VerificationKeys: Hashable, Sendable {
    /// CVV, iCVV and CVV2: usage C0.
    package var cardVerification: StoredKeyName?
    /// CAVV: usage C0.
    package var authentication: StoredKeyName?
    /// dCVV and CVC3.
    package var dynamicValue: DynamicValueVerification?
    package var pin: PINVerification?
    package var chip: ChipVerification?

    package init() {}
}

/// How a program's PINs are verified.
package struct PINVerification: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        /// Usage V2; the index of the key, 0 to 6, is part of what the PVV is computed from.
        case visaPVV(keyIndex: UInt8)
        /// Usage V1.
        case ibm3624
    }

    package var method: Method
    package var key: StoredKeyName

    package init(_ method: Method, key: StoredKeyName) {
        self.method = method
        self.key = key
    }
}

/// How a program's chips are verified and written to.
package struct ChipVerification: Hashable, Sendable {
    /// Who says what is in issuer application data (tag 9F10).
    package enum Scheme: UInt8, ClosedList {
        case visa = 1
        case mastercard = 2
    }

    /// How cards' keys come from master keys (EMV Book 2, annex A1.4).
    package enum Derivation: UInt8, ClosedList {
        case optionA = 1
        case optionB = 2
    }

    package var scheme: Scheme
    package var derivation = Derivation.optionA
    package var counters = CounterWindow.standard
    /// Those statuses of a card for which its application is blocked, with the next answer that its chip gets.
    package var blockedStatuses: Set<CardStatus> = []
    package var scripts = ScriptRules()
    /// Master key of application cryptograms: usage E0.
    package var cryptograms: StoredKeyName
    /// Master key of the MACs of scripts: usage E2.
    package var messageIntegrity: StoredKeyName?
    /// Master key of what scripts hide: usage E1.
    package var messageConfidentiality: StoredKeyName?

    package init(_ scheme: Scheme, cryptograms: StoredKeyName) {
        self.scheme = scheme
        self.cryptograms = cryptograms
    }
}

/// How a program's chips are sent scripts that may come with any answer.
package struct ScriptRules: Hashable, Sendable {
    /// When the chip obeys (EMV Book 3, 10.10).
    package enum Template: UInt8, ClosedList {
        /// Template 71: before its last cryptogram.
        case before = 1
        /// Template 72: after it.
        case after = 2
    }

    package var template = Template.after
    /// With how many answers a script goes, until the chip's results say that it was obeyed: 1 to 15.
    package var sends: UInt8 = 3

    package init() {}
}

/// Names a stored key.
package struct StoredKeyName: Hashable, Sendable {
    package let text: String

    /// Nil unless there are 1 to 64 of a-z, 0-9, `-` and `.`.
    package init?(_ text: String) {
        let isAllowed: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else { return nil }
        self.text = text
    }
}
