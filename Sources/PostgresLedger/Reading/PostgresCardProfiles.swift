import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// What cards are verified with, kept in memory as long as nobody finds it stale. Everything that waits is read in one
/// statement.
package final class PostgresCardProfiles: CardProfiles {
    private let lookups: GatheredLookups<CardID, CardProfile>
    private let known = Mutex<[CardID: CardProfile]>([:])

    package init(url: String, timeout: Duration) {
        let thread = ConnectionThread(name: "aval profiles", url: url, timeout: timeout)
        let reader = ProfileReader()
        lookups = GatheredLookups(on: thread) { try reader.read($0, $1) }
    }

    package func profile(
        of card: CardID,
        fresh: Bool,
        completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
    ) {
        if !fresh, let known = known.withLock({ $0[card] }) { return completion(.success(known)) }
        lookups.find(card) { [self] found in
            if case .success(let profile?) = found { keep(profile) }
            completion(found)
        }
    }

    package func close() { lookups.close() }

    private func keep(_ profile: CardProfile) {
        known.withLock { known in
            if known.count >= Limits.cardProfiles { known.removeAll(keepingCapacity: true) }
            known[profile.card] = profile
        }
    }
}

/// Reads profiles, each program's policy once.
private final class ProfileReader: Sendable {
    /// Of the versions in force, which never change.
    private let policies = Mutex<[ProgramID: (version: Int32, policy: VerificationPolicy?)]>([:])

    private static let cards = Statement(
        "profile_cards",
        """
        SELECT \(CardColumns.list), a.program_id, p.version
        FROM unnest($1::int2[], $2::uuid[]) AS k(shard, id)
        JOIN cards c ON c.shard = k.shard AND c.id = k.id
        JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        JOIN accounts a ON a.shard = c.shard AND a.id = c.account_id
        JOIN programs p ON p.id = a.program_id
        ORDER BY c.id, i.sequence_number
        """
    )

    /// A card whose rows cannot be read spoils no other card's.
    func read(
        _ ids: Set<CardID>,
        _ connection: PostgresConnection
    ) throws -> [CardID: Result<CardProfile, any Error>] {
        let names = BatchReads.identifierColumns(Array(ids))
        let results = try connection.run([Call(Self.cards, names), Call(PINStatements.ofCards, names)])
        let rows = try results[0].map { (row) throws(PostgresError) in
            try Self.read(&row) { (row) throws(PostgresError) in
                (try CardColumns.read(&row).card, try row.identifier() as ProgramID, try row.int32())
            }
        }
        var profiles: [CardID: Result<CardProfile, any Error>] = [:]
        for (id, content) in rows {
            profiles[id] = Result {
                // One row for each instance.
                var (card, program, version) = try content.get()
                card.instances = (try profiles[id]?.get().instances ?? []) + card.instances
                return CardProfile(
                    card: id,
                    instances: card.instances,
                    program: program,
                    policy: try policy(of: program, version, connection),
                    version: ProfileVersion(card: card.profileVersion, status: card.status, program: version)
                )
            }
        }
        let pins = try results[1].map { (row) throws(PostgresError) in
            try Self.read(&row) { (row) throws(PostgresError) in
                _ = try row.identifier() as CardID
                return try PINColumns.read(&row)
            }
        }
        for (id, content) in pins {
            guard case .success(var profile)? = profiles[id] else { continue }
            profiles[id] = Result {
                profile.pin = try content.get()
                return profile
            }
        }
        return profiles
    }

    /// A row, and the card that is its first column.
    private static func read<Content>(
        _ row: inout RowReader,
        _ body: (inout RowReader) throws(PostgresError) -> Content
    ) throws(PostgresError) -> (card: CardID, content: Result<Content, PostgresError>) {
        var start = row
        let card: CardID = try start.identifier()
        do throws(PostgresError) {
            return (card, .success(try body(&row)))
        } catch {
            return (card, .failure(error))
        }
    }

    private func policy(
        of program: ProgramID,
        _ version: Int32,
        _ connection: PostgresConnection
    ) throws -> VerificationPolicy? {
        if let known = policies.withLock({ $0[program] }), known.version == version { return known.policy }
        let call = Call(LaneReads.programVersion, [Parameter(program), Parameter(version)])
        let contents = try connection.run(call).map { (row) throws(PostgresError) in try row.bytes() }
        guard let content = contents.first else { throw PostgresError.unexpected("a program without its version") }
        let policy = try Program(journalBytes: content).verification
        policies.withLock { $0[program] = (version, policy) }
        return policy
    }
}
