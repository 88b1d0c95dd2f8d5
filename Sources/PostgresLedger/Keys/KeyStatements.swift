import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// The statements of stored keys, for the command line and for the running service.
enum KeyStatements {
    static let columns = """
        v.key_id, v.version, k.usage, k.direction, k.network, k.program_id, v.state, v.algorithm, v.check_value,
        v.key_block, v.previous_until, v.custody, v.proposed_by IS NOT NULL AND v.approved_by IS NULL
        """
    static let source = "key_versions v JOIN payment_keys k ON k.id = v.key_id"
    static let isInUse = "(v.state = 2 OR v.state = 3 AND coalesce(v.previous_until, 'infinity') > now())"
    /// The active version first, then the newest.
    static let order = "v.key_id, v.state, v.version DESC"

    static func read(_ row: inout RowReader) throws(PostgresError) -> StoredKey {
        guard let name = KeyName(try row.text()) else { throw row.unexpected("no name of a key") }
        let version = try row.int32()
        guard let usage = KeyUsage(rawValue: try row.text()) else { throw row.unexpected("no key usage") }
        let direction: KeyDirection = try row.listed()
        let network = try row.optionalText()
        let program: ProgramID? = try row.optionalIdentifier()
        let owner = network.map(KeyOwner.network) ?? program.map(KeyOwner.program) ?? .installation
        let state: KeyState = try row.listed()
        guard let algorithm = CipherAlgorithm(letter: try row.text()) else { throw row.unexpected("no algorithm") }
        let (checkValue, sealed) = (try row.bytes(), try row.optionalBytes())
        let previousUntil = try row.optionalInstant()
        return StoredKey(
            name: name,
            version: version,
            terms: KeyTerms(usage: usage, direction: direction, owner: owner),
            state: state,
            algorithm: algorithm,
            custody: try row.listed(),
            checkValue: checkValue,
            sealed: sealed,
            previousUntil: previousUntil,
            isMadeHere: try row.bool()
        )
    }

    /// Makes the key if it is not there, and refuses other terms than it has (SQLSTATE AV001). What two do at once
    /// is told apart by the unique indexes.
    static func ensure(_ new: NewKey) -> [Call] {
        [Call(insertKey, terms(of: new)), Call(checkKey, terms(of: new))]
    }

    private static func terms(of new: NewKey) -> [Parameter] {
        var network = Column(.text), program = Column(.uuid)
        switch new.terms.owner {
        case .installation: break
        case .network(let name): network.append(name)
        case .program(let id): program.append(id)
        }
        return [
            Parameter(new.name.description), Parameter(new.terms.usage.rawValue),
            Parameter(Int16(new.terms.direction.rawValue)), Parameter(network), Parameter(program),
        ]
    }

    /// An empty array's first element is null.
    private static let insertKey = Statement(
        "add_key",
        """
        INSERT INTO payment_keys (id, usage, direction, network, program_id)
        VALUES ($1, $2, $3, ($4::text[])[1], ($5::uuid[])[1]) ON CONFLICT (id) DO NOTHING
        """
    )

    private static let checkKey = Statement(
        "check_key",
        """
        WITH found AS (SELECT FROM payment_keys WHERE id = $1::text AND usage = $2::text AND direction = $3::int2
            AND network IS NOT DISTINCT FROM ($4::text[])[1] AND program_id IS NOT DISTINCT FROM ($5::uuid[])[1])
        SELECT expect_rows((SELECT count(*) FROM found), 1)
        """
    )

    /// The components of a version, once they are of no use.
    static let forgetComponents = Statement(
        "forget_components",
        "UPDATE key_components SET key_block = NULL WHERE key_id = $1 AND version = $2"
    )

    /// - Parameter author: nil for what a network has sent.
    static func insert(_ new: NewKey, _ state: KeyState, components: Int16?, by author: OperatorID?) -> Call {
        var block = Column(.bytea), count = Column(.int2), who = Column(.uuid)
        block.append(new.sealed)
        count.append(components)
        who.append(author)
        let statement = Statement(
            "add_key_version",
            """
            INSERT INTO key_versions (key_id, version, state, algorithm, check_value, key_block, component_count, grace,
                proposed_by, custody)
            VALUES ($1, $2, $3, $4, $5, ($6::bytea[])[1], ($7::int2[])[1], $8::int8 * interval '1 second',
                ($9::uuid[])[1], $10)
            """
        )
        return Call(
            statement,
            [
                Parameter(new.name.description), Parameter(new.version), Parameter(Int16(state.rawValue)),
                Parameter(new.algorithm.letter), Parameter(new.checkValue), Parameter(block), Parameter(count),
                Parameter(new.grace.components.seconds), Parameter(who), Parameter(Int16(new.custody.rawValue)),
            ]
        )
    }

    /// Makes room for another active version: what is active becomes a previous one, for `grace` or, where cards live
    /// with it, until an operator retires it. Previous ones whose time is over are retired, and no others: a grace was
    /// promised to the other side.
    static func supersede(_ name: KeyName, _ usage: KeyUsage, grace: Duration) -> [Call] {
        let retire = Statement(
            "retire_previous_key",
            """
            UPDATE key_versions SET state = 4, previous_until = NULL, state_since = now()
            WHERE key_id = $1 AND state = 3 AND previous_until <= now()
            """
        )
        let step = Statement(
            "supersede_key",
            """
            UPDATE key_versions SET state = 3, previous_until = now() + ($2::int8[])[1] * interval '1 second',
                state_since = now()
            WHERE key_id = $1 AND state = 2
            """
        )
        var seconds = Column(.int8)
        seconds.append(usage.outlivesRotation ? nil : grace.components.seconds)
        let name = Parameter(name.description)
        return [Call(retire, [name]), Call(step, [name, Parameter(seconds)])]
    }
}

extension CipherAlgorithm {
    /// As headers of key blocks have it (ANSI X9.143, table 7).
    package var letter: String {
        switch self {
        case .tripleDES: "T"
        case .aes: "A"
        }
    }

    package init?(letter: String) {
        switch letter {
        case "T": self = .tripleDES
        case "A": self = .aes
        default: return nil
        }
    }
}
