import AuthorizationCore
import AuthorizationEngine

/// What operators did about exceptions: each is settled once, and the journal and the operators' table agree on how.
extension LedgerVerifier {
    /// Two journal rows that settle the same exception differ from it in one of them.
    func verifySettlements(
        _ verifications: [AccountID: AccountVerification],
        into report: inout VerificationReport
    ) throws(PostgresError) {
        let settlements = verifications.values.flatMap(\.settlements).sorted { $0.event < $1.event }
        if settlements.isEmpty { return }
        var ids = Column(.uuid)
        for settlement in settlements {
            if let id = settlement.command.settledException { ids.append(id) }
        }
        let rows = try connection.run(Call(VerifierReads.settlements, [Parameter(ids)]))
            .map { (row) throws(PostgresError) -> StoredSettlement in try StoredSettlement(&row) }
        let found = Dictionary(rows.map { ($0.exception, $0) }, uniquingKeysWith: { first, _ in first })
        for settlement in settlements {
            guard let exception = settlement.command.settledException else { continue }
            let problem = found[exception].map { $0.problem(of: settlement.command, settlement.event) } ?? "no such row"
            guard let problem else { continue }
            report.add(
                .settlementDiffers,
                "\(exception) settled by \(settlement.event)",
                expected: settlement.command.name,
                found: problem
            )
        }
    }

    func verifyUnfoundedSettlements(into report: inout VerificationReport) throws(PostgresError) {
        typealias Row = (exception: EventID, event: EventID, isFounded: Bool)
        let limit: Int64 = 1_000
        var last = EventID(high: 0, low: 0)
        while true {
            let parameters = [Parameter(last), Parameter(limit)]
            let rows = try connection.run(Call(VerifierReads.unfoundedSettlements, parameters))
                .map { (row) throws(PostgresError) -> Row in
                    (try row.identifier(), try row.identifier(), try row.bool())
                }
            for row in rows where !row.isFounded {
                report.add(
                    .settlementDiffers,
                    "\(row.exception) settled by \(row.event)",
                    expected: "a journal row that settles it, of that account and operator",
                    found: "none"
                )
            }
            guard let end = rows.last, rows.count == limit else { return }
            last = end.exception
        }
    }
}

private struct StoredSettlement {
    var exception: EventID
    var settlement: Settlement?
    var event: EventID?
    var commandBytes: [UInt8]
    var proposal: OpenException.Proposal?

    init(_ row: inout RowReader) throws(PostgresError) {
        exception = try row.identifier()
        settlement = try row.optionalInt16().flatMap { UInt8(exactly: $0) }.flatMap(Settlement.init(rawValue:))
        event = try row.optionalIdentifier()
        commandBytes = try row.bytes()
        proposal = try OpenExceptionRows.readProposal(&row)
    }

    /// Nil when it is what a journaled command made of it.
    func problem(of command: Command, _ event: EventID) -> String? {
        guard let settlement, let settledBy = self.event else { return "an open exception" }
        if settledBy != event { return "another row, \(settledBy)" }
        switch command {
        case .applyException(let apply):
            if apply.message.command.journalBytes != commandBytes { return "another message" }
            return settlement == .applied ? nil : settlement.name
        case .writeOffException(let writeOff):
            guard let proposal, proposal.by == writeOff.proposedBy, proposal.terms == writeOff.terms else {
                return "another proposal"
            }
            return settlement == .writtenOff ? nil : settlement.name
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .reverse, .clear,
            .recordDelivery, .advise, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            return "a command that settles nothing"
        }
    }
}
