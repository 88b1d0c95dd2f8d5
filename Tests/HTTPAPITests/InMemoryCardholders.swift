import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Cardholders beside a ledger in memory.
final class InMemoryCardholders: CardholderStore {
    private let ledger: InMemoryLedger
    private let answers: InMemoryPrograms
    private let contents = Mutex<[Cardholder]>([])

    init(_ ledger: InMemoryLedger, _ answers: InMemoryPrograms) {
        self.ledger = ledger
        self.answers = answers
    }

    func add(_ cardholder: Cardholder, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        contents.withLock { contents in
            guard !Self.isTaken(cardholder.reference, but: cardholder, contents) else { return .refused }
            guard answers.keep(keyed) else { return .keyTaken }
            contents.append(cardholder)
            return .stored
        }
    }

    func write(
        _ change: CardholderChange,
        of id: CardholderID,
        _ tenant: TenantID,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let isInUse =
            ledger.cards(ofCardholder: id).contains { $0.status != .closed }
            || ledger.accounts(ofCardholder: id).contains { $0.status != .closed }
        return contents.withLock { contents in
            guard let index = contents.firstIndex(where: { $0.id == id && $0.tenant == tenant }) else {
                return .refused
            }
            var new = contents[index]
            switch change {
            case .content(let reference, let name):
                guard new.status != .closed, !Self.isTaken(reference, but: new, contents) else { return .refused }
                new.reference = reference ?? new.reference
                new.name = name ?? new.name
            case .status(let status, _):
                guard new.status.allows(status) else { return .refused }
                new.status = status
            case .erasure(let moment):
                guard new.status == .closed, new.erasedAt == nil, !isInUse else { return .refused }
                (new.name, new.erasedAt) = (nil, moment)
            }
            guard answers.keep(keyed) else { return .keyTaken }
            contents[index] = new
            return .stored
        }
    }

    func isActive(_ id: CardholderID) -> Bool {
        contents.withLock { $0.contains { $0.id == id && $0.status == .active } }
    }

    func cardholder(_ id: CardholderID, of tenant: TenantID) async throws -> Cardholder? {
        contents.withLock { $0.first { $0.id == id && $0.tenant == tenant } }
    }

    func cardholders(
        of tenant: TenantID,
        reference: String?,
        before last: CardholderID?,
        limit: Int
    ) async throws -> [Cardholder] {
        let all = contents.withLock { $0 }.filter { $0.tenant == tenant }.sorted { $0.id > $1.id }
        let found = all.filter { one in
            (reference == nil || one.reference == reference) && (last.map { one.id < $0 } ?? true)
        }
        return Array(found.prefix(limit))
    }

    func statuses(
        of cardholders: [CardholderID],
        _ tenant: TenantID
    ) async throws -> [CardholderID: Cardholder.Status] {
        let found = contents.withLock { $0 }.filter { $0.tenant == tenant && cardholders.contains($0.id) }
        return Dictionary(found.map { ($0.id, $0.status) }) { first, _ in first }
    }

    private static func isTaken(_ reference: String?, but one: Cardholder, _ all: [Cardholder]) -> Bool {
        guard let reference else { return false }
        return all.contains { $0.id != one.id && $0.tenant == one.tenant && $0.reference == reference }
    }
}
