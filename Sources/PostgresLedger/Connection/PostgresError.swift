/// What PostgreSQL or the connection to it reported. Holds no statement, parameter or row.
package enum PostgresError: Error, Hashable, CustomStringConvertible {
    /// The server refused a statement: SQLSTATE and constraint, if one was violated.
    case refused(sqlState: String, constraint: String)
    /// The connection could not be made, broke, or did not answer in time.
    case disconnected(String)
    /// The server answered something that this build does not expect.
    case unexpected(String)

    /// The SQLSTATE of a statement that the role has no right to.
    package static let insufficientPrivilege = "42501"

    package var description: String {
        switch self {
        case .refused(let sqlState, let constraint):
            constraint.isEmpty ? "SQLSTATE \(sqlState)" : "SQLSTATE \(sqlState) at constraint \(constraint)"
        case .disconnected(let problem): "no connection: \(problem)"
        case .unexpected(let problem): "unexpected answer: \(problem)"
        }
    }

    /// Of what the server refused.
    package var sqlState: String? {
        switch self {
        case .refused(let sqlState, _): sqlState
        case .disconnected, .unexpected: nil
        }
    }

    /// Whether another request has this one's Idempotency-Key.
    var isTakenKey: Bool {
        switch self {
        case .refused(_, let constraint):
            ["client_keys_are_unique", "operator_requests_are_unique"].contains(constraint)
        case .disconnected, .unexpected: false
        }
    }
}
