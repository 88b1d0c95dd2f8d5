import AuthorizationCore
import AuthorizationEngine

/// What is recorded of an operator's change. Text, because the record is for people and the list will grow.
package enum OperatorAction: String, Sendable {
    case addOperator = "operator.add"
    case revokeOperator = "operator.revoke"
    case addTenant = "tenant.add"
    case addAPIKey = "api_key.add"
    case changeAPIKey = "api_key.change"
    case rotateAPIKey = "api_key.rotate"
    case revokeAPIKey = "api_key.revoke"
    case migrate = "schema.migrate"
    case makePartitions = "schema.make_partitions"
    case revealCard = "card.reveal"
    case proposeWriteOff = "exception.propose_write_off"
    case withdrawWriteOff = "exception.withdraw_write_off"
    case repairFile = "network_file.repair"
    case createKey = "key.create"
    case importKey = "key.import"
    case addKeyComponent = "key.add_component"
    case approveKey = "key.approve_import"
    case rotateKey = "key.rotate"
    case retireKey = "key.retire"
    case proposeKeyDestruction = "key.propose_destruction"
    case destroyKey = "key.destroy"
    /// By a network's message; nobody's.
    case changeKey = "key.change"
    case retireFile = "network_file.retire"
    /// By the first start; nobody's.
    case openVault = "vault.open"
    case rotateVaultKey = "vault.rotate"
    case makeBureauOrder = "bureau.order"
    case repeatBureauFile = "bureau.file"
    case sendBureauOrder = "bureau.send"
    case confirmBureauOrder = "bureau.confirm"
    case addProgram = "program.add"
    case changeProgram = "program.change"
    case proposeProgram = "program.propose"
    case approveProgram = "program.approve"
    case withdrawProgram = "program.withdraw"
    case addCardholder = "cardholder.add"
    case changeCardholder = "cardholder.change"
    case eraseCardholder = "cardholder.erase"
    /// Of a sandbox.
    case moveClock = "program.move_clock"
    case addWebhookEndpoint = "webhook_endpoint.add"
    case changeWebhookEndpoint = "webhook_endpoint.change"
    case rotateWebhookSecret = "webhook_endpoint.rotate_secret"
    case removeWebhookEndpoint = "webhook_endpoint.remove"
    case cancelCardBatch = "card_batch.cancel"
}

/// Operators, and the record of what they did. Each change and its record are one transaction.
extension Administration {
    package struct ListedOperator: Sendable {
        package var person: Operator
        package var createdAt: Instant
        package var revokedAt: Instant?
    }

    package func hasOperators() throws(PostgresError) -> Bool {
        let statement = Statement("has_operators", "SELECT EXISTS (SELECT FROM operators)")
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in try row.bool() } == [true]
    }

    /// The operator whose live key has this SHA-256.
    package func findOperator(keyHash: [UInt8]) throws(PostgresError) -> Operator? {
        try connection.run(Call(OperatorColumns.find, [Parameter(keyHash)])).map(OperatorColumns.read).first
    }

    /// - Parameter author: nil only for the first operator of all.
    /// - Throws: SQLSTATE 23505 when the name was used before, AV001 without an author once there is an operator.
    package func add(_ new: Operator, keyHash: [UInt8], by author: Operator?) throws(PostgresError) {
        let insert = Statement(
            "add_operator",
            """
            WITH done AS (INSERT INTO operators (id, name, role, key_hash)
                SELECT $1::uuid, $2::text, $3::int2, $4::bytea WHERE $5::bool OR NOT EXISTS (SELECT FROM operators)
                RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let parameters = [
            Parameter(new.id), Parameter(new.name.description), Parameter(Int16(new.role.rawValue)),
            Parameter(keyHash), Parameter(author != nil),
        ]
        let details = "role \(new.role.name)"
        _ = try connection.run([
            AdvisoryLock.operators.inTransaction, Call(insert, parameters),
            Self.record(.addOperator, "\(new.name)", details, by: author),
        ])
    }

    /// - Throws: SQLSTATE AV001 when there is no such live operator, or it is the last administrator.
    package func revokeOperator(_ name: OperatorName, by author: Operator) throws(PostgresError) {
        let revoke = Statement(
            "revoke_operator",
            """
            WITH done AS (UPDATE operators SET revoked_at = now()
                WHERE name = $1 AND revoked_at IS NULL AND (role <> $2::int2 OR EXISTS (
                    SELECT FROM operators o WHERE o.role = $2::int2 AND o.revoked_at IS NULL AND o.name <> $1))
                RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM done), 1)
            """
        )
        let administrator = Int16(OperatorRole.administrator.rawValue)
        _ = try connection.run([
            AdvisoryLock.operators.inTransaction,
            Call(revoke, [Parameter(name.description), Parameter(administrator)]),
            Self.record(.revokeOperator, "\(name)", "", by: author),
        ])
    }

    /// Of SQL: whether an operator was there before a proposal. Who could make one afterwards would approve their own.
    static func wasThere(_ id: String, before proposal: String) -> String {
        "EXISTS (SELECT FROM operators o WHERE o.id = \(id) AND o.created_at < \(proposal))"
    }

    package func wasThere(_ person: Operator, before proposal: Instant) throws(PostgresError) -> Bool {
        let statement = Statement("was_operator", "SELECT \(Self.wasThere("$1", before: "$2::timestamptz"))")
        return try connection.run(Call(statement, [Parameter(person.id), Parameter(proposal)]))
            .map { (row) throws(PostgresError) in try row.bool() } == [true]
    }

    package func operators() throws(PostgresError) -> [ListedOperator] {
        let statement = Statement(
            "operators",
            "SELECT id, name, role, created_at, revoked_at FROM operators ORDER BY created_at, name"
        )
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in
            ListedOperator(
                person: try OperatorColumns.read(&row),
                createdAt: try row.instant(),
                revokedAt: try row.optionalInstant()
            )
        }
    }

    /// The newest first.
    package func actions(limit: Int64) throws(PostgresError) -> [AuditRecord] {
        let statement = Statement(
            "operator_actions",
            """
            SELECT \(AuditRecordColumns.list) FROM \(AuditRecordColumns.source)
            ORDER BY a.at DESC, a.id DESC LIMIT $1
            """
        )
        return try connection.run(Call(statement, [Parameter(limit)])).map(AuditRecordColumns.read)
    }

    /// Goes into the transaction of the change itself.
    ///
    /// - Parameter details: for people, without secrets.
    package static func record(
        _ action: OperatorAction,
        _ object: String,
        _ details: String,
        by author: Operator?
    ) -> Call {
        record(action, object, details, by: author?.id)
    }

    static func record(_ action: OperatorAction, _ object: String, _ details: String, by author: OperatorID?) -> Call {
        let statement = Statement(
            "record_action",
            "INSERT INTO operator_actions (operator_id, action, object, details) VALUES (($1::uuid[])[1], $2, $3, $4)"
        )
        var who = Column(.uuid)
        who.append(author)
        return Call(
            statement,
            [Parameter(who), Parameter(action.rawValue), Parameter(object), Parameter(details)]
        )
    }

    /// A change that is recorded with what was there before and after it.
    ///
    /// - Parameters:
    ///   - name: the statement's.
    ///   - key: the API key that makes the change, where no operator does.
    ///   - change: table expressions, of which `done` has `tenant_id`, `before` and `after` of one row.
    ///   - parameters: from `$5` on.
    /// - Returns: fails with SQLSTATE AV001 unless there is that row.
    static func audited(
        _ name: String,
        _ action: OperatorAction,
        _ object: String,
        _ details: String = "",
        by author: OperatorID?,
        key: APIKeyID? = nil,
        change: String,
        _ parameters: [Parameter]
    ) -> Call {
        let statement = Statement(
            name,
            """
            WITH \(change), noted AS (
                INSERT INTO operator_actions (operator_id, key_id, action, object, details, tenant_id, before, after)
                SELECT ($1::uuid[])[1], ($1::uuid[])[2], $2, $3, $4, tenant_id, before, after FROM done RETURNING 1)
            SELECT expect_rows((SELECT count(*) FROM noted), 1)
            """
        )
        var who = Column(.uuid)
        who.append(author)
        who.append(key)
        let record = [Parameter(who), Parameter(action.rawValue), Parameter(object), Parameter(details)]
        return Call(statement, record + parameters)
    }

    static func audited(
        _ name: String,
        _ action: OperatorAction,
        _ object: String,
        by actor: CommandActor?,
        change: String,
        _ parameters: [Parameter],
        details: String = ""
    ) -> Call {
        let (person, key): (OperatorID?, APIKeyID?) =
            switch actor {
            case .operator(let id, _): (id, nil)
            case .apiKey(let id): (nil, id)
            case nil: (nil, nil)
            }
        return audited(name, action, object, details, by: person, key: key, change: change, parameters)
    }

    /// Records what was done in transactions of its own.
    package func recordAction(
        _ action: OperatorAction,
        _ object: String,
        _ details: String,
        by author: Operator
    ) throws(PostgresError) {
        _ = try connection.run(Self.record(action, object, details, by: author))
    }
}

/// The columns of an operator, and how they are read.
enum OperatorColumns {
    static let find = Statement(
        "operator",
        "SELECT id, name, role FROM operators WHERE key_hash = $1 AND revoked_at IS NULL"
    )

    static func read(_ row: inout RowReader) throws(PostgresError) -> Operator {
        let id: OperatorID = try row.identifier()
        guard let name = OperatorName(try row.text()) else { throw row.unexpected("no operator's name") }
        return Operator(id: id, name: name, role: try row.listed())
    }
}

/// The columns of a recorded change `a` and of the operator `o` who made it, and how they are read.
enum AuditRecordColumns {
    static let source = "operator_actions a LEFT JOIN operators o ON o.id = a.operator_id"
    static let list = """
        a.id, a.at, o.name, a.key_id, a.action, a.object, a.details, a.before::text, a.after::text
        """

    static func read(_ row: inout RowReader) throws(PostgresError) -> AuditRecord {
        AuditRecord(
            id: try row.identifier(),
            at: try row.instant(),
            name: try row.optionalText(),
            apiKey: try row.optionalIdentifier(),
            action: try row.text(),
            object: try row.text(),
            details: try row.text(),
            before: try row.optionalText(),
            after: try row.optionalText()
        )
    }
}
