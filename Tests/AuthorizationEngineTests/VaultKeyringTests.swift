import AuthorizationEngine
import CardCryptography
import Synchronization
import Testing

@Suite struct `The vault's keys in a running process` {
    private struct Missing: Error, CustomStringConvertible {
        let description = "not there"
    }

    /// The files of wrapping keys on its machine.
    private final class Files: Sendable {
        private let keys = Mutex<[Int16: SecretKey]>([:])

        func put(_ key: SecretKey, _ id: Int16) { keys.withLock { $0[id] = key } }

        @Sendable func read(_ id: Int16) throws -> SecretKey {
            guard let key = keys.withLock({ $0[id] }) else { throw Missing() }
            return key
        }
    }

    private let files = Files()
    private let first = try? SecretKey.random()
    private let second = try? SecretKey.random()

    private func wrapping(_ ids: Int16...) throws -> KeyEncryptionKeys {
        let all: [Int16: SecretKey] = [1: try #require(first), 2: try #require(second)]
        return try #require(KeyEncryptionKeys(all.filter { ids.contains($0.key) }))
    }

    /// As `rotate kek` leaves them.
    private func wrappedAnew(_ records: [VaultKeyRecord]) throws -> [VaultKeyRecord] {
        let wrapping = try wrapping(1, 2)
        return try records.map { record in
            let (place, wrapped) = (record.name.description, try #require(record.wrapped))
            let key = try wrapping.unwrap(wrapped, by: record.wrappedBy, at: place)
            return try VaultKeyRecord(key, as: record.name, record.state, by: 2, of: wrapping)
        }
    }

    private func announced(_ purpose: VaultPurpose) throws -> VaultKeyRecord {
        try VaultKeyRecord(.random(), as: .init(purpose, 2), .announced, by: 2, of: wrapping(1, 2))
    }

    @Test func `are of use while the file of what wraps them anew is not in place, which is told at once`() throws {
        var keyring = VaultKeyring(try wrapping(1), read: files.read)
        let records = try keyring.firstKeys(carriedOver: nil)
        _ = try keyring.keys(records)
        #expect(keyring.problems == [])
        let anew = try wrappedAnew(records)
        _ = try keyring.keys(anew)
        #expect(keyring.problems == ["not there"])
        files.put(try .random(), 2)
        _ = try keyring.keys(anew)
        #expect(keyring.problems.count == 1)
        #expect(keyring.problems.first?.contains("vault-kek-2.key does not open what is wrapped by it") == true)
        files.put(try #require(second), 2)
        _ = try keyring.keys(anew)
        #expect(keyring.problems == [] && keyring.wrapping.ids == [1, 2])
    }

    @Test func `are read again where what was in place at the start is another key`() throws {
        let known = try #require(first)
        let other = try #require(KeyEncryptionKeys([1: known, 2: try SecretKey.random()]))
        let records = try VaultKeyring(try wrapping(1)).firstKeys(carriedOver: nil)
        var keyring = VaultKeyring(other, read: files.read)
        _ = try keyring.keys(records)
        #expect(keyring.problems == [])
        let anew = try wrappedAnew(records)
        _ = try keyring.keys(anew)
        #expect(keyring.problems == ["not there"])
        files.put(try #require(second), 2)
        _ = try keyring.keys(anew + [try announced(.index)])
        #expect(keyring.problems == [])
    }

    @Test func `are of use until a key is needed that cannot be opened`() throws {
        var keyring = VaultKeyring(try wrapping(1), read: files.read)
        var records = try keyring.firstKeys(carriedOver: nil)
        _ = try keyring.keys(records)
        records.append(try announced(.data))
        #expect(try keyring.keys(records).sealing == 1)
        #expect(keyring.problems.contains("not there"))
        for index in records.indices where records[index].name.purpose == .data {
            records[index].state = records[index].name.id == 1 ? .previous : .active
        }
        #expect(throws: Missing.self) { try keyring.keys(records) }
        files.put(try #require(second), 2)
        #expect(try keyring.keys(records).sealing == 2 && keyring.problems == [])
    }

    /// New cards have an index under it already.
    @Test func `are not used without an index key that is announced`() throws {
        var keyring = VaultKeyring(try wrapping(1), read: files.read)
        let records = try keyring.firstKeys(carriedOver: nil)
        _ = try keyring.keys(records)
        let more = records + [try announced(.index)]
        #expect(throws: Missing.self) { try keyring.keys(more) }
        files.put(try #require(second), 2)
        #expect(try keyring.keys(more).otherIndex?.id == 2)
    }
}
