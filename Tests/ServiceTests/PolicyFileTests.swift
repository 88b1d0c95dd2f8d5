import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing
import YAMLFiles

@testable import Service

@Suite struct `A file of what a program verifies` {
    private static func read(_ text: String) throws -> VerificationPolicy {
        try PolicyFile.read(Array(text.utf8), file: "policy.yaml")
    }

    @Test func `says keys, limits and rules`() throws {
        let policy = try Self.read(
            """
            keys:
              cvv: acme-cvk
              pin: {method: visa_pvv, key: acme-pvk, key_index: 6}
              chip: {scheme: mastercard, cryptograms: ac, integrity: smi, confidentiality: smc}
            expiry_order: month_first
            card_value_offset: 0
            pin_tries: 5
            refused_entry_modes: [unknown, fallback]
            limits: [{currency: EUR, fallback: 10000, contactless: 0, cumulative_amount: 15000, cumulative_count: 5}]
            failures: {limit: 20, window: 1}
            rules:
              - {proof: card_code, demand: checked}
              - {proof: authentication, demand: by_network, network: blue, entry_mode: ecommerce, initiator: merchant,
                 channel: remote, token: true}
            """
        )
        let usages = policy.keys.usages.map { "\($0.name.text) \($0.usage.rawValue)" }
        #expect(usages == ["acme-pvk V2", "acme-cvk C0", "ac E0", "smi E2", "smc E1"])
        #expect(policy.keys.pin?.method == .visaPVV(keyIndex: 6) && policy.keys.chip?.scheme == .mastercard)
        #expect(policy.expiryOrder == .monthFirst && policy.cardValueOffset == 0 && policy.pinTryLimit == 5)
        #expect(policy.refusedEntryModes == [.unknown, .fallback])
        #expect(policy.limits.first?.fallback == 10_000 && policy.limits.first?.contactless == 0)
        #expect(policy.limits.first?.cumulativeAmount == 15_000 && policy.limits.first?.cumulativeCount == 5)
        #expect(policy.failures == FailureLimit(count: 20, window: 1))
        #expect(try Self.read("pin_tries: 3").failures == .standard)
        let rule = try #require(policy.rules.last)
        #expect(
            policy.rules.count == ProofRule.ofUnknownEntry.count + 2 && rule.demand == .byNetwork
                && rule.channel == .remote && rule.hasToken == true
        )
        #expect(rule.network == "blue" && rule.entryMode == .ecommerce && rule.initiator == .merchant)
    }

    @Test(arguments: [
        ("keys: {cvv: UPPER}", "keys.cvv: the id of a key"), ("keys: {pvk: a}", "keys.pvk: is not known here"),
        ("keys: {pin: {method: visa_pvv, key: a}}", "keys.pin.key_index: is missing"),
        ("keys: {chip: {scheme: other, cryptograms: a}}", "keys.chip.scheme: other is not possible"),
        ("pin_tries: 16", "pin_tries: 16 is not possible"), ("card_value_offset: 17", "card_value_offset: 17"),
        ("refused_entry_modes: [swipe]", "refused_entry_modes: swipe is no entry mode"),
        ("limits: [{currency: EUR}, {currency: EUR}]", "limits: a currency is there twice"),
        ("limits: [{currency: XXQ}]", "limits[1].currency: a currency of ISO 4217"),
        ("limits: [{currency: EUR, fallback: -1}]", "limits[1].fallback: -1 is not possible"),
        ("limits: [{currency: EUR, cumulative_count: -1}]", "limits[1].cumulative_count: -1 is not possible"),
        ("failures: {limit: 21, window: 1}", "failures.limit: 21 is not possible"),
        ("failures: {limit: 1}", "failures.window: is missing"),
        ("rules: [{proof: card_code}]", "rules[1].demand: is missing"),
        ("rules: [{proof: cvv9, demand: required}]", "rules[1].proof: cvv9 is not possible"),
        ("rules: [{proof: pin, demand: required, mode: x}]", "rules[1].mode: is not known here"),
        (
            "rules: [{proof: authentication, demand: required}]",
            "rules: authentication is required, and there is no key"
        ),
        ("rules: [{proof: pin, demand: by_network}]", "rules[1].demand: no network says what came of it"),
        ("rules: [{proof: link, demand: by_network}]", "rules[1].demand: no network says what came of it"),
        ("keyz: {}", "keyz: is not known here"),
    ])
    func `is refused with what is wrong`(_ text: String, _ problem: String) {
        do {
            _ = try Self.read(text)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(problem))
        }
    }
}
