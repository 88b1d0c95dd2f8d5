import AuthorizationCore
import Testing

@Suite struct `Journaled verification` {
    /// Every set of facts that there can be.
    private static let facts: [VerificationFacts] = (0..<256).map { set in
        var facts = VerificationFacts(profileVersion: .max / 255 * Int64(set))
        if set & 1 != 0 { facts.cardValue = CardValueFacts(.dynamic, .noMatch) }
        if set & 2 != 0 { facts.cardCode = .match }
        if set & 4 != 0 { facts.authentication = .notVerified }
        if set & 8 != 0 { facts.pin = .noMatch(reference: 7) }
        if set & 16 != 0 { facts.chip = CryptogramFacts(.match) }
        if set & 32 != 0 { facts.trackCounter = TrackCounterFacts(sequenceNumber: 99, counters: [0, .max]) }
        if set & 64 != 0 { facts.newPIN = set & 1 == 0 ? .made(reference: 8) : .notMade(.keyNotUsable) }
        if set & 128 != 0 { facts.merchantFailures = MerchantFailures(count: .max, limit: 1) }
        return facts
    }

    private static var fullPolicy: VerificationPolicy {
        var policy = VerificationPolicy.withAllKeys
        policy.keys.chip?.messageIntegrity = .known("imk-smi")
        policy.keys.chip?.messageConfidentiality = .known("imk-smc")
        policy.keys.chip?.derivation = .optionB
        policy.keys.chip?.counters = CounterWindow(behind: 64, ahead: 1)
        policy.keys.chip?.blockedStatuses = [.lost, .stolen]
        policy.keys.chip?.scripts.template = .before
        policy.keys.chip?.scripts.sends = 15
        policy.expiryOrder = .monthFirst
        policy.cardValueOffset = 16
        policy.pinTryLimit = 15
        policy.limits = [UnprovedLimit(currency: .yen, fallback: 0, contactless: .max)]
        policy.limits[0].cumulativeAmount = 0
        policy.limits.append(UnprovedLimit(currency: .euro))
        policy.limits[1].cumulativeCount = .max
        policy.failures = FailureLimit(count: 20, window: FailureLimit.longestWindow)
        policy.refusedEntryModes = [.unknown, .fallback]
        var rule = ProofRule(.link, .byNetwork)
        policy.rules = [rule]
        rule.network = "blue"
        rule.entryMode = .ecommerce
        rule.initiator = .merchant
        rule.channel = .remote
        for hasToken in [true, false] {
            rule.hasToken = hasToken
            policy.rules.append(rule)
        }
        return policy
    }

    @Test func `a request ends with its facts, and one without them is as it was`() throws {
        let plain = AuthorizationRequest.of(100).journalBytes
        for facts in Self.facts {
            var request = AuthorizationRequest.of(100)
            request.verification = facts
            let bytes = request.journalBytes
            #expect(bytes.first == plain[0] | 64)
            #expect(bytes.dropFirst().starts(with: plain.dropFirst()))
            #expect(try AuthorizationRequest(journalBytes: bytes) == request)
        }
        for bytes in [[128, 0], [128, 0, 0], [128, 2, 0], [128, 128, 0]] as [[UInt8]] {
            #expect(throws: JournalError.self) { try VerificationFacts(journalBytes: bytes) }
        }
        #expect(VerificationFacts(profileVersion: 0).journalBytes == [0, 0])
    }

    @Test func `a program ends with its policy, and one without it is as it was`() throws {
        for detail in [nil, 5_000 as Int64?] {
            for policy in [VerificationPolicy(), Self.fullPolicy] {
                var program = World().program
                program.currencies[0].tokenDailyLimit = detail
                let plain = program.journalBytes
                program.verification = policy
                #expect(program.journalBytes.starts(with: plain + [3]))
                #expect(try Program(journalBytes: program.journalBytes) == program)
            }
        }
    }

    static let wrongPolicies: [@Sendable (inout VerificationPolicy) -> Void] = [
        { $0.cardValueOffset = 17 }, { $0.pinTryLimit = 0 }, { $0.pinTryLimit = 16 },
        { $0.keys.chip?.scripts.sends = 0 }, { $0.keys.chip?.scripts.sends = 16 },
    ]

    @Test(arguments: wrongPolicies.indices)
    func `a policy beyond its bounds is refused`(_ index: Int) {
        var policy = Self.fullPolicy
        Self.wrongPolicies[index](&policy)
        #expect(throws: JournalError.self) { try VerificationPolicy(journalBytes: policy.journalBytes) }
    }

    @Test(arguments: ["", "A", "a b", "ä", String(repeating: "a", count: 65)])
    func `no such name of a stored key`(_ text: String) { #expect(StoredKeyName(text) == nil) }
}
