import AuthorizationCore
import AuthorizationEngine

/// PINs: new ones, and those that were tried, changed or unblocked.
extension BatchCalls {
    mutating func addPINs(_ rows: [BatchWrites.AccountRow<BatchWrites.PINRow>]) {
        var new = PINParameters(), changed = PINParameters()
        for row in rows {
            if row.value.state.version == 0 {
                precondition(row.value.reference != nil, "a new PIN has its sealed reference")
                new.append(row)
            } else {
                changed.append(row)
            }
        }
        add(PINStatements.new, new.columns)
        addGuarded(PINStatements.change, changed.columns + [changed.stored])
    }
}

private struct PINParameters {
    private var shard = Column(.int2), account = Column(.uuid), card = Column(.uuid), tries = Column(.int2)
    private var reference = Column(.int4), method = Column(.int2), keyIndex = Column(.int2), keyName = Column(.text)
    private var keyVersion = Column(.int4), ciphertext = Column(.bytea), vaultKey = Column(.int2)
    private var script = Column(.int8), scriptSends = Column(.int2), scriptCounter = Column(.int4)
    private(set) var stored = Column(.int8)

    var columns: [Column] {
        [
            shard, account, card, tries, reference, method, keyIndex, keyName, keyVersion, ciphertext, vaultKey, script,
            scriptSends, scriptCounter,
        ]
    }

    mutating func append(_ row: BatchWrites.AccountRow<BatchWrites.PINRow>) {
        shard.append(Int16(row.account.shard.number))
        account.append(row.account)
        card.append(row.value.card)
        tries.append(Int16(row.value.state.tries))
        reference.append(row.value.state.reference)
        let sealed = row.value.reference
        switch sealed?.verification.method {
        case .visaPVV(let index)?:
            method.append(Int16(1))
            keyIndex.append(Int16(index))
        case .ibm3624?:
            method.append(Int16(2))
            keyIndex.append(Int16?.none)
        case nil:
            method.append(Int16?.none)
            keyIndex.append(Int16?.none)
        }
        keyName.append(sealed?.verification.key.text)
        keyVersion.append(sealed?.keyVersion)
        ciphertext.append(sealed?.ciphertext)
        vaultKey.append(sealed?.keyID)
        let waiting = row.value.state.script
        script.append(waiting.map { Int64($0.identifier) })
        scriptSends.append(waiting.map { Int16($0.sends) })
        scriptCounter.append(waiting?.counter.map { Int32($0) })
        stored.append(row.value.state.version)
    }
}
