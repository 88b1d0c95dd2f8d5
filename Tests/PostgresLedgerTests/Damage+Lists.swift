import PostgresLedger

extension Damage {
    static let all = transfers + journal + stored + beside

    private static let transfers = [
        Damage("an amount", of: .hold, set: "amount = amount + 1", .transferDiffers),
        Damage("an amount, by its balance", of: .fundingOfAccount, set: "amount = amount + 1", .balanceNotItsTransfers),
        Damage(
            "an internal side",
            of: .hold,
            set: "credit_account = (SELECT debit_account FROM transfers WHERE layer = 3 AND seq = 2 LIMIT 1)",
            .transferDiffers
        ),
        Damage(
            "an internal side, by its checkpoint",
            of: .internalSide,
            set: "credit_account = account_id",
            .checkpointDiffers
        ),
        Damage(
            "sides exchanged",
            of: .hold,
            set: "debit_account = credit_account, credit_account = debit_account",
            .transferDiffers
        ),
        Damage("a layer", of: .hold, set: "layer = 3", .transferDiffers),
        Damage("a layer that is none", of: .hold, set: "layer = 9", .transferDiffers),
        Damage("a currency", of: .hold, set: "currency = 840", .transferDiffers),
        Damage("a balance kind", of: .hold, set: "balance_kind = 2", .transferDiffers),
        Damage("a line", of: .hold, set: "line = 1", .transferDiffers),
        Damage("a business date", of: .hold, set: "business_date = business_date + 1", .transferDiffers),
        Damage("a value date", of: .hold, set: "value_date = value_date + 1", .transferDiffers),
        Damage("a transfer's authorization", of: .hold, set: "authorization_id = NULL", .transferDiffers),
        Damage(deleted: .hold, "a deleted transfer", .transferMissing),
        Damage("a transfer moved to no journal row", of: .hold, set: "seq = seq + 1000", .transferUnfounded),
        Damage("a transfer moved to no account", of: .hold, set: "account_id = gen_random_uuid()", .rowWithoutAccount),
    ]

    private static let journal = [
        Damage(
            "command bytes",
            of: .funding,
            set: "command = set_byte(command, length(command) - 1, 120)",
            .stateHashDiffers
        ),
        Damage("command bytes that are none", of: .funding, set: "command = '\\x63'", .journalUnreadable),
        // An approval code follows one byte of outcome and 16 of identifier.
        Damage(
            "decision bytes",
            of: .approval,
            set: "decision = set_byte(decision, 17, get_byte(decision, 17) # 2)",
            .decisionDiffers
        ),
        Damage(
            "decision bytes cut off",
            of: .approval,
            set: "decision = substr(decision, 1, length(decision) - 1)",
            .journalUnreadable
        ),
        Damage("a state hash", of: .approval, set: "state_hash = sha256(state_hash)", .stateHashDiffers),
        Damage("a seed", of: .approval, set: "seed = seed # 1", .decisionDiffers),
        Damage("a time", of: .approval, set: "decided_at = decided_at + interval '1 second'", .decisionDiffers),
        Damage("a journal row's kind", of: .approval, set: "kind = 7", .journalColumn),
        Damage("a journal row's authorization", of: .approval, set: "authorization_id = NULL", .journalColumn),
        Damage("a format", of: .approval, set: "format = 2", .journalUnreadable),
        Damage(deleted: .thirdRow, "a deleted journal row", .sequenceBroken),
        Damage(deleted: .lastRow, "a deleted last journal row", .sequenceBroken),
        Damage(deleted: .wholeJournal, "a whole deleted journal", .sequenceBroken),
        Damage(
            "a doubled journal row",
            to: .thirdRow,
            sql: """
                CREATE TEMPORARY TABLE doubled AS SELECT * FROM journal WHERE seq = 3
                    AND 'acc_' || replace(account_id::text, '-', '') = '$';
                UPDATE doubled SET id = overlay(id::text placing 'ffff' from 33)::uuid;
                INSERT INTO journal SELECT * FROM doubled
                """,
            .sequenceBroken
        ),
        Damage(
            "a program's content",
            to: .program,
            sql: "UPDATE program_versions SET content = content || '\\x00'",
            .programUnusable
        ),
    ]

    private static let stored = [
        Damage("a posted balance", of: .balance, set: "posted = posted + 1", .balanceDiffers),
        Damage("a posted balance, by its transfers", of: .balance, set: "posted = posted + 1", .balanceNotItsTransfers),
        Damage("pending debits", of: .balance, set: "pending_debits = pending_debits + 1", .balanceNotItsHolds),
        Damage("pending credits", of: .balance, set: "pending_credits = pending_credits + 1", .balanceNotItsTransfers),
        Damage("a credit limit", of: .balance, set: "credit_limit = credit_limit + 1", .balanceDiffers),
        Damage("a balance kind that is none", of: .balance, set: "kind = 77", .rowUnreadable),
        Damage("a balance of another currency", of: .balance, set: "currency = 986", .rowUnfounded),
        Damage(deleted: .balance, "a deleted balance", .rowMissing),
        Damage("a held amount", of: .authorization, set: "held = held - 1", .authorizationDiffers),
        Damage("a held amount, by its balance", of: .heldOfAccount, set: "held = held - 1", .balanceNotItsHolds),
        Damage("an acquirer's fee", of: .fee, set: "fee = NULL", .authorizationDiffers),
        Damage("a held fee", of: .fee, set: "held_fee = held_fee - 1", .authorizationDiffers),
        Damage("where a decision was taken", of: .advised, set: "advised = NULL", .authorizationDiffers),
        Damage("how it was posted", of: .singleMessage, set: "single_message = false", .authorizationDiffers),
        Damage("an acceptor", of: .acceptor, set: "acceptor = 'M2'", .authorizationDiffers),
        Damage("what a later day counted", of: .countedLater, set: "counted_part = NULL", .authorizationDiffers),
        Damage(
            "how many instalments are cleared",
            of: .instalments,
            set: "cleared_instalments = 0",
            .authorizationDiffers
        ),
        Damage(deleted: .decline, "a deleted authorization", .rowMissing),
        Damage(
            "an authorization of no account",
            of: .decline,
            set: "account_id = gen_random_uuid()",
            .rowWithoutAccount
        ),
        Damage("an authorization's token", of: .tokenized, set: "token_index = NULL", .authorizationDiffers),
        Damage("a counter", of: .counter, set: "amount = amount + 1", .counterDiffers),
        Damage("a token's counter", of: .counterOfToken, set: "amount = amount + 1", .counterDiffers),
        Damage("a chip's counter", of: .chipCounter, set: "highest = highest + 1", .chipCounterDiffers),
        Damage("which counters a chip has used", of: .chipCounter, set: "below = 0", .chipCounterDiffers),
        Damage(deleted: .chipCounter, "a deleted chip's counter", .rowMissing),
        Damage("a contactless sum", of: .contactless, set: "amount = amount + 1", .contactlessCounterDiffers),
        Damage("a contactless count", of: .contactless, set: "count = count + 1", .contactlessCounterDiffers),
        Damage("a contactless round", of: .contactless, set: "round = round + 1", .contactlessCounterDiffers),
        Damage("wrong proofs", of: .failures, set: "times = '\\x00'", .failureCounterDiffers),
        Damage("wrong proofs that are none", of: .failures, set: "times = '\\x01'", .rowUnreadable),
        Damage(deleted: .failures, "deleted wrong proofs", .rowMissing),
        Damage(deleted: .contactless, "a deleted contactless counter", .rowMissing),
        Damage(
            "an authorization's contactless share",
            of: .contactlessShare,
            set: "contactless_amount = contactless_amount + 1",
            .authorizationDiffers
        ),
        Damage(
            "an authorization's contactless round",
            of: .contactlessShare,
            set: "contactless_round = NULL",
            .authorizationDiffers
        ),
        Damage("a card's status", of: .card, set: "status = 5", .cardDiffers),
        Damage("a card's validity", of: .instance, set: "valid_until = valid_until + interval '1 day'", .cardDiffers),
        Damage("a card's successor", of: .replaced, set: "replaced_by_card = NULL", .cardDiffers),
        Damage("how often a card may pay", of: .limited, set: "use_limit = 4", .cardDiffers),
        Damage("a card's product", of: .limited, set: "product = 'silver'", .cardDiffers),
        Damage("a legal hold's amount", of: .legalHold, set: "amount = amount + 1", .legalHoldDiffers),
        Damage("a legal hold, by its balance", of: .heldByLaw, set: "released_at = now()", .balanceNotItsHolds),
        Damage(deleted: .legalHold, "a deleted legal hold", .rowMissing),
        Damage("a token's status", of: .token, set: "status = 3", .tokenDiffers),
        Damage("a token's card", of: .token, set: "card_id = gen_random_uuid()", .tokenDiffers),
        Damage("a token's tenant", of: .token, set: "tenant_id = gen_random_uuid()", .tokenDiffers),
        Damage(deleted: .token, "a deleted token", .rowMissing),
        Damage("a transfer's amount", of: .sent, set: "amount = amount + 1", .accountTransferDiffers),
        Damage(
            "a transfer that is on its way again",
            of: .arrived,
            set: "received_event = NULL, received_at = NULL",
            .accountTransferDiffers
        ),
        Damage(
            "a transfer that nobody received",
            of: .sent,
            set: "received_event = sent_event, received_at = now()",
            .accountTransferDiffers
        ),
        Damage(deleted: .arrived, "a deleted transfer between accounts", .accountTransferDiffers),
        Damage("a PIN's tries", of: .pin, set: "tries = tries + 1", .pinDiffers),
        Damage("a PIN's reference", of: .pin, set: "reference = reference + 1", .pinDiffers),
        Damage("a PIN's script", of: .pin, set: "script = 1, script_sends = 0", .pinDiffers),
        Damage(deleted: .pin, "a deleted PIN", .rowMissing),
        Damage("a network key", of: .networkKey, set: "fingerprint = '\\x00'", .networkKeyDiffers),
        Damage("an account's status", of: .accountRow, set: "status = 3", .accountDiffers),
        Damage("an account's type", of: .typed, set: "type = NULL", .accountDiffers),
        Damage("a credit limit", of: .limitedBalance, set: "credit_limit = 5000", .balanceDiffers),
        Damage("an account's state hash", of: .accountRow, set: "state_hash = sha256(state_hash)", .accountDiffers),
        Damage("an account's sequence", of: .accountRow, set: "seq = seq + 1", .sequenceBroken),
        Damage("an account's last time", of: .accountRow, set: "decided_at = now()", .accountDiffers),
    ]

    private static let beside = [
        Damage(deleted: .directoryEntry, "a deleted entry of the PAN directory", .panDirectoryDiffers),
        Damage("a client's key", of: .clientKey, set: "event_id = gen_random_uuid()", .clientKeyUnfounded),
        Damage("a client's stored answer", of: .clientKey, set: "decision = '\\x0400000000'", .clientKeyUnfounded),
        Damage(deleted: .exception, "a deleted exception", .exceptionMissing),
        Damage(
            "an applied exception that is open again",
            of: .applied,
            set:
                "settlement = NULL, settled_at = NULL, settled_by = NULL, settled_account = NULL, settled_event = NULL",
            .settlementDiffers
        ),
        Damage(
            "what an applied exception came as",
            of: .applied,
            set: "command = command || '\\x00'",
            .settlementDiffers
        ),
        Damage("a write-off of another row", of: .writtenOff, set: "settled_event = id", .settlementDiffers),
        Damage("a write-off that was applied", of: .writtenOff, set: "settlement = 1", .settlementDiffers),
        Damage(
            "who applied an exception",
            of: .applied,
            set: "settled_by = (SELECT o.id FROM operators o WHERE o.id <> settled_by LIMIT 1)",
            .settlementDiffers
        ),
        Damage("where it was written off", of: .writtenOff, set: "settled_account = settled_event", .settlementDiffers),
        Damage(
            "how much was proposed",
            of: .writtenOff,
            set: "proposed_amount = proposed_amount + 1",
            .settlementDiffers
        ),
        Damage(deleted: .writtenOff, "a deleted write-off", .settlementDiffers),
        Damage("a checkpoint", of: .checkpoint, set: "debits = debits + 1", .checkpointDiffers),
        Damage("a snapshot's state", of: .snapshot, set: "state = state || '\\x00'", .snapshotDiffers),
        Damage("a snapshot's format", of: .snapshot, set: "format = 2", .snapshotDiffers),
        Damage(deleted: .checkpoint, "a deleted checkpoint", .checkpointDiffers),
    ]
}
