/// Why a request is declined. The cases stand in order of precedence: the first that applies is the answer.
package enum DeclineReason: UInt8, ClosedList {
    /// Too many failed requests at a merchant, with numbers that begin as this one does. Before all others: none of them
    /// may tell a number that is tried out from another.
    case tooManyFailuresAtMerchant = 44
    /// The number's first digits are of no program here.
    case unknownIssuer = 43
    case cardNotFound = 1
    /// The program's cards do not pay by this network: to it the number is another issuer's.
    case networkNotAllowed = 54
    case reversedBeforeArrival = 2
    /// An advice told how it was decided elsewhere.
    case advisedBeforeArrival = 18
    case cardLost = 3
    case cardStolen = 4
    case cardInactive = 5
    case cardFrozen = 6
    case cardBlocked = 7
    case cardClosed = 8
    case tokenSuspended = 50
    case tokenDeleted = 51
    /// A token that was registered for another card.
    case tokenOfOtherCard = 52
    /// A card for few payments has had all of them.
    case cardUsedUp = 49
    /// Too many wrong proofs for a card or a token.
    case tooManyFailures = 41
    case expiryMismatch = 9
    case cardExpired = 10
    case accountFrozen = 11
    case accountClosed = 12
    case kindNotAllowed = 13
    /// An increment of nothing that is known and pending.
    case originalNotFound = 19
    /// An increment for another card, acceptor or currency.
    case originalDiffers = 20
    case currencyNotConvertible = 14
    /// The program's charges cannot be computed within the ledger's range.
    case chargesOutOfRange = 53
    case entryModeNotAllowed = 36
    /// A proof that does not belong to the way in which the card was read.
    case proofNotAllowed = 37
    /// A merchant's own payment without the identifier of the payment that it follows from.
    case linkMissing = 42
    case pinTriesExceeded = 24
    case pinMissing = 22
    case pinIncorrect = 23
    case pinNotVerified = 25
    /// A request to change the PIN without a new one.
    case newPinMissing = 47
    /// The new PIN could not be read, or nothing could be made of it.
    case newPinNotUsable = 48
    case cardValueMissing = 26
    case cardValueIncorrect = 27
    case cardCodeMissing = 28
    case cardCodeIncorrect = 29
    case cryptogramMissing = 30
    case cryptogramIncorrect = 31
    /// The chip's transaction counter was used before.
    case counterReplayed = 32
    /// What the chip has signed is not what the message says.
    case chipDataDiffers = 40
    case authenticationMissing = 33
    case authenticationIncorrect = 34
    /// A required proof is there, and could not be verified.
    case notVerifiable = 35
    /// The cardholder has to give the PIN first (step-up).
    case pinNeededContactless = 38
    case fallbackLimitExceeded = 39
    case transactionLimitExceeded = 15
    case cashbackLimitExceeded = 21
    case dailyLimitExceeded = 16
    case insufficientFunds = 17

    /// 0 is the first. Not the raw value: reasons that were added later stand among the others.
    package var precedence: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}

/// The checks of an authorization, in the order in which they are taken. Some are taken of some requests only:
/// `merchantFailures` where there are too many, `network` where the program names its networks, `tokenStatus` of payments
/// with a registered token, `cardUses` of cards for few payments, `original` of increments, `charges` where there are any,
/// `cashbackLimit` of requests with cashback, those of limits where
/// the program has the limit, those of proofs where it verifies proofs, and `pin` and `newPin` of each change of a PIN.
package enum Check: UInt8, ClosedList {
    /// Of all cards whose numbers begin alike.
    case merchantFailures = 31
    case cardFound = 1
    /// Where the program names its networks, of what comes by one.
    case network = 34
    case notReversed = 2
    case cardStatus = 3
    /// Of a registered token.
    case tokenStatus = 26
    /// Of a card for few payments.
    case cardUses = 29
    /// Before the first proof, the expiry: else its answer would tell which is right.
    case failureCount = 24
    case instanceExpiry = 4
    case accountStatus = 5
    case kindAllowed = 6
    case original = 11
    case currencyConvertible = 7
    /// The sum of the program's charges.
    case charges = 36
    case entryMode = 20
    case pin = 14
    /// Of requests to change the PIN.
    case newPin = 33
    /// CVV, iCVV, dCVV.
    case cardValue = 15
    /// CVV2.
    case cardCode = 16
    /// ARQC.
    case cryptogram = 17
    /// The chip's transaction counter.
    case counter = 19
    case chipData = 23
    /// CAVV.
    case authentication = 18
    case contactlessLimit = 21
    /// The sum since the last PIN.
    case contactlessAmount = 25
    /// The number since the last PIN.
    case contactlessCount = 28
    case fallbackLimit = 22
    case transactionLimit = 8
    case cashbackLimit = 12
    case dailyLimit = 9
    case tokenDailyLimit = 13
    case availableBalance = 10

    package static let ofEveryRequest: [Check] = [
        .cardFound, .notReversed, .cardStatus, .instanceExpiry, .accountStatus, .kindAllowed, .currencyConvertible,
        .transactionLimit, .dailyLimit, .availableBalance,
    ]
}

/// What one check found. Every check is recorded, also those after the first that failed.
package struct CheckResult: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case passed
        case failed(DeclineReason)
        /// An earlier failure or the kind of request left nothing to check.
        case notApplicable
    }

    package var check: Check
    package var verdict: Verdict
    /// The amount that was compared, in minor units of the balance's currency, or the number; 0 where none is compared.
    package var observed: Int64
    /// What it was compared with.
    package var limit: Int64

    package init(_ check: Check, _ verdict: Verdict, observed: Int64 = 0, limit: Int64 = 0) {
        self.check = check
        self.verdict = verdict
        self.observed = observed
        self.limit = limit
    }
}

/// Why a reversal, clearing or advice that had to be accepted could not be applied as it stands.
package enum ExceptionReason: UInt8, ClosedList {
    case reversalAboveApproved = 1
    case reversalAfterClearing = 2
    case keyReusedWithOtherContent = 3
    case amountOutOfRange = 4
    /// A reversal for a card that nobody has, or without a card that can be read.
    case cardNotFound = 5
    /// A reversal that names another reversal, or an advice that was not applied.
    case originalIsReversal = 6
    case adviceAfterReversal = 7
    case adviceAfterClearing = 8
    /// No balance has the amount's currency, and no rate leads to one.
    case currencyNotConvertible = 9
    /// An advice that moves money another way, in another currency or on another balance than what it is about, or a
    /// reversal of another card or currency.
    case originalDiffers = 10
    /// An advice that does not tell whether it approves or declines, or not all of what.
    case verdictUnclear = 11
    /// A reversal of a part that it does not tell, or of which not all can be read.
    case partUnclear = 12
    /// A reversal that names no message, and whose references, if it has any, lead to nothing.
    case originalNotFound = 13
}

package enum Acknowledgement: Hashable, Sendable {
    case applied
    /// It was done before; nothing is left to do.
    case nothingLeft
    /// Kept until its original comes.
    case waitsForOriginal
    /// Kept for an operator.
    case exception(ExceptionReason)
    /// An advice, whose decision is now the ledger's: unlike the others, it can be named by a reversal.
    case recorded
    /// An advised increment, with what it added and no reversal has given back.
    case recordedIncrement(ApprovedAmounts)
}

/// Why a client's command cannot be carried out. Nothing is changed or journaled.
package enum Refusal: UInt8, ClosedList {
    case accountNotFound = 1
    case cardNotFound = 2
    case authorizationNotFound = 3
    case transitionNotAllowed = 4
    case accountNotOpen = 5
    case currencyNotHeld = 6
    case currencyMismatch = 7
    case balanceOutOfRange = 8
    case programNotFound = 9
    case pinChanged = 10
    case insufficientFunds = 21
    case legalHoldNotFound = 22
    /// The second half of a transfer that is not on its way.
    case transferNotInTransit = 23
    case tokenNotFound = 30
    /// A credit limit that accounts of the type do not have.
    case creditNotAllowed = 31
    /// A card of a product that the program does not have, or of none where it has some.
    case productNotFound = 32
    /// A card for a cardholder who gets none.
    case cardholderNotActive = 36
}

/// A balance before and after the decision.
package struct BalanceMovement: Hashable, Sendable {
    package var key: BalanceKey
    package var before: Balance
    package var after: Balance

    package init(key: BalanceKey, before: Balance, after: Balance) {
        self.key = key
        self.before = before
        self.after = after
    }
}

/// A day's velocity of one card, or of one token in its place, in one currency.
package struct CounterKey: Hashable, Sendable {
    package var card: CardID
    package var currency: Currency
    package var dayStart: Instant
    /// Index of the token; nil for all payments of the card.
    package var token: [UInt8]?

    package init(card: CardID, currency: Currency, dayStart: Instant, token: [UInt8]? = nil) {
        self.card = card
        self.currency = currency
        self.dayStart = dayStart
        self.token = token
    }
}

package struct Counter: Hashable, Sendable {
    /// Sum of billing amounts approved and not given back on the same day, in minor units.
    package var amount: Int64 = 0
    /// Number of payments approved and not wholly given back on the same day.
    package var count: Int64 = 0
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init() {}
}

/// What is known of a network message, so that a repeat is answered alike.
package struct KeyRecord: Hashable, Sendable {
    /// The message's, as ``MessageIdentity`` has it; empty while only a reversal or an advice is known.
    package var fingerprint: [UInt8]
    package var authorization: AuthorizationID?
    /// Nil while a reversal waits for this message.
    package var answer: Outcome?
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(fingerprint: [UInt8], authorization: AuthorizationID?, answer: Outcome?) {
        self.fingerprint = fingerprint
        self.authorization = authorization
        self.answer = answer
    }
}

/// One row as it shall be afterwards. Balances are not among them: they follow from the transfers. The status before is
/// no row, and changes nothing.
package enum Change: Hashable, Sendable {
    case account(Account)
    case openBalance(BalanceKey, creditLimit: Int64)
    /// Another credit limit of a balance that is open.
    case creditLimit(BalanceKey, Int64)
    case card(Card)
    case transfer(Transfer)
    case authorization(Authorization)
    case counter(CounterKey, Counter)
    case chipCounter(ChipCounterKey, ChipCounter)
    case contactless(ContactlessKey, ContactlessCounter)
    case failures(FailureKey, FailureCounter)
    case key(RequestKey, KeyRecord)
    case pin(CardID, PINState)
    case legalHold(LegalHold)
    case token(WalletToken)
    case statusBefore(StatusBefore)
}

/// The answer to a command and all that it changes.
package struct Decision: Hashable, Sendable {
    package var outcome: Outcome
    package var checks: [CheckResult]
    package var changes: [Change]
    package var balance: BalanceMovement?

    package init(
        _ outcome: Outcome,
        checks: [CheckResult] = [],
        changes: [Change] = [],
        balance: BalanceMovement? = nil
    ) {
        self.outcome = outcome
        self.checks = checks
        self.changes = changes
        self.balance = balance
    }

    package static func refused(_ refusal: Refusal) -> Decision { Decision(.refused(refusal)) }

    /// Nil for a check that was not taken.
    package func verdict(of check: Check) -> CheckResult.Verdict? { checks.first { $0.check == check }?.verdict }
}

extension Decision {
    package var firstTransfer: Transfer? {
        for case .transfer(let transfer) in changes { return transfer }
        return nil
    }
}
