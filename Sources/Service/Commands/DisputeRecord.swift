import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// One event of an authorization as names and texts, without those that it does not have.
struct DisputeRecord {
    private(set) var fields: [(name: String, value: String)] = []

    init(_ entry: JournalEntry, of view: AuthorizationView) {
        add("event", "\(entry.event)")
        add("at", entry.decidedAt.listed)
        add("type", entry.command.name)
        add("authorization", "\(view.authorization.id)")
        add("account", "\(view.account)")
        add("card", "\(view.authorization.card)")
        if let request = entry.command.request { add(request) }
        if case .reverse(let reversal) = entry.command { add(reversal) }
        add(entry.decision)
        add("response_code", entry.codes?.response ?? "")
        add("advice_code", entry.codes?.advice ?? "")
    }

    private mutating func add(_ name: String, _ value: String) {
        if !value.isEmpty { fields.append((name, value)) }
    }

    private mutating func add(_ request: AuthorizationRequest) {
        add("network", request.network)
        add(request.references)
        add("acquirer_reference", request.disputeFacts?.acquirerReference ?? "")
        add("kind", request.kind.name)
        add("purpose", request.purpose.name)
        add("amount", text(request.transaction))
        add("settlement_amount", request.settlement.map { text($0.money) } ?? "")
        add("billing_amount", request.billing.map { text($0.money) } ?? "")
        add("cashback", request.cashback == 0 ? "" : "\(request.cashback)")
        add("acquirer_fee", request.acquirerFee.map { "\($0.amount)\($0.isIncluded ? ", included" : "")" } ?? "")
        add("converted_by_acceptor", request.isConvertedByAcceptor ? "true" : "")
        if let instalments = request.instalments { add(instalments) }
        add("merchant", request.merchant.identification)
        add("category", "\(request.merchant.categoryCode)")
        add("entry_mode", request.entryMode.name)
        add("initiator", request.initiator.name)
        if let facts = request.disputeFacts { add(facts) }
        if let facts = request.credential { add(facts) }
        if let facts = request.verification?.chip { add(facts) }
        if let keys = request.verification?.keys { add(keys) }
    }

    private mutating func add(_ reversal: Reversal) {
        add("original_amount", reversal.told?.amount.map(text) ?? "")
        add("new_total", reversal.newTotal.map { "\($0)" } ?? "")
        add("message_reason", reversal.told?.reason ?? "")
        if let told = reversal.told { add(told.references) }
    }

    private mutating func add(_ references: NetworkReferences) {
        add("network_transaction_id", references.transactionID)
        add("retrieval_reference", references.retrievalReference)
        add("trace", references.systemTraceAuditNumber)
        add("acquirer", references.acquirer)
    }

    private mutating func add(_ instalments: Instalments) {
        add("instalments", "\(instalments.count), funded by the \(instalments.funding.name)")
    }

    private func text(_ money: Money) -> String { "\(money.minorUnits) \(money.currency.alphabetic)" }

    private mutating func add(_ facts: DisputeFacts) {
        add("terminal", facts.terminal)
        add("acceptor", facts.acceptor)
        add("point_of_service", facts.pointOfService)
        add("cvm_results", hex(facts.chip.verificationMethod, 3))
        add("terminal_verification_results", hex(facts.chip.terminalResults, 5))
        add("terminal_found", facts.chip.terminalResults.map { TerminalVerificationResults(rawValue: $0).names } ?? "")
        add("cryptogram_information_data", hex(facts.chip.cryptogramInformation, 1))
        add("application_transaction_counter", facts.chip.transactionCounter.map { "\($0)" } ?? "")
        add("unpredictable_number", hex(facts.chip.unpredictableNumber, 4))
        add("ecommerce_indicator", facts.ecommerceIndicator)
        add("ds_transaction_id", facts.directoryServerTransaction)
        add("acs_transaction_id", facts.accessControlServerTransaction)
        add("token_requestor", facts.tokenRequestor)
        add("payment_account_reference", facts.paymentAccountReference)
    }

    private mutating func add(_ facts: CredentialFacts) {
        add("address_presented", facts.address?.presented?.name ?? "")
        add("address_result", facts.address?.result?.name ?? "")
        add("cvv2", facts.cardCode.presence?.name ?? "")
        add("cvv2_result", facts.cardCode.result?.name ?? "")
        add("cavv", facts.authentication.presence?.name ?? "")
        add("cavv_result", facts.authentication.result?.name ?? "")
        add("stored_credential", facts.storedUse?.name ?? "")
        add("token_index", facts.token?.index.map { $0.map { hex($0, 1) }.joined() } ?? "")
        add("token_reference", facts.token?.reference ?? "")
        add("token_assurance", facts.token?.assurance.map { "\($0)" } ?? "")
        add("token_cryptogram", facts.token?.cryptogram?.name ?? "")
    }

    private mutating func add(_ facts: CryptogramFacts) {
        add("cryptogram", facts.kind?.name ?? "")
        add("cryptogram_result", facts.result.name)
        add("cryptogram_problem", facts.problem?.name ?? "")
        add("sequence_number", "\(facts.sequenceNumber)")
        add("card_verification_results", facts.cardResults.map { CardVerificationResults(rawValue: $0).names } ?? "")
        add("chip_differs", facts.differences.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: ", "))
    }

    private mutating func add(_ keys: ProofKeys) {
        let named = [
            ("card_value", keys.cardValue), ("card_code", keys.cardCode), ("cryptogram", keys.chip),
            ("authentication", keys.authentication), ("pin", keys.pin), ("new_pin", keys.newPIN),
        ]
        add("proof_keys", named.compactMap { name, key in key.map { "\(name) \($0)" } }.joined(separator: ", "))
    }

    private mutating func add(_ decision: Decision) {
        add("checks", decision.checks.map(text).joined(separator: ", "))
        switch decision.outcome {
        case .approved(let approval):
            add("outcome", "approved")
            add("approval_code", approval.codeText)
        case .declined(let reason, _):
            add("outcome", "declined")
            add("reason", reason.name)
        case .acknowledged(.exception(let reason), _):
            add("outcome", "exception")
            add("reason", reason.name)
        case .acknowledged: add("outcome", "acknowledged")
        case .done: add("outcome", "done")
        case .refused: add("outcome", "refused")
        }
    }

    private func text(_ result: CheckResult) -> String {
        switch result.verdict {
        case .passed: "\(result.check.name) passed"
        case .failed(let reason): "\(result.check.name) failed (\(reason.name))"
        case .notApplicable: "\(result.check.name) not applicable"
        }
    }

    /// As many bytes as EMV gives the value.
    private func hex(_ value: (some BinaryInteger)?, _ bytes: Int) -> String {
        guard let value else { return "" }
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 2 * bytes - digits.utf8.count)) + digits
    }
}
