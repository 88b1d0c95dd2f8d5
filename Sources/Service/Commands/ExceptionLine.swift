import AuthorizationCore
import AuthorizationEngine
import Foundation
import PostgresLedger

/// An exception as it is shown. No field tells a card's number beyond its last four digits.
struct ExceptionLine: Encodable {
    struct Amount: Encodable {
        var minorUnits: Int64
        var currency: String

        init(_ money: Money) {
            minorUnits = money.minorUnits
            currency = money.currency.alphabetic
        }

        var text: String { "\(minorUnits) \(currency)" }
    }

    struct Proposal: Encodable {
        var by: String
        var at: String
        var amount: Amount
        var direction: String
        var reason: String
    }

    struct Settled: Encodable {
        var by: String
        var at: String
        var account: String
        var event: String
    }

    var id: String
    var at: String
    var ageSeconds: Int64
    var network: String?
    var kind: String
    var reason: String
    var account: String?
    var authorization: String?
    var card: String?
    var amount: Amount?
    /// As the customer's account sees it.
    var direction: String?
    /// Of a reversal: what it says that its original was, and what shall be left of it.
    var original: Amount?
    var newTotal: Int64?
    /// The network's code for why.
    var messageReason: String?
    /// Whether the network has moved the money already.
    var isPosted: Bool?
    var references: [String]
    var state: String
    /// What may be done with it.
    var may: [String]
    var proposal: Proposal?
    var settled: Settled?

    init(_ record: ExceptionRecord, now: Instant) {
        let told = record.message?.told(about: record.original)
        id = "\(record.event)"
        at = record.createdAt.listed
        ageSeconds = (now.microseconds - record.createdAt.microseconds) / 1_000_000
        network = record.message.flatMap { $0.network.isEmpty ? nil : $0.network }
        kind = record.message?.kindName ?? "unreadable"
        reason = record.reason?.name ?? record.problem
        account = record.account.map { "\($0)" }
        authorization = (record.authorization ?? record.message?.namedAuthorization).map { "\($0)" }
        card = record.lastFour.map { "****" + String(String(10_000 + Int($0)).suffix(4)) }
        amount = told.map { Amount($0.amount) }
        direction = told?.direction.name
        if case .reversal(let reversal)? = record.message {
            original = reversal.told?.amount.map(Amount.init)
            newTotal = reversal.newTotal
            messageReason = reversal.told.flatMap { $0.reason.isEmpty ? nil : $0.reason }
        }
        isPosted = told?.isPosted
        references = record.message?.references ?? []
        state = record.settled?.settlement.name ?? (record.proposal == nil ? "open" : "write_off_proposed")
        may = record.possible
        proposal = record.proposal.map {
            Proposal(
                by: $0.name,
                at: $0.at.listed,
                amount: Amount($0.terms.amount),
                direction: $0.terms.direction.name,
                reason: $0.reason
            )
        }
        settled = record.settled.map {
            Settled(by: $0.name, at: $0.at.listed, account: "\($0.account)", event: "\($0.event)")
        }
    }

    /// In one row of a table.
    var columns: [String] {
        [
            at, id, network ?? "-", kind, reason, account ?? "-", authorization ?? "-", card ?? "-",
            amount.map { "\($0.text) \(direction ?? "")" } ?? "-", Self.age(ageSeconds), state,
        ]
    }

    /// One field a line.
    var lines: [String] {
        var lines = [
            "id             \(id)", "came           \(at), \(Self.age(ageSeconds)) ago",
            "network        \(network ?? "-")",
            "kind           \(kind)", "reason         \(reason)", "account        \(account ?? "-")",
            "authorization  \(authorization ?? "-")", "card           \(card ?? "-")",
            "amount         \(amount.map { "\($0.text) \(direction ?? "")" } ?? "-")",
            "at the network \(isPosted.map { $0 ? "posted" : "held" } ?? "-")", "state          \(state)",
        ]
        if let original { lines.append("original said  \(original.text)") }
        if let newTotal { lines.append("to be left     \(newTotal)") }
        if let messageReason { lines.append("message reason \(messageReason)") }
        lines += references.map { "reference      \($0)" }
        if let proposal {
            lines.append(
                "proposed       write-off of \(proposal.amount.text) \(proposal.direction) by \(proposal.by), "
                    + "\(proposal.at): \(proposal.reason)"
            )
        }
        if let settled { lines.append("settled        by \(settled.by), \(settled.at), \(settled.event)") }
        lines += may.map { "may            \($0)" }
        return lines
    }

    private static func age(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(max(0, seconds)) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}

extension ExceptionRecord {
    /// The commands that an operator may use.
    fileprivate var possible: [String] {
        if settled != nil { return [] }
        var apply: [String] = message == nil ? [] : ["apply"]
        if message != nil, account == nil { apply = ["apply --account or --card"] }
        if proposal != nil { return apply + ["write-off by another operator", "write-off --withdraw"] }
        return apply + [account == nil ? "write-off --program" : "write-off"]
    }
}

extension ExceptionMessage {
    fileprivate var kindName: String {
        switch self {
        case .advice(let advice): "advice \(advice.reason.name)"
        case .reversal, .clearing: command.name
        }
    }

    /// How the network names it and what it is about.
    fileprivate var references: [String] {
        switch self {
        case .advice(let advice):
            return advice.request.references.named + keys(advice.original)
        case .reversal(let reversal): return (reversal.told?.references.named ?? []) + keys(reversal.target)
        case .clearing(let clearing): return clearing.reference.isEmpty ? [] : ["clearing \(clearing.reference)"]
        }
    }

    private func keys(_ original: AuthorizationLink?) -> [String] {
        let own = command.message.map { ["message \($0.key)"] } ?? []
        return own + (original?.keys ?? []).map { "original \($0)" }
    }
}

extension NetworkReferences {
    /// Those that there are.
    fileprivate var named: [String] {
        let names = [
            ("transaction", transactionID), ("trace", systemTraceAuditNumber), ("acquirer", acquirer),
            ("retrieval", retrievalReference),
        ]
        return names.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1)" }
    }
}
