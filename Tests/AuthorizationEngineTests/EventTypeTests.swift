import AuthorizationCore
import AuthorizationEngine
import Testing

/// What journal rows are to those who follow an account.
@Suite struct EventTypeTests {
    /// Seconds from an event's identifier to what its account's clock said then, and from the identifier to the time
    /// from which events are wanted.
    @Test(arguments: [(0, 0, true), (2, 2, true), (2, 3, false), (86_400, 0, true), (86_400, 1, false)])
    func `an event is of now by real time, though a sandbox's clock is ahead`(
        _ told: Int64,
        _ wanted: Int64,
        _ isWanted: Bool
    ) throws {
        let moment = Instant(microseconds: 1_700_000_000_000_000)
        let entry = JournalEntry(
            event: EventID(at: moment, shard: Shard(truncating: 0), entropy: 1),
            sequence: 1,
            decidedAt: moment + .seconds(told),
            command: .changeAccount(ChangeAccount(status: .frozen, reason: "")),
            decision: Decision(.done),
            actor: nil,
            codes: nil
        )
        let nobody = AccountID(high: 0, low: 0)
        let position = EventPosition(epoch: 1, transaction: 1, account: nobody, sequence: 1, since: moment)
        let event = try #require(AccountEvent(entry, of: nobody, at: position))
        var filter = EventFilter(tenant: TenantID(high: 1, low: 5))
        filter.decidedFrom = moment + .seconds(wanted)
        #expect(filter.allows(event) == isWanted)
    }

    private static let card = CardID(high: 1, low: 1)
    private static let authorization = AuthorizationID(high: 1, low: 2)
    private static let other = AccountID(high: 1, low: 3)
    private static let hold = LegalHoldID(high: 1, low: 4)

    private struct Row {
        var command: Command
        var outcome: Outcome
        var type: EventType?

        init(_ command: Command, _ type: EventType?) { self.init(command, .done, type) }

        init(_ command: Command, _ outcome: Outcome, _ type: EventType?) {
            self.command = command
            self.outcome = outcome
            self.type = type
        }
    }

    private static func money() throws -> Money { Money(100, try #require(Currency(alphabetic: "EUR"))) }

    private static func accountRows() throws -> [Row] {
        let opening = OpenAccount(
            account: other,
            tenant: TenantID(high: 1, low: 5),
            program: ProgramID(high: 1, low: 6),
            balances: []
        )
        let money = try money()
        let sent = OutgoingTransfer(to: other, .open, money, reference: "")
        let received = IncomingTransfer(TransferID(high: 1, low: 7), from: other, money, reference: "")
        let moves = zip(
            [MoneyMovement.Kind.withdrawal, .creditAdjustment, .debitAdjustment],
            [EventType.accountWithdrawn, .accountCredited, .accountDebited]
        ).map { Row(.moneyCommand(.move(MoneyMovement($0, money, text: ""))), $1) }
        return moves + [
            Row(.openAccount(opening), .accountOpened),
            Row(.openAccount(opening), .refused(.programNotFound), nil),
            Row(.changeAccount(ChangeAccount(status: .open, reason: "")), .accountReopened),
            Row(.changeAccount(ChangeAccount(status: .frozen, reason: "")), .accountFrozen),
            Row(.changeAccount(ChangeAccount(status: .closed, reason: "")), .accountClosed),
            Row(.fund(Funding(amount: money, reference: "")), .accountFunded),
            Row(.moneyCommand(.send(sent)), .transferSent),
            Row(.moneyCommand(.receive(received)), .transferReceived),
            Row(.moneyCommand(.placeHold(PlaceLegalHold(hold, money, reason: ""))), .legalHoldPlaced),
            Row(.moneyCommand(.releaseHold(ReleaseLegalHold(hold, reason: ""))), .legalHoldReleased),
        ]
    }

    private static func cardRows() throws -> [Row] {
        let expiry = try #require(ExpiryMonth(year: 2030, month: 1))
        let instance = CardInstance(
            sequenceNumber: 0,
            expiry: expiry,
            validUntil: .distantFuture,
            serviceCode: 201,
            active: true
        )
        let issue = IssueCard(card: card, lastFour: 1, instance: instance)
        let replace = ReplaceCard(card: card, status: .lost, reason: "", new: issue)
        let changes = zip(
            CardStatus.allCases,
            [nil, .cardActivated, .cardFrozen, .cardBlocked, .cardLost, .cardStolen, .cardClosed] as [EventType?]
        ).map { Row(.changeCard(ChangeCard(card: card, status: $0, reason: "")), $1) }
        return changes + [
            Row(.issueCard(issue), .cardIssued),
            Row(.cardCommand(.reissue(ReissueCard(card: card, instance: instance))), .cardReissued),
            Row(
                .cardCommand(.activateInstance(ActivateInstance(card: card, sequenceNumber: 1))),
                .cardInstanceActivated
            ),
            Row(.cardCommand(.replace(replace)), .cardReplaced),
            Row(.setPIN(SetPIN(card: card, reference: 1)), .cardPINSet),
            Row(.unblockPIN(UnblockPIN(card: card, reason: "")), .cardPINUnblocked),
        ]
    }

    private static func authorizationRows() throws -> [Row] {
        func acknowledged(_ acknowledgement: Acknowledgement) -> Outcome {
            .acknowledged(acknowledgement, authorization)
        }
        let reversal = Reversal(target: .authorization(authorization))
        let clearing = Clearing(authorization: authorization, amount: try money(), isFinal: true)
        let applied = ApplyException(exception: EventID(high: 1, low: 8), message: .reversal(reversal))
        let lost = DeliveryRecord(authorization: authorization, hasArrived: false)
        let arrived = DeliveryRecord(authorization: authorization, hasArrived: true)
        let unapplied = [Command.reverse(reversal), .clear(clearing)].flatMap { command in
            [
                Row(command, acknowledged(.nothingLeft), .authorizationUnchanged),
                Row(command, acknowledged(.waitsForOriginal), .authorizationUnchanged),
                Row(command, acknowledged(.exception(.amountOutOfRange)), .exceptionRaised),
            ]
        }
        return unapplied + [
            Row(.reverse(reversal), acknowledged(.applied), .authorizationReversed),
            Row(.clear(clearing), acknowledged(.applied), .authorizationCleared),
            Row(.applyException(applied), acknowledged(.applied), .exceptionApplied),
            Row(.recordDelivery(lost), acknowledged(.applied), .authorizationUncertain),
            Row(.recordDelivery(arrived), acknowledged(.applied), .authorizationConfirmed),
            Row(.expire(ExpireHold(authorization, HoldLifetimes())), acknowledged(.applied), .authorizationExpired),
        ]
    }

    @Test func `each command and outcome is one type of event`() throws {
        for row in try Self.accountRows() + Self.cardRows() + Self.authorizationRows() {
            #expect(EventType(row.command, row.outcome) == row.type, "\(row.command) \(row.outcome)")
        }
    }

    @Test func `no two types have one name, and each begins with what it is about`() {
        #expect(Set(EventType.allCases.map(\.rawValue)).count == EventType.allCases.count)
        let subjects = Set(EventType.allCases.compactMap { $0.rawValue.split(separator: ".").first })
        let known: Set<Substring> = [
            "account", "transfer", "legal_hold", "card", "token", "authorization", "exception", "webhook",
        ]
        #expect(subjects == known)
    }
}
