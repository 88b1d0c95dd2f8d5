import AuthorizationCore
import AuthorizationEngine
import Synchronization

@testable import HTTPAPI

/// Tenants and their API keys beside a ledger in memory, which knows the secrets.
final class InMemoryClients: ClientStore {
    private let ledger: InMemoryLedger
    private let programs: InMemoryPrograms
    private let keys = Mutex<[ListedAPIKey]>([])
    /// How many secrets of a key are taken, where that is not one.
    let liveSecrets = Mutex<[APIKeyID: Int]>([:])

    init(_ ledger: InMemoryLedger, _ programs: InMemoryPrograms) {
        self.ledger = ledger
        self.programs = programs
    }

    /// A key from elsewhere.
    func add(_ key: TenantKey, label: String = "old") {
        keys.withLock { keys in
            keys.append(
                ListedAPIKey(
                    key: key,
                    tenantName: "acme",
                    label: label,
                    createdAt: .wallClock,
                    isLastToWriteKeys: false,
                    record: "0"
                )
            )
        }
    }

    func tenant(_ id: TenantID) async throws -> TenantView? {
        let programs = try await ledger.programs(of: id).map {
            TenantView.NamedProgram(id: $0.id, name: "old", version: $0.version)
        }
        return TenantView(id: id, name: "acme", createdAt: Instant(microseconds: 0), programs: programs)
    }

    func apiKeys(of tenant: TenantID, before: APIKeyID?, limit: Int) async throws -> [ListedAPIKey]? {
        let all = Array(keys.withLock { $0 }.filter { $0.key.tenant == tenant }.reversed())
        guard let before else { return Array(all.prefix(limit)) }
        return all.firstIndex { $0.key.id == before }.map { Array(all[($0 + 1)...].prefix(limit)) }
    }

    func apiKey(_ id: APIKeyID, of tenant: TenantID) async throws -> ListedAPIKey? {
        keys.withLock { keys in
            guard var found = keys.first(where: { $0.key.id == id && $0.key.tenant == tenant }) else { return nil }
            func writesKeys(_ key: ListedAPIKey) -> Bool {
                key.key.tenant == tenant && key.revokedAt == nil && key.key.terms.allow(.writeKeys)
            }
            found.isLastToWriteKeys = writesKeys(found) && keys.filter(writesKeys).count == 1
            return found
        }
    }

    func hasRoom(for write: APIKeyWrite) async throws -> Bool {
        switch write {
        case .add(let key, _, _):
            keys.withLock { keys in
                keys.count { $0.key.tenant == key.tenant && $0.revokedAt == nil } < ListedAPIKey.mostLive
            }
        case .rotate(let id, _, let overlap):
            overlap == 0 || liveSecrets.withLock { $0[id] ?? 1 } < ListedAPIKey.mostLiveSecrets
        case .change, .revoke: true
        }
    }

    func write(_ write: APIKeyWrite, _ signed: SignedKeyWrite) async throws -> WriteOutcome {
        guard try await hasRoom(for: write) else { return .refused }
        let isDone = keys.withLock { keys in
            func change(_ id: APIKeyID, _ change: (inout ListedAPIKey) -> Void) -> Bool {
                guard let index = keys.firstIndex(where: { $0.key.id == id && $0.revokedAt == nil }),
                    signed.seen == nil || keys[index].record == signed.seen
                else { return false }
                change(&keys[index])
                keys[index].record += "'"
                return true
            }
            switch write {
            case .add(let key, let label, let secret):
                var new = ListedAPIKey(
                    key: key,
                    tenantName: "acme",
                    label: label,
                    createdAt: .wallClock,
                    isLastToWriteKeys: false,
                    record: "0"
                )
                new.secretPrefix = secret.prefix
                keys.append(new)
                ledger.add(key, hash: secret.hash)
                return true
            case .change(let id, _, let terms): return change(id) { $0.key.terms = terms }
            case .rotate(let id, let secret, let overlap):
                return change(id) {
                    $0.secretPrefix = secret.prefix
                    liveSecrets.withLock { $0[id] = overlap == 0 ? 1 : $0[id, default: 1] + 1 }
                    ledger.add($0.key, hash: secret.hash)
                }
            case .revoke(let id, _): return change(id) { $0.revokedAt = .wallClock }
            }
        }
        if isDone { programs.keep(signed.request, signed.answer) }
        return isDone ? .stored : .refused
    }
}
