import AuthorizationCore
import CardCryptography

/// Opens the vault's stored keys. A key that was opened once is not opened again: whoever wraps it anew need not wait for
/// the new wrapping key to be everywhere.
package struct VaultKeyring: Sendable {
    package struct Problem: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    package private(set) var wrapping: KeyEncryptionKeys
    private let readAgain: (@Sendable () throws -> KeyEncryptionKeys)?
    private var opened: [VaultKeyRecord.Name: SecretKey] = [:]

    /// - Parameter readAgain: the wrapping keys as they are now; asked when a key needs one that is not known. Nil where
    ///   none can come.
    package init(_ wrapping: KeyEncryptionKeys, readAgain: (@Sendable () throws -> KeyEncryptionKeys)? = nil) {
        self.wrapping = wrapping
        self.readAgain = readAgain
    }

    package mutating func keys(_ records: [VaultKeyRecord]) throws -> VaultKeys {
        let unopened = records.filter { $0.wrapped != nil && opened[$0.name] == nil }
        if let readAgain, unopened.contains(where: { !wrapping.ids.contains($0.wrappedBy) }) {
            wrapping = try readAgain()
        }
        var known: [VaultKeyRecord.Name: SecretKey] = [:]
        for record in records {
            guard let wrapped = record.wrapped else { continue }
            let place = record.name.description
            known[record.name] =
                try opened[record.name] ?? wrapping.unwrap(wrapped, by: record.wrappedBy, at: place)
        }
        opened = known
        func active(_ purpose: VaultPurpose) throws -> (id: Int16, key: SecretKey) {
            let name = records.first { $0.name.purpose == purpose && $0.state == .active }?.name
            guard let name, let key = known[name] else {
                throw Problem(description: "the vault has no active \(purpose.name) key")
            }
            return (name.id, key)
        }
        let (index, pin) = (try active(.index), try active(.pin))
        let other = records.first { $0.name.purpose == .index && ($0.state == .announced || $0.state == .previous) }
        let data = known.filter { $0.key.purpose == .data }
        return VaultKeys(
            data: Dictionary(data.map { ($0.key.id, $0.value) }, uniquingKeysWith: { first, _ in first }),
            sealing: try active(.data).id,
            index: VaultKeys.NumberedKey(id: index.id, key: index.key),
            otherIndex: other.flatMap { other in known[other.name].map { .init(id: other.name.id, key: $0) } },
            content: try active(.content).key,
            token: try active(.token).key,
            pin: VaultKeys.NumberedKey(id: pin.id, key: pin.key)
        )
    }

    /// The keys of an installation's first start.
    ///
    /// - Parameter carriedOver: the keys of cards that are there; nil where there are none.
    package func firstKeys(
        carriedOver: (data: SecretKey, index: SecretKey)?
    ) throws(CryptographyError) -> [VaultKeyRecord] {
        var records: [VaultKeyRecord] = []
        for purpose in VaultPurpose.allCases {
            let known: SecretKey? =
                switch purpose {
                case .data: carriedOver?.data
                // What was kept of earlier requests was made with the index key.
                case .index, .content: carriedOver?.index
                case .token, .pin: nil
                }
            let key = if let known { known } else { try SecretKey.random() }
            let name = VaultKeyRecord.Name(purpose, 1)
            records.append(try VaultKeyRecord(key, as: name, .active, by: wrapping.current, of: wrapping))
        }
        return records
    }
}
