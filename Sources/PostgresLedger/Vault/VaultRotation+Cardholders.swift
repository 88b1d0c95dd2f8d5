import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A rotation's way through the names of cardholders, which the data key seals too.
extension VaultRotation {
    private static let namesAtOnce: Int64 = 1_000

    private static let sealedNames = Statement(
        "sealed_names",
        """
        SELECT id, name, name_key_id FROM cardholders WHERE name_key_id = $1 AND id > $2 ORDER BY id LIMIT $3
        """
    )

    /// One that was changed or erased meanwhile stays as it is.
    private static let resealName = Statement(
        "reseal_name",
        "UPDATE cardholders SET name = $3, name_key_id = $4 WHERE id = $1 AND name = $2"
    )

    /// Seals with the active key what an earlier one sealed.
    func sealNamesAgain(from key: Int16, _ vault: PANVault) throws {
        var last = CardholderID(high: 0, low: 0)
        while true {
            let parameters = [Parameter(key), Parameter(last), Parameter(Self.namesAtOnce)]
            let names = try connection.run(Call(Self.sealedNames, parameters)).map { (row) throws(PostgresError) in
                (id: try row.identifier() as CardholderID, name: try CardholderRows.readName(&row))
            }
            for case (let id, let old?) in names {
                let new = try SealedName(try old.open(of: id, vault), of: id, vault)
                let values = [
                    Parameter(id), Parameter(old.ciphertext), Parameter(new.ciphertext), Parameter(new.keyID),
                ]
                _ = try connection.run(Call(Self.resealName, values))
            }
            guard names.count == Int(Self.namesAtOnce), let end = names.last else { return }
            last = end.id
        }
    }
}
