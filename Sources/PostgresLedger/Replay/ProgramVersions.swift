import AuthorizationCore
import CardCryptography

/// Versions of programs, read once each. They never change, so it does not matter when they are read.
final class ProgramVersions {
    enum Found {
        case program(Program)
        case missing
        case damaged(String)
    }

    private struct Key: Hashable {
        var program: ProgramID
        var version: Int32
    }

    private static let statement = Statement(
        "program_version_with_hash",
        "SELECT content, content_hash FROM program_versions WHERE program_id = $1 AND version = $2"
    )

    private let connection: PostgresConnection
    private var known: [Key: Found] = [:]

    init(_ connection: PostgresConnection) { self.connection = connection }

    func find(_ program: ProgramID, version: Int32) throws(PostgresError) -> Found {
        let key = Key(program: program, version: version)
        if let found = known[key] { return found }
        let rows = try connection.run(Call(Self.statement, [Parameter(program), Parameter(version)]))
        let contents = try rows.map { (row) throws(PostgresError) in
            (content: try row.bytes(), hash: try row.bytes())
        }
        let found = contents.first.map { Self.read($0.content, hash: $0.hash) } ?? .missing
        known[key] = found
        return found
    }

    private static func read(_ content: [UInt8], hash: [UInt8]) -> Found {
        guard Digest.sha256(content) == hash else { return .damaged("the content is not what its hash says") }
        do throws(JournalError) {
            return .program(try Program(journalBytes: content))
        } catch {
            return .damaged(error.description)
        }
    }
}
