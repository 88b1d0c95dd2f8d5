import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Foundation

/// A rotation's way through the cards. The columns of a card's number are no part of what is decided on: the lane only
/// compares indexes with the row's, and takes either while there are two. They are written under the lock of the card's
/// account all the same, like everything that hangs on it.
extension VaultRotation {
    /// Cards at a time: their accounts are locked for two round trips.
    private static let chunk = 100
    /// Cards that one statement looks at, however few of them it selects.
    private static let window: Int64 = 1_000

    private struct StoredNumber {
        var card: CardID
        var account: AccountID
        var secret: CardSecret
        /// Whether it is among those that are to be changed.
        var isSelected: Bool
    }

    /// Adds the index under a new key to each card that does not have it.
    func addIndexes(under key: Int16, _ vault: PANVault) throws {
        try forAll("cards without an index under the new key", VaultCards.withoutIndex, key) { card in
            guard let index = try vault.otherIndex(of: try open(card, vault)) else {
                throw Problem(description: "the new index key is not known yet: run it again")
            }
            return index
        } change: { columns in
            Call(VaultCards.addIndexes, columns + [Parameter(key)])
        }
    }

    /// Seals with the active key what an earlier one sealed.
    func sealAgain(from key: Int16, _ vault: PANVault) throws {
        try forAll("cards under the old data key", VaultCards.sealed, key) { card in
            let sealed = try vault.seal(try open(card, vault), associatedData: card.card.bytes)
            return sealed.keyID.bigEndianBytes + sealed.ciphertext
        } change: { columns in
            Call(VaultCards.reseal, columns + [Parameter(key)])
        }
    }

    /// Takes the index under a leaving key from each card and from the directory.
    func dropIndexes(under key: Int16) throws {
        try forAll("cards with an index under the old key", VaultCards.withTwoIndexes, key) { _ in
            []
        } change: { columns in
            Call(VaultCards.dropIndexes, columns + [Parameter(key)])
        }
    }

    /// A key that something still needs is never erased.
    func checkUnused(_ name: VaultKeyRecord.Name) throws {
        let statement = name.purpose == .data ? VaultCards.usesDataKey : VaultCards.usesIndexKey
        let isUsed = try connection.run(Call(statement, [Parameter(name.id)]))
            .map { (row) throws(PostgresError) in try row.bool() }
        guard isUsed == [false] else { throw Problem(description: "\(name) is still in use, and stays") }
    }

    /// Goes through the cards that a statement selects until there are none. Works half of the time at most.
    ///
    /// - Parameters:
    ///   - make: what is to be written of a card; outside of any lock.
    ///   - change: writes what was made of the cards with these shards and ids.
    private func forAll(
        _ what: String,
        _ selection: (window: Statement, count: Statement),
        _ key: Int16,
        make: (StoredNumber) throws -> [UInt8],
        change: ([Parameter]) -> Call
    ) throws {
        let counted = try connection.run(Call(selection.count, [Parameter(key)]))
        var left = try counted.map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
        say("\(left) \(what)")
        var isComplete = false
        while !isComplete {
            isComplete = true
            var after: CardID?
            repeat {
                let started = ContinuousClock.now
                let window = try window(selection.window, key, after: after)
                let selected = window.filter(\.isSelected)
                for start in stride(from: 0, to: selected.count, by: Self.chunk) {
                    let made = try selected[start...].prefix(Self.chunk).map { ($0, try make($0)) }
                    let before = left
                    let changed = try write(made, change)
                    left -= changed
                    if before / 10_000 != left / 10_000 { say("\(max(left, 0)) \(what)") }
                    // Cards whose accounts were in use are left to the next round.
                    if changed < made.count { isComplete = false }
                }
                after = window.last?.card
                pause(.now - started)
            } while after != nil
        }
    }

    private func window(_ statement: Statement, _ key: Int16, after: CardID?) throws(PostgresError) -> [StoredNumber] {
        let none = CardID(high: 0, low: 0)
        let parameters = [
            Parameter(key), Parameter(Int16(after.map { Int16($0.shard.number) } ?? -1)), Parameter(after ?? none),
            Parameter(Self.window),
        ]
        return try connection.run(Call(statement, parameters)).map { (row) throws(PostgresError) in
            StoredNumber(
                card: try row.identifier(),
                account: try row.identifier(),
                secret: CardSecret(ciphertext: try row.bytes(), keyID: try row.int16()),
                isSelected: try row.bool()
            )
        }
    }

    private func write(_ made: [(StoredNumber, [UInt8])], _ change: ([Parameter]) -> Call) throws -> Int64 {
        var shard = Column(.int2), account = Column(.uuid)
        for (number, _) in made {
            shard.append(Int16(number.account.shard.number))
            account.append(number.account)
        }
        let lock = Call(VaultCards.lock, [Parameter(shard), Parameter(account)])
        let results = try connection.run([Call(Statement("begin", "BEGIN")), lock])
        do {
            let locked = Set(try results[1].map { (row) throws(PostgresError) -> AccountID in try row.identifier() })
            var shards = Column(.int2), cards = Column(.uuid), values = Column(.bytea)
            for (number, value) in made where locked.contains(number.account) {
                shards.append(Int16(number.card.shard.number))
                cards.append(number.card)
                values.append(value)
            }
            let call = change([Parameter(shards), Parameter(cards), Parameter(values)])
            let changed = try connection.run([call, Call(Statement("commit", "COMMIT"))])
            return try changed[0].map { (row) throws(PostgresError) in try row.int64() }.first ?? 0
        } catch {
            _ = try? connection.run(Call(Statement("rollback", "ROLLBACK")))
            guard case PostgresError.refused("AV001", _) = error else { throw error }
            throw Problem(description: "cards are missing in the directory: see `aval ledger verify`")
        }
    }

    private func open(_ card: StoredNumber, _ vault: PANVault) throws -> PAN {
        do {
            return try vault.open(card.secret.ciphertext, keyID: card.secret.keyID, associatedData: card.card.bytes)
        } catch {
            throw Problem(description: "the number of \(card.card) cannot be opened: \(error)")
        }
    }

    func pause(_ duration: Duration) { Thread.sleep(forTimeInterval: duration / .seconds(1)) }
}
