import AuthorizationCore
import Foundation
import YAMLFiles

/// What a program verifies, as YAML.
///
///     keys:
///       cvv: acme-cvk
///       cavv: acme-cavv
///       dynamic: {method: dcvv, key: acme-imk-dn, value: 6-8, counter: 9-12}
///       pin: {method: visa_pvv, key: acme-pvk, key_index: 1}
///       chip: {scheme: visa, cryptograms: acme-imk-ac, integrity: acme-imk-smi, blocks: [lost, stolen]}
///     expiry_order: month_first
///     card_value_offset: 5
///     pin_tries: 3
///     refused_entry_modes: [unknown]
///     limits:
///       - {currency: EUR, fallback: 10000, contactless: 5000, cumulative_amount: 15000, cumulative_count: 5}
///     failures: {limit: 5, window: 86400}
///     rules:
///       - {proof: card_code, demand: checked, network: blue, entry_mode: ecommerce}
struct PolicyFile {
    private static let limit = 1 << 16
    private static let largestLimit = 1_000_000_000_000

    private let section: Section

    /// - Throws: `FileError` with everything that is wrong.
    static func load(_ path: String) throws -> VerificationPolicy {
        guard let file = FileHandle(forReadingAtPath: path), let content = try file.read(upToCount: limit + 1) else {
            throw Settings.Problem(description: "\(path) cannot be read")
        }
        return try read(Array(content), file: path)
    }

    static func read(_ bytes: [UInt8], file: String) throws -> VerificationPolicy {
        let problems = ProblemList()
        let policy = FileNode(bytes, limit: limit, problems).flatMap { Section($0, path: "", problems) }.map {
            PolicyFile(section: $0).policy()
        }
        guard let policy, problems.isEmpty else { throw FileError(file: file, problems: problems) }
        return policy
    }

    private func policy() -> VerificationPolicy {
        section.allow([
            "keys", "expiry_order", "card_value_offset", "pin_tries", "refused_entry_modes", "limits", "failures",
            "rules",
        ])
        var policy = VerificationPolicy()
        if let keys = section.section("keys") { policy.keys = PolicyKeySection(section: keys).keys() }
        section.set(&policy.expiryOrder, "expiry_order") { section.listed($0) }
        section.set(&policy.cardValueOffset, "card_value_offset") { section.number($0, 0...16).map { UInt8($0) } }
        section.set(&policy.pinTryLimit, "pin_tries") { section.number($0, 1...15).map { UInt8($0) } }
        for name in section.has("refused_entry_modes") ? section.texts("refused_entry_modes") ?? [] : [] {
            guard let mode = EntryMode(name: name) else {
                section.problem("refused_entry_modes", "\(name.prefix(40)) is no entry mode")
                continue
            }
            policy.refusedEntryModes.insert(mode)
        }
        if section.has("limits") { policy.limits = section.sections("limits").compactMap(Self.limits) }
        if Set(policy.limits.map(\.currency)).count < policy.limits.count {
            section.problem("limits", "a currency is there twice")
        }
        policy.failures = section.has("failures") ? section.section("failures").flatMap(Self.failures) : .standard
        if section.has("rules") { policy.rules = section.sections("rules").compactMap(Self.rule) }
        for proof in Proof.allCases where policy.requiresInVain(proof) {
            section.problem("rules", "\(proof.name) is required, and there is no key to verify it with")
        }
        policy.rules = ProofRule.ofUnknownEntry + [.pinForCash] + policy.rules
        return policy
    }

    private static func limits(_ section: Section) -> UnprovedLimit? {
        section.allow(["currency", "fallback", "contactless", "cumulative_amount", "cumulative_count"])
        guard let code = section.text("currency", expected: "a currency of ISO 4217") else { return nil }
        guard let currency = Currency(alphabetic: code) else {
            section.problem("currency", "a currency of ISO 4217 is expected")
            return nil
        }
        var limit = UnprovedLimit(currency: currency)
        func number(_ key: String) -> Int64? {
            section.has(key) ? section.number(key, 0...largestLimit).map(Int64.init) : nil
        }
        limit.fallback = number("fallback")
        limit.contactless = number("contactless")
        limit.cumulativeAmount = number("cumulative_amount")
        limit.cumulativeCount = number("cumulative_count")
        return limit
    }

    private static func failures(_ section: Section) -> FailureLimit? {
        section.allow(["limit", "window"])
        guard let count = section.number("limit", 1...FailureCounter.capacity),
            let window = section.number("window", 1...Int(FailureLimit.longestWindow))
        else { return nil }
        return FailureLimit(count: UInt8(count), window: Int64(window))
    }

    private static func rule(_ section: Section) -> ProofRule? {
        section.allow(["proof", "demand", "network", "entry_mode", "initiator", "channel", "token"])
        guard let proof: Proof = section.listed("proof"), let demand: ProofDemand = section.listed("demand") else {
            return nil
        }
        if demand == .byNetwork, !proof.isToldByNetworks {
            section.problem("demand", "no network says what came of it")
        }
        var rule = ProofRule(proof, demand)
        if section.has("network") { rule.network = section.text("network") }
        if section.has("entry_mode") { rule.entryMode = section.listed("entry_mode") }
        if section.has("initiator") { rule.initiator = section.listed("initiator") }
        if section.has("channel") { rule.channel = section.listed("channel") }
        if section.has("token") { rule.hasToken = section.flag("token") }
        return rule
    }
}

extension VerificationPolicy {
    /// Networks verify the cryptograms of tokens.
    fileprivate func requiresInVain(_ proof: Proof) -> Bool {
        !keys.verify(proof)
            && rules.contains {
                $0.proof == proof && $0.demand == .required && !(proof == .cryptogram && $0.hasToken == true)
            }
    }
}
