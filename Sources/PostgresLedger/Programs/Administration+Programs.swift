import AuthorizationCore
import AuthorizationEngine
import Foundation

/// Programs. Versions are immutable: a change adds one and puts it in force.
extension Administration {
    /// A program with its proposal; nil when there is no such program. A proposal that a test clock's move has overtaken
    /// is none any more.
    package func keptProgram(_ id: ProgramID) throws(PostgresError) -> KeptProgram? {
        let statement = Statement(
            "kept_program",
            """
            SELECT v.content, p.name, p.needs_approval, o.name, s.id, s.content, s.needs_approval, s.proposed_at
            FROM programs p JOIN program_versions v ON v.program_id = p.id AND v.version = p.version
            LEFT JOIN (program_proposals s JOIN operators o ON o.id = s.proposed_by)
                ON s.program_id = p.id AND s.version = p.version + 1
            WHERE p.id = $1
            """
        )
        return try connection.run(Call(statement, [Parameter(id)])).map { (row) throws(PostgresError) in
            var kept = KeptProgram(
                program: try row.journaled(),
                name: try row.text(),
                needsApproval: try row.bool()
            )
            guard let author = try row.optionalText() else { return kept }
            guard let author = OperatorName(author) else { throw row.unexpected("no operator's name") }
            kept.proposal = ProgramProposal(
                id: try row.identifier(),
                program: try row.journaled(),
                needsApproval: try row.bool(),
                author: author,
                proposedAt: try row.instant()
            )
            return kept
        }.first
    }

    /// - Throws: SQLSTATE AV001 when the program is not as the write expects it, or its range overlaps another one;
    ///   23505 when its version or the request's key is there already.
    package func write(_ write: ProgramWrite, _ signed: SignedWrite) throws(PostgresError) {
        let call =
            switch write {
            case .create(let kept): Self.creation(kept, signed)
            case .change(let program, let needsApproval): Self.change(program, needsApproval, signed)
            case .propose(let program, let needsApproval, let id):
                Self.proposal(program, needsApproval, id, signed)
            case .approve(let proposal): Self.approval(proposal, signed)
            case .withdraw(let proposal): Self.withdrawal(proposal, signed)
            case .moveClock(let program): Self.clockMove(program, signed)
            }
        let kept = signed.request.map { [Self.request($0, signed.answer)] } ?? []
        _ = try connection.run([AdvisoryLock.programs.inTransaction, call] + kept)
    }

    /// Whether another program's numbers may begin like that.
    package func isTaken(bin: String, except program: ProgramID) throws(PostgresError) -> Bool {
        let statement = Statement("is_bin_taken", "SELECT is_bin_taken($1, $2)")
        return try connection.run(Call(statement, [Parameter(bin), Parameter(program)]))
            .map { (row) throws(PostgresError) in try row.bool() } == [true]
    }

    /// Waits up to a minute.
    ///
    /// - Returns: whether no decision is taken by what was in force before this call.
    package func waitUntilInForce() throws(PostgresError) -> Bool {
        let fence = try fence()
        for _ in 0..<3_000 {
            if try hasPassed(fence) { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return false
    }

    /// A transaction that begins after whatever was committed before.
    func fence() throws(PostgresError) -> String {
        let statement = Statement("current_xid", "SELECT pg_current_xact_id()::text")
        return try connection.run(Call(statement)).map { (row) throws(PostgresError) in try row.text() }.first ?? ""
    }

    /// Whether all transactions have ended that may have seen less than the fence's.
    func hasPassed(_ fence: String) throws(PostgresError) -> Bool {
        let statement = Statement("xid_passed", "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8")
        return try connection.run(Call(statement, [Parameter(fence)]))
            .map { (row) throws(PostgresError) in try row.bool() } == [true]
    }

    // MARK: - Statements. `$5` and `$6` are the records before and after. All lock the program before its proposal.

    private static let records = "nullif($5::text, '')::jsonb AS before, $6::text::jsonb AS after"

    private static func audited(
        _ name: String,
        _ action: OperatorAction,
        _ program: ProgramID,
        _ details: String,
        _ signed: SignedWrite,
        _ change: String,
        _ parameters: [Parameter]
    ) -> Call {
        let records = [Parameter(signed.before ?? ""), Parameter(signed.after)]
        return audited(
            name,
            action,
            "\(program)",
            details,
            by: signed.author,
            key: signed.apiKey,
            change: change,
            records + parameters
        )
    }

    private static func who(_ signed: SignedWrite) -> Column {
        var who = Column(.uuid)
        who.append(signed.author)
        return who
    }

    private static func content(_ program: Program) -> [Parameter] {
        [Parameter(program.id), Parameter(program.tenant), Parameter(program.version), Parameter(program.journalBytes)]
    }

    private static func creation(_ kept: KeptProgram, _ signed: SignedWrite) -> Call {
        let change = """
            made AS (INSERT INTO programs (id, tenant_id, version, name, needs_approval, bin, sandbox)
                SELECT $7::uuid, $8::uuid, $9::int4, $11::text, $12::bool, $14::text, $15::bool
                WHERE NOT is_bin_taken($14::text, $7::uuid) RETURNING tenant_id),
            stored AS (INSERT INTO program_versions (program_id, version, content, content_hash, author)
                SELECT $7::uuid, $9::int4, $10::bytea, sha256($10::bytea), $13::text FROM made),
            done AS (SELECT tenant_id, \(records) FROM made)
            """
        let parameters =
            content(kept.program) + [
                Parameter(kept.name), Parameter(kept.needsApproval), Parameter(signed.name),
                Parameter(kept.program.bin), Parameter(kept.program.sandbox != nil),
            ]
        return audited("create_program", .addProgram, kept.program.id, "", signed, change, parameters)
    }

    private static func change(_ program: Program, _ needsApproval: Bool, _ signed: SignedWrite) -> Call {
        let change = """
            made AS (UPDATE programs SET version = $9::int4, needs_approval = $11, bin = $13
                WHERE id = $7 AND tenant_id = $8 AND version = $9::int4 - 1 AND NOT needs_approval
                    AND (bin = $13 OR NOT is_bin_taken($13, id))
                RETURNING tenant_id),
            stored AS (INSERT INTO program_versions (program_id, version, content, content_hash, author)
                SELECT $7, $9::int4, $10::bytea, sha256($10::bytea), $12 FROM made),
            done AS (SELECT tenant_id, \(records) FROM made)
            """
        let parameters =
            content(program) + [Parameter(needsApproval), Parameter(signed.name), Parameter(program.bin)]
        let details = "version \(program.version)\(signed.details)"
        return audited("change_program", .changeProgram, program.id, details, signed, change, parameters)
    }

    private static func proposal(
        _ program: Program,
        _ needsApproval: Bool,
        _ id: ProposalID,
        _ signed: SignedWrite
    ) -> Call {
        let change = """
            kept AS (SELECT tenant_id FROM programs
                WHERE id = $7 AND tenant_id = $8 AND version = $9::int4 - 1 AND needs_approval FOR NO KEY UPDATE),
            proposed AS (
                INSERT INTO program_proposals (program_id, version, content, needs_approval, id, proposed_by)
                SELECT $7, $9::int4, $10::bytea, $11::bool, $12::uuid, ($13::uuid[])[1] FROM kept
                ON CONFLICT (program_id) DO UPDATE SET version = excluded.version, content = excluded.content,
                    needs_approval = excluded.needs_approval, id = excluded.id, proposed_by = excluded.proposed_by,
                    proposed_at = now()
                RETURNING 1),
            done AS (SELECT tenant_id, \(records) FROM kept, proposed)
            """
        let parameters =
            content(program) + [Parameter(needsApproval), Parameter(id), Parameter(who(signed))]
        let details = "version \(program.version)\(signed.details), \(id)"
        return audited("propose_program", .proposeProgram, program.id, details, signed, change, parameters)
    }

    private static func approval(_ proposal: ProgramProposal, _ signed: SignedWrite) -> Call {
        let change = """
            kept AS (SELECT id FROM programs WHERE id = $7 AND tenant_id = $8 AND version = $9::int4 - 1
                FOR NO KEY UPDATE),
            proposal AS (DELETE FROM program_proposals s USING kept WHERE s.program_id = kept.id
                AND s.version = $9::int4 AND s.content = $10 AND s.id = $11 AND s.proposed_by <> ($12::uuid[])[1]
                AND \(wasThere("($12::uuid[])[1]", before: "s.proposed_at"))
                RETURNING s.*),
            made AS (UPDATE programs p SET version = s.version, needs_approval = s.needs_approval, bin = $14
                FROM proposal s WHERE p.id = s.program_id AND (p.bin = $14 OR NOT is_bin_taken($14, p.id))
                RETURNING p.tenant_id),
            stored AS (INSERT INTO program_versions (program_id, version, content, content_hash, author)
                SELECT program_id, version, content, sha256(content), $13 FROM proposal),
            done AS (SELECT tenant_id, \(records) FROM made)
            """
        let parameters =
            content(proposal.program) + [
                Parameter(proposal.id), Parameter(who(signed)),
                Parameter("\(proposal.author), approved by \(signed.name)"), Parameter(proposal.program.bin),
            ]
        let details = "version \(proposal.program.version), proposed by \(proposal.author)"
        return audited(
            "approve_program",
            .approveProgram,
            proposal.program.id,
            details,
            signed,
            change,
            parameters
        )
    }

    private static func withdrawal(_ proposal: ProgramProposal, _ signed: SignedWrite) -> Call {
        let change = """
            kept AS (SELECT id, tenant_id FROM programs WHERE id = $7 AND tenant_id = $8 FOR NO KEY UPDATE),
            gone AS (DELETE FROM program_proposals s USING kept
                WHERE s.program_id = kept.id AND s.id = $9 AND s.proposed_by = ($10::uuid[])[1] RETURNING 1),
            done AS (SELECT tenant_id, \(records) FROM kept, gone)
            """
        let program = proposal.program
        let parameters = [
            Parameter(program.id), Parameter(program.tenant), Parameter(proposal.id), Parameter(who(signed)),
        ]
        let details = "version \(program.version), \(proposal.id)"
        return audited("withdraw_program", .withdrawProgram, program.id, details, signed, change, parameters)
    }

    private static func clockMove(_ program: Program, _ signed: SignedWrite) -> Call {
        let change = """
            made AS (UPDATE programs SET version = $9::int4
                WHERE id = $7 AND tenant_id = $8 AND version = $9::int4 - 1 RETURNING tenant_id),
            stored AS (INSERT INTO program_versions (program_id, version, content, content_hash, author)
                SELECT $7, $9::int4, $10::bytea, sha256($10::bytea), $11 FROM made),
            done AS (SELECT tenant_id, \(records) FROM made)
            """
        let details = "version \(program.version), \(program.sandbox?.clockOffset ?? 0) seconds ahead"
        let parameters = content(program) + [Parameter(signed.name)]
        return audited("move_program_clock", .moveClock, program.id, details, signed, change, parameters)
    }

    /// Keeps the answer to a request for its repeats, and its key from the lanes.
    static func request(_ request: ClientRequest, _ answer: [UInt8]) -> Call {
        let statement = Statement(
            "add_operator_request",
            """
            WITH taken AS (INSERT INTO client_keys (tenant_id, key, fingerprint, decided_at) VALUES ($1, $2, $3, now()))
            INSERT INTO operator_requests (tenant_id, key, fingerprint, answer) VALUES ($1, $2, $3, $4)
            """
        )
        return Call(
            statement,
            [
                Parameter(request.key.tenant), Parameter(request.key.text), Parameter(request.fingerprint),
                Parameter(answer),
            ]
        )
    }
}
