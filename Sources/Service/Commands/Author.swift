import AuthorizationCore
import AuthorizationEngine
import Foundation
import HTTPAPI
import PostgresLedger

extension Settings {
    /// Who runs a command that changes something, by the key in `AVAL_OPERATOR_KEY`; nil while there is no operator.
    ///
    /// - Parameter role: the least that they must have.
    func author(_ administration: Administration, atLeast role: OperatorRole = .administrator) throws -> Operator? {
        guard try administration.hasOperators() else { return nil }
        let variable = Setting.operatorKey.variable
        guard let text = raw(.operatorKey).value else {
            throw Problem(description: "\(variable) is not set: this needs the key of an \(role.name)")
        }
        guard let key = AccessKey(text: text), key.holder == .operator,
            let found = try administration.findOperator(keyHash: key.hash)
        else { throw Problem(description: "\(variable) is not the key of an operator, or was revoked") }
        guard found.role >= role else {
            throw Problem(description: "\(found.name) has the role \(found.role.name): this needs an \(role.name)")
        }
        return found
    }

    /// Who changes the schema or its partitions, to be asked before anything is changed; without a key it is nobody's
    /// work.
    ///
    /// - Parameter administration: with the owner's role, on a schema that may be older than this build.
    func maintainer(_ administration: Administration) throws -> Operator? {
        guard let text = raw(.operatorKey).value else { return nil }
        guard let key = AccessKey(text: text), let person = try known(keyHash: key.hash, administration) else {
            throw Problem(description: "\(Setting.operatorKey.variable) is not the key of an operator, or was revoked")
        }
        return person
    }

    /// Before the first migration there is no table of operators (SQLSTATE 42P01), and so nobody.
    private func known(keyHash: [UInt8], _ administration: Administration) throws -> Operator? {
        do {
            return try administration.findOperator(keyHash: keyHash)
        } catch PostgresError.refused("42P01", _) {
            return nil
        }
    }

    /// With the serving role, on a schema that this build knows.
    func administration() throws -> Administration {
        let connection = try connection(.databaseURL)
        try Migrator.checkVersion(connection)
        return Administration(connection)
    }
}

extension Administration {
    func makeAPIKey(
        of tenant: TenantID,
        label: String,
        terms: APIKeyTerms = APIKeyTerms(),
        by author: Operator?
    ) throws -> (id: APIKeyID, key: AccessKey) {
        let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let key = try AccessKey.random(for: .client)
        let new = TenantKey(id: id, tenant: tenant, terms: terms)
        try write(.add(new, label: label, key.record), SignedKeyWrite(author: author?.actor))
        return (id, key)
    }
}

/// Runs a command's work: whatever it throws is said, and ends the process with status 1.
///
/// - Parameter refusals: what a SQLSTATE means here.
func reportingFailure(refusals: [String: String] = [:], _ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch PostgresError.refused(let sqlState, _) where refusals[sqlState] != nil {
        throw fail(refusals[sqlState] ?? sqlState)
    } catch {
        throw fail("\(error)")
    }
}

extension Instant {
    /// To the second, as lists show it.
    var listed: String { date.formatted(.iso8601) }
}
