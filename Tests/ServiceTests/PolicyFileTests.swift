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
              cavv: acme-cavv
              pin: {method: visa_pvv, key: acme-pvk, key_index: 6}
              chip: {scheme: mastercard, cryptograms: ac, integrity: smi, confidentiality: smc,
                scripts: {obeyed: before, sends: 15}}
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
        #expect(usages == ["acme-pvk V2", "acme-cvk C0", "acme-cavv C0", "ac E0", "smi E2", "smc E1"])
        #expect(policy.keys.pin?.method == .visaPVV(keyIndex: 6) && policy.keys.chip?.scheme == .mastercard)
        let scripts = try #require(policy.keys.chip?.scripts)
        #expect(scripts.template == .before && scripts.sends == 15)
        #expect(policy.expiryOrder == .monthFirst && policy.cardValueOffset == 0 && policy.pinTryLimit == 5)
        #expect(policy.refusedEntryModes == [.unknown, .fallback])
        #expect(policy.limits.first?.fallback == 10_000 && policy.limits.first?.contactless == 0)
        #expect(policy.limits.first?.cumulativeAmount == 15_000 && policy.limits.first?.cumulativeCount == 5)
        #expect(policy.failures == FailureLimit(count: 20, window: 1))
        #expect(try Self.read("pin_tries: 3").failures == .standard)
        let rule = try #require(policy.rules.last)
        #expect(
            policy.rules.dropLast(2) == ProofRule.ofUnknownEntry + [.pinForCash] && rule.demand == .byNetwork
                && rule.channel == .remote && rule.hasToken == true
        )
        #expect(rule.network == "blue" && rule.entryMode == .ecommerce && rule.initiator == .merchant)
    }

    @Test func `says where contactless cards put their dynamic values`() throws {
        let visa = try Self.read("keys: {dynamic: {method: dcvv, key: dn, value: 6-8, counter: 9-12}}").keys
        #expect(visa.dynamicValue?.layout == .dcvv(value: 5, counter: 8))
        #expect(visa.usages.map { "\($0.name.text) \($0.usage.rawValue)" } == ["dn E4"])
        #expect(visa.dynamicValue?.counters == CounterWindow(behind: 16, ahead: 256))
        let text = """
            keys:
              dynamic: {method: cvc3, key: dn, pcvc3: "0038", punatc: 03C6, natc: 4, derivation: option_b,
                counters: {behind: 0, ahead: 9999}}
            """
        let mastercard = try Self.read(text).keys.dynamicValue
        #expect(mastercard?.layout == CVC3Layout(value: 0x38, numbers: 0x3C6, counterDigits: 4).map { .cvc3($0) })
        #expect(mastercard?.derivation == .optionB && mastercard?.counters == CounterWindow(behind: 0, ahead: 9_999))
    }

    static let wrongDynamicValues = [
        ("method: avv, key: dn", "keys.dynamic.method: avv is not possible"),
        ("method: dcvv, value: 6-8, counter: 9-12", "keys.dynamic.key: is missing"),
        ("method: dcvv, key: dn, value: 6-9, counter: 9-12", "keys.dynamic.value: 6-9 is not possible"),
        ("method: dcvv, key: dn, value: 18-20, counter: 9-12", "keys.dynamic.value: 18-20 is not possible"),
        ("method: dcvv, key: dn, value: 6-8, counter: 8-11", "keys.dynamic.counter: has positions of the value"),
        ("method: dcvv, key: dn, value: 6-8, counter: 9-12, natc: 4", "keys.dynamic.natc: is of another method"),
        ("method: cvc3, key: dn, pcvc3: 38, punatc: 03C6, natc: 4", "keys.dynamic.pcvc3: four hexadecimal digits"),
        ("method: cvc3, key: dn, pcvc3: '0038', punatc: 03C7, natc: 4", "keys.dynamic.punatc: goes with no card"),
        ("method: cvc3, key: dn, pcvc3: '0038', punatc: 03C6, natc: 6", "keys.dynamic.natc: 6 is not possible"),
        (
            "method: cvc3, key: dn, pcvc3: '0038', punatc: 03C6, natc: 4, value: 6-8",
            "keys.dynamic.value: is of another"
        ),
        (
            "method: dcvv, key: dn, value: 6-8, counter: 9-12, counters: {behind: 1, ahead: 9999}",
            "keys.dynamic.counters: behind and ahead reach counters with the same 4 last digits"
        ),
    ]

    @Test(arguments: wrongDynamicValues)
    func `names the key of a dynamic value that is wrong`(_ text: String, _ problem: String) {
        let error = #expect(throws: FileError.self) { try Self.read("keys: {dynamic: {\(text)}}") }
        #expect("\(error.map { "\($0)" } ?? "")".contains(problem))
    }

    @Test(arguments: [
        ("keys: {cvv: UPPER}", "keys.cvv: the id of a key"), ("keys: {cavv: [a]}", "keys.cavv: the id of a key"),
        ("keys: {pvk: a}", "keys.pvk: is not known here"),
        ("keys: {pin: {method: visa_pvv, key: a}}", "keys.pin.key_index: is missing"),
        ("keys: {chip: {scheme: other, cryptograms: a}}", "keys.chip.scheme: other is not possible"),
        (
            "keys: {chip: {scheme: visa, cryptograms: a, scripts: {sends: 16}}}",
            "keys.chip.scripts.sends: 16 is not possible"
        ),
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
