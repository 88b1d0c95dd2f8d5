import AuthorizationCore
import CardCryptography

/// One journal row: a command that changed an account or decided on it.
package struct JournalRow: Sendable {
    package var event: EventID
    package var account: AccountID
    package var sequence: Int64
    package var command: Command
    package var commandBytes: [UInt8]
    package var decision: Decision
    package var decisionBytes: [UInt8]
    package var moment: Moment
    package var seed: UInt64
    package var programVersion: Int32
    package var stateHash: [UInt8]
    /// Who had it carried out; nil for a network and for Aval itself. Beside what is hashed: it decides nothing.
    package var actor: CommandActor?
    /// What the network was told. Beside what is hashed, too.
    package var codes: AnswerCodes?

    /// The authorization that the row belongs to, if any.
    package var authorization: AuthorizationID? { decision.outcome.authorization }
}

extension Outcome {
    package var authorization: AuthorizationID? {
        switch self {
        case .approved(let approval): approval.authorization
        case .declined(_, let authorization), .acknowledged(_, let authorization): authorization
        case .done, .refused: nil
        }
    }
}

/// A decision on a request that belongs to no account.
package struct UnroutedRow: Sendable {
    package var event: EventID
    package var commandBytes: [UInt8]
    package var outcome: Outcome
    package var decisionBytes: [UInt8]
    package var moment: Moment
    package var seed: UInt64
    package var codes: AnswerCodes?
}

/// All rows of a batch as they shall be, each once, from the fold's final state.
package struct BatchWrites: Sendable {
    package struct AccountRow<Value: Sendable>: Sendable {
        package var account: AccountID
        package var value: Value
    }

    package struct BalanceRow: Sendable {
        package var key: BalanceKey
        package var balance: Balance
    }

    package struct CounterRow: Sendable {
        package var key: CounterKey
        package var counter: Counter
    }

    package struct ChipCounterRow: Sendable {
        package var key: ChipCounterKey
        package var counter: ChipCounter
    }

    package struct ContactlessRow: Sendable {
        package var key: ContactlessKey
        package var counter: ContactlessCounter
    }

    package struct FailureRow: Sendable {
        package var key: FailureKey
        package var counter: FailureCounter
    }

    package struct KeyRow: Sendable {
        package var key: RequestKey
        package var record: KeyRecord
        /// What the message was answered with.
        package var codes: AnswerCodes?
    }

    package struct TransferRow: Sendable {
        package var transfer: Transfer
        package var program: ProgramID
        package var event: EventID
        package var sequence: Int64
        package var moment: Moment
    }

    package struct ClientRow: Sendable {
        package var request: ClientRequest
        package var event: EventID
        package var account: AccountID
        package var decidedAt: Instant
        package var decisionBytes: [UInt8]
    }

    package struct CardRow: Sendable {
        package var card: Card
        package var tenant: TenantID
        /// Set for a new card.
        package var number: PANVault.Sealed?
        /// Those that are new or changed.
        package var instances: [CardInstance]
    }

    package struct TokenRow: Sendable {
        package var token: WalletToken
        package var tenant: TenantID
    }

    package struct PINRow: Sendable {
        package var card: CardID
        package var state: PINState
        /// Set for a new PIN.
        package var reference: SealedPINReference?
    }

    package var journal: [JournalRow] = []
    package var unrouted: [UnroutedRow] = []
    package var openedAccounts: [Account] = []
    /// With the sequence number that the stored row has.
    package var changedAccounts: [(account: Account, storedSequence: Int64)] = []
    /// Those among them whose status is another than the stored row's.
    package var restatedAccounts: [AccountID] = []
    package var balances: [AccountRow<BalanceRow>] = []
    package var cards: [AccountRow<CardRow>] = []
    package var transfers: [AccountRow<TransferRow>] = []
    package var authorizations: [AccountRow<Authorization>] = []
    package var counters: [AccountRow<CounterRow>] = []
    package var chipCounters: [AccountRow<ChipCounterRow>] = []
    package var contactless: [AccountRow<ContactlessRow>] = []
    package var failures: [AccountRow<FailureRow>] = []
    package var keys: [AccountRow<KeyRow>] = []
    package var pins: [AccountRow<PINRow>] = []
    package var legalHolds: [AccountRow<LegalHold>] = []
    /// Sorted by index, so that two batches with the same tokens take them in the same order.
    package var tokens: [AccountRow<TokenRow>] = []
    /// Sorted by key, so that two batches with the same keys take them in the same order.
    package var clientRows: [ClientRow] = []

    package init() {}

    package var isEmpty: Bool { journal.isEmpty && unrouted.isEmpty }
}
