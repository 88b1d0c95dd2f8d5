import AuthorizationCore
import AuthorizationEngine

/// Orders with a bureau. Each change and its record are one transaction.
extension Administration {
    /// Orders physical cards of a program that no order has: of each card that may still be used its newest instance, the
    /// oldest cards first.
    ///
    /// - Parameter count: how many at most, within `BureauOrder.cardCounts`.
    /// - Returns: the order's number.
    /// - Throws: SQLSTATE 23514 when no card waits to be ordered, AV001 when there is no such program.
    package func makeOrder(
        of program: ProgramID,
        upTo count: Int64,
        _ details: String,
        by author: Operator?
    ) throws(PostgresError) -> Int64 {
        let next = Call(Statement("next_bureau_order", "SELECT nextval('bureau_order_numbers')"))
        let drawn = try connection.run(next).map { (row) throws(PostgresError) in try row.int64() }.first
        guard let number = drawn else { throw .unexpected("no number for an order") }
        let make = Call(Self.making, [Parameter(number), Parameter(program), Parameter(count)])
        _ = try connection.run([
            AdvisoryLock.bureauOrders.inTransaction, make,
            Self.record(.makeBureauOrder, order: number, details, by: author),
        ])
        return number
    }

    /// The versions of keys that cards which wait to be ordered know to be made with, and how many of each.
    package func keyVersionsOfCards(
        toOrderOf program: ProgramID
    ) throws(PostgresError) -> [(version: StoredKeyVersion, cards: Int64)] {
        try connection.run(Call(Self.awaitedKeys, [Parameter(program)])).map { (row) throws(PostgresError) in
            guard let version = StoredKeyVersion(try row.text()) else { throw row.unexpected("no version of a key") }
            return (version, try row.int64())
        }
    }

    /// The newest first.
    package func orders(limit: Int64) throws(PostgresError) -> [BureauOrder] {
        let statement = Statement(
            "bureau_orders",
            "SELECT \(Self.orderColumns) FROM bureau_orders ORDER BY number DESC LIMIT $1"
        )
        return try connection.run(Call(statement, [Parameter(limit)])).map(Self.readOrder)
    }

    package func order(_ number: Int64) throws(PostgresError) -> BureauOrder? {
        let statement = Statement(
            "bureau_order",
            "SELECT \(Self.orderColumns) FROM bureau_orders WHERE number = $1"
        )
        return try connection.run(Call(statement, [Parameter(number)])).map(Self.readOrder).first
    }

    package func cards(ofOrder number: Int64) throws(PostgresError) -> [OrderedCard] {
        try connection.run(Call(Self.ordered, [Parameter(number)])).map { (row) throws(PostgresError) in
            var card = try CardColumns.read(&row).card
            guard let instance = card.instances.popLast() else { throw row.unexpected("no instance") }
            let secret = CardSecret(ciphertext: try row.bytes(), keyID: try row.int16())
            var ordered = OrderedCard(card: card.id, status: card.status, instance: instance, secret: secret)
            let name = try CardholderRows.readName(&row)
            if let holder = card.details.cardholder, let name { ordered.holder = (holder, name) }
            return ordered
        }
    }

    /// Records that an order's file is made again.
    package func recordFile(ofOrder number: Int64, _ details: String, by author: Operator?) throws(PostgresError) {
        _ = try connection.run(Self.record(.repeatBureauFile, order: number, details, by: author))
    }

    /// - Throws: SQLSTATE AV001 unless the order is there and in an earlier state.
    package func advanceOrder(
        _ number: Int64,
        to state: BureauOrder.State,
        by author: Operator?
    ) throws(PostgresError) {
        let action: OperatorAction =
            switch state {
            case .made: .makeBureauOrder
            case .sent: .sendBureauOrder
            case .confirmed: .confirmBureauOrder
            }
        let advance = Call(Self.advance, [Parameter(number), Parameter(Int16(state.rawValue))])
        _ = try connection.run([advance, Self.record(action, order: number, "", by: author)])
    }

    private static func record(
        _ action: OperatorAction,
        order number: Int64,
        _ details: String,
        by author: Operator?
    ) -> Call {
        let statement = Statement(
            "record_bureau_action",
            """
            INSERT INTO operator_actions (operator_id, action, object, details, tenant_id)
            SELECT ($1::uuid[])[1], $2, concat('order ', number), concat_ws(' ', card_count, 'cards', nullif($4, '')),
                tenant_id
            FROM bureau_orders WHERE number = $3
            """
        )
        var who = Column(.uuid)
        who.append(author?.id)
        return Call(
            statement,
            [Parameter(who), Parameter(action.rawValue), Parameter(number), Parameter(details)]
        )
    }

    // MARK: - Statements

    private static let orderColumns = "number, program_id, card_count, state, made_at, state_since"

    private static func readOrder(_ row: inout RowReader) throws(PostgresError) -> BureauOrder {
        BureauOrder(
            number: try row.int64(),
            program: try row.identifier(),
            cardCount: try row.int32(),
            state: try row.listed(),
            madeAt: try row.instant(),
            stateSince: try row.instant()
        )
    }

    /// - Parameter program: a statement's parameter.
    private static func waiting(of program: String) -> String {
        """
        FROM cards c JOIN accounts o ON o.shard = c.shard AND o.id = c.account_id
        JOIN card_instances i ON i.shard = c.shard AND i.card_id = c.id
        WHERE o.program_id = \(program)::uuid AND o.status <> \(AccountStatus.closed.rawValue)
            AND c.form = \(CardForm.physical.rawValue)
            AND c.status IN (\(CardStatus.inactive.rawValue), \(CardStatus.active.rawValue),
                \(CardStatus.frozen.rawValue))
            AND i.valid_until > now()
            AND NOT EXISTS (SELECT FROM card_instances n
                WHERE n.shard = i.shard AND n.card_id = i.card_id AND n.sequence_number > i.sequence_number)
            AND NOT EXISTS (SELECT FROM bureau_order_cards b
                WHERE b.shard = i.shard AND b.card_id = i.card_id AND b.sequence_number = i.sequence_number)
        """
    }

    private static let awaitedKeys = Statement(
        "keys_of_cards_to_order",
        """
        SELECT k.version, count(*)
        FROM (SELECT i.key_versions \(waiting(of: "$1"))) AS w, unnest(w.key_versions) AS k(version)
        GROUP BY k.version ORDER BY k.version
        """
    )

    /// An order without cards breaks the table's rule.
    private static let making = Statement(
        "make_bureau_order",
        """
        WITH chosen AS (SELECT c.shard, c.id, i.sequence_number
            \(waiting(of: "$2"))
            ORDER BY c.issued_at, c.id LIMIT $3),
        made AS (INSERT INTO bureau_orders (number, program_id, tenant_id, card_count)
            SELECT $1::bigint, p.id, p.tenant_id, (SELECT count(*) FROM chosen) FROM programs p
            WHERE p.id = $2::uuid RETURNING 1),
        ordered AS (INSERT INTO bureau_order_cards (shard, card_id, sequence_number, order_number)
            SELECT shard, id, sequence_number, $1::bigint FROM chosen)
        SELECT expect_rows((SELECT count(*) FROM made), 1)
        """
    )

    private static let ordered = Statement(
        "cards_of_bureau_order",
        """
        SELECT \(CardColumns.list), c.pan_ciphertext, c.pan_key_id, h.name, h.name_key_id
        FROM bureau_order_cards b JOIN cards c ON c.shard = b.shard AND c.id = b.card_id
        LEFT JOIN cardholders h ON h.id = c.cardholder_id
        JOIN card_instances i
            ON i.shard = b.shard AND i.card_id = b.card_id AND i.sequence_number = b.sequence_number
        WHERE b.order_number = $1 ORDER BY c.issued_at, c.id
        """
    )

    private static let advance = Statement(
        "advance_bureau_order",
        """
        WITH done AS (UPDATE bureau_orders SET state = $2::int2, state_since = now()
            WHERE number = $1 AND state < $2::int2 RETURNING 1)
        SELECT expect_rows((SELECT count(*) FROM done), 1)
        """
    )
}
