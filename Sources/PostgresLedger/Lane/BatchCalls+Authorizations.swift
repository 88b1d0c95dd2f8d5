import AuthorizationCore
import AuthorizationEngine

/// Authorizations: new and changed ones, and those with something that only some have, which plain payments shall not
/// pay for.
extension BatchCalls {
    mutating func addAuthorizations(_ rows: [BatchWrites.AccountRow<Authorization>]) {
        var new = AuthorizationParameters(), changed = AuthorizationParameters()
        var newDetailed = AuthorizationParameters(), changedDetailed = AuthorizationParameters()
        for row in rows {
            switch (row.value.version == 0, row.value.hasDetails) {
            case (true, false): new.append(row)
            case (false, false): changed.append(row)
            case (true, true): newDetailed.append(row)
            case (false, true): changedDetailed.append(row)
            }
        }
        add(LaneWrites.newAuthorizations, new.ofNew)
        add(LaneWrites.newDetailedAuthorizations, newDetailed.ofNew + newDetailed.details)
        addGuarded(LaneWrites.changeAuthorizations, changed.ofChanged)
        addGuarded(LaneWrites.changeDetailedAuthorizations, changedDetailed.ofChangedDetailed)
    }
}

/// The columns of some authorizations.
private struct AuthorizationParameters {
    private var shard = Column(.int2), id = Column(.uuid), account = Column(.uuid), card = Column(.uuid)
    private var status = Column(.int2), kind = Column(.int2), currency = Column(.int2), balanceKind = Column(.int2)
    private var transactionCurrency = Column(.int2), approved = Column(.int8), remaining = Column(.int8)
    private var billed = Column(.int8), held = Column(.int8), cleared = Column(.int8), posted = Column(.int8)
    private var countedOn = Column(.timestamptz), uncertain = Column(.bool), createdAt = Column(.timestamptz)
    private var stored = Column(.int8)
    private var isSingleMessage = Column(.bool), isAdvised = Column(.bool), fee = Column(.int8), heldFee = Column(.int8)
    private var acceptor = Column(.bytea), category = Column(.int2), countedPart = Column(.int8)
    private var instalments = Column(.int2), clearedInstalments = Column(.int2), token = Column(.bytea)
    private var contactlessRound = Column(.int8), contactlessAmount = Column(.int8), charges = Column(.bytea)

    mutating func append(_ row: BatchWrites.AccountRow<Authorization>) {
        let authorization = row.value
        shard.append(Int16(authorization.id.shard.number))
        id.append(authorization.id)
        account.append(row.account)
        card.append(authorization.card)
        status.append(Int16(authorization.status.rawValue))
        kind.append(Int16(authorization.kind.rawValue))
        currency.append(authorization.balance.map { Int16($0.currency.numeric) })
        balanceKind.append(authorization.balance.map { Int16($0.kind.rawValue) })
        transactionCurrency.append(Int16(authorization.approved.currency.numeric))
        approved.append(authorization.approved.minorUnits)
        remaining.append(authorization.remaining)
        billed.append(authorization.billed)
        held.append(authorization.held)
        cleared.append(authorization.cleared)
        posted.append(authorization.posted)
        countedOn.append(authorization.countedOn)
        uncertain.append(authorization.uncertain)
        createdAt.append(authorization.createdAt)
        stored.append(authorization.version)
        if authorization.hasDetails { appendDetails(of: authorization) }
    }

    private mutating func appendDetails(of authorization: Authorization) {
        isSingleMessage.append(authorization.isSingleMessage)
        isAdvised.append(authorization.isAdvised)
        fee.append(authorization.fee)
        heldFee.append(authorization.heldFee)
        acceptor.append(authorization.acceptor.map { Array($0.identification.utf8) })
        category.append(authorization.acceptor.map { Int16(clamping: $0.categoryCode) })
        countedPart.append(authorization.countedPart)
        instalments.append(authorization.instalments.map { Int16($0.count) })
        clearedInstalments.append(authorization.instalments.map { Int16($0.cleared) })
        token.append(authorization.token)
        contactlessRound.append(authorization.contactless?.round)
        contactlessAmount.append(authorization.contactless?.amount)
        charges.append(authorization.charges.isEmpty ? nil : ChargeLines(authorization.charges).journalBytes)
    }

    private var amounts: [Column] { [approved, remaining, billed, held, cleared, posted] }

    var ofNew: [Column] {
        [shard, id, account, card, status, kind, currency, balanceKind, transactionCurrency] + amounts
            + [countedOn, uncertain, createdAt]
    }

    var details: [Column] {
        [
            isSingleMessage, isAdvised, fee, heldFee, acceptor, category, countedPart, instalments, clearedInstalments,
            token, contactlessRound, contactlessAmount, charges,
        ]
    }

    var ofChanged: [Column] { [shard, id, status] + amounts + [uncertain, stored] }

    var ofChangedDetailed: [Column] {
        [shard, id, status, currency, balanceKind, transactionCurrency] + amounts
            + [countedOn, uncertain] + details + [stored]
    }
}
