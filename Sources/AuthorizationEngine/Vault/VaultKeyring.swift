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
    /// What is wrong with keys that nothing needs yet, in words: it matters with the next new key, or the next start.
    package private(set) var problems: [String] = []
    private let read: (@Sendable (_ id: Int16) throws -> SecretKey)?
    private var opened: [VaultKeyRecord.Name: SecretKey] = [:]

    /// - Parameter read: a wrapping key that has come since; asked as soon as a key is wrapped by one that is not known. Nil
    ///   where none can come.
    package init(_ wrapping: KeyEncryptionKeys, read: (@Sendable (_ id: Int16) throws -> SecretKey)? = nil) {
        self.wrapping = wrapping
        self.read = read
    }

    package mutating func keys(_ records: [VaultKeyRecord]) throws -> VaultKeys {
        let unread = readNew(records)
        problems = unread.values.map { "\($0)" }.sorted()
        var known: [VaultKeyRecord.Name: SecretKey] = [:]
        for record in records {
            guard let wrapped = record.wrapped else { continue }
            let place = record.name.description
            do {
                known[record.name] =
                    try opened[record.name] ?? wrapping.unwrap(wrapped, by: record.wrappedBy, at: place)
            } catch {
                guard !record.isInUse else { throw unread[record.wrappedBy] ?? error }
                problems.append("\(place): \(error)")
            }
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

    /// Reads wrapping keys that are named and not known, also before anything needs them: what is wrong with a file is then
    /// told while it can still be put right.
    ///
    /// - Returns: what is wrong with those that could not be taken.
    private mutating func readNew(_ records: [VaultKeyRecord]) -> [Int16: any Error] {
        guard let read else { return [:] }
        var unread: [Int16: any Error] = [:]
        for record in records {
            let (id, place) = (record.wrappedBy, record.name.description)
            // What is known under the id may be another key, from the start on.
            guard let wrapped = record.wrapped, unread[id] == nil,
                (try? wrapping.unwrap(wrapped, by: id, at: place)) == nil
            else { continue }
            do {
                var more = wrapping
                more.add(try read(id), as: id)
                _ = try more.unwrap(wrapped, by: id, at: place)
                wrapping = more
            } catch let error as CryptographyError {
                unread[id] = Problem(description: "vault-kek-\(id).key does not open what is wrapped by it: \(error)")
            } catch {
                unread[id] = error
            }
        }
        return unread
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

extension VaultKeyRecord {
    /// A data key that is announced seals nothing yet. Under an index key that is, new cards have an index already.
    fileprivate var isInUse: Bool { name.purpose != .data || state != .announced }
}
