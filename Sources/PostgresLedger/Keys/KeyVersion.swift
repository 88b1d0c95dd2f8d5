import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A version of a key as operators see it.
package struct KeyVersion: Sendable {
    package var key: StoredKey
    /// How long the version before it is taken once it is active; of no meaning for keys that cards live with.
    package var grace: Duration
    /// How many operators bring a component, and how many have.
    package var components: (wanted: Int, brought: Int)?
    package var createdAt: Instant
    package var stateSince: Instant
    /// Nil for what a network has sent.
    package var proposedBy: String?
    package var approvedBy: String?
    package var destructionProposedBy: String?
    package var destructionApprovedBy: String?

    /// What the next approval is for; nil when nothing waits for one.
    package var waitsFor: Approval? {
        if destructionProposedBy != nil { return key.state == .destroyed ? nil : .destruction }
        return key.state == .pending && key.sealed != nil ? .importing : nil
    }

    package enum Approval: Sendable {
        case importing
        case destruction
    }

    static let columns = """
        \(KeyStatements.columns), extract(epoch FROM v.grace)::int8, v.component_count,
        (SELECT count(*) FROM key_components c WHERE c.key_id = v.key_id AND c.version = v.version), v.created_at,
        v.state_since, p.name, a.name, dp.name, da.name
        """
    static let source = """
        \(KeyStatements.source) LEFT JOIN operators p ON p.id = v.proposed_by
        LEFT JOIN operators a ON a.id = v.approved_by LEFT JOIN operators dp ON dp.id = v.destruction_proposed_by
        LEFT JOIN operators da ON da.id = v.destruction_approved_by
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> KeyVersion {
        let key = try KeyStatements.read(&row)
        let grace = Duration.seconds(try row.int64())
        let wanted = try row.optionalInt16()
        let brought = try row.int64()
        return KeyVersion(
            key: key,
            grace: grace,
            components: wanted.map { (Int($0), Int(brought)) },
            createdAt: try row.instant(),
            stateSince: try row.instant(),
            proposedBy: try row.optionalText(),
            approvedBy: try row.optionalText(),
            destructionProposedBy: try row.optionalText(),
            destructionApprovedBy: try row.optionalText()
        )
    }
}
