import AuthorizationCore

/// How far a verification is.
package struct VerificationProgress: Sendable {
    package enum Phase: String, Sendable {
        case accounts
        case internalAccounts = "internal accounts"
        case clientKeys = "client keys"

        package var name: String { rawValue }
    }

    package var phase: Phase
    /// Accounts, shards or keys, according to the phase.
    package var done: Int64
    /// 0 when it is not known beforehand.
    package var total: Int64
    /// Journal rows and transfers, since the start.
    package var rowsPerSecond: Int64
}

/// Something in the ledger that does not follow from the rest of it.
package struct Offence: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        // The journal.
        case sequenceBroken = "sequence_broken"
        case journalUnreadable = "journal_unreadable"
        case journalColumn = "journal_column"
        case decisionDiffers = "decision_differs"
        case stateHashDiffers = "state_hash_differs"
        case programUnusable = "program_unusable"
        // Transfers.
        case transferMissing = "transfer_missing"
        case transferDiffers = "transfer_differs"
        case transferUnfounded = "transfer_unfounded"
        // What is stored beside it.
        case accountDiffers = "account_differs"
        case balanceDiffers = "balance_differs"
        case balanceNotItsTransfers = "balance_not_its_transfers"
        case balanceNotItsHolds = "balance_not_its_holds"
        case cardDiffers = "card_differs"
        case panDirectoryDiffers = "pan_directory_differs"
        case authorizationDiffers = "authorization_differs"
        case counterDiffers = "counter_differs"
        case chipCounterDiffers = "chip_counter_differs"
        case contactlessCounterDiffers = "contactless_counter_differs"
        case failureCounterDiffers = "failure_counter_differs"
        case networkKeyDiffers = "network_key_differs"
        case pinDiffers = "pin_differs"
        case legalHoldDiffers = "legal_hold_differs"
        case tokenDiffers = "token_differs"
        case accountTransferDiffers = "account_transfer_differs"
        case rowMissing = "row_missing"
        case rowUnfounded = "row_unfounded"
        case rowUnreadable = "row_unreadable"
        case rowWithoutAccount = "row_without_account"
        case exceptionMissing = "exception_missing"
        case settlementDiffers = "settlement_differs"
        case snapshotDiffers = "snapshot_differs"
        case checkpointDiffers = "checkpoint_differs"
        case clientKeyUnfounded = "client_key_unfounded"
    }

    package var kind: Kind
    /// Names the offender: account and sequence number, transfer, card, authorization…
    package var subject: String
    package var expected: String
    package var found: String

    package var description: String { "\(kind.rawValue): \(subject): expected \(expected); found \(found)" }
}

/// What a verification looked at and what it found.
package struct VerificationReport: Sendable {
    /// Offences that are kept; the others are counted.
    package static let offenceLimit = 1_000

    package internal(set) var accounts: Int64 = 0
    package internal(set) var journalRows: Int64 = 0
    package internal(set) var transfers: Int64 = 0
    package internal(set) var checkpoints: Int64 = 0
    package internal(set) var clientKeys: Int64 = 0
    /// Transfers between customers whose second half is still to come, by currency: what is in transit.
    package internal(set) var inTransit: [Currency: (transfers: Int64, amount: Int128)] = [:]
    package internal(set) var offences: [Offence] = []
    package internal(set) var offenceCount: Int64 = 0

    package var isClean: Bool { offenceCount == 0 }

    mutating func add(_ kind: Offence.Kind, _ subject: String, expected: String, found: String) {
        offenceCount += 1
        guard offences.count < Self.offenceLimit else { return }
        offences.append(Offence(kind: kind, subject: subject, expected: expected, found: found))
    }

    /// Adds an offence that shows where two values differ.
    mutating func addDifference(_ kind: Offence.Kind, _ subject: String, expected: Any, found: Any) {
        let sides = FlatDescription.differences(expected, found)
        add(kind, subject, expected: sides.left, found: sides.right)
    }
}
