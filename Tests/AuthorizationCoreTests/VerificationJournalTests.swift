import AuthorizationCore
import Testing

@Suite struct `Journaled verification` {
    /// Every set of facts that there can be.
    private static let facts: [VerificationFacts] = (0..<512).map { set in
        var facts = VerificationFacts(profileVersion: .max / 511 * Int64(set))
        if set & 1 != 0 { facts.cardValue = CardValueFacts(.dynamic, .noMatch) }
        if set & 2 != 0 { facts.cardCode = .match }
        if set & 4 != 0 { facts.authentication = .notVerified }
        if set & 8 != 0 { facts.pin = .noMatch(reference: 7) }
        if set & 16 != 0 { facts.chip = CryptogramFacts(.match) }
        if set & 32 != 0 { facts.trackCounter = TrackCounterFacts(sequenceNumber: 99, counters: [0, .max]) }
        if set & 64 != 0 { facts.newPIN = set & 1 == 0 ? .made(reference: 8) : .notMade(.keyNotUsable) }
        if set & 128 != 0 { facts.merchantFailures = MerchantFailures(count: .max, limit: 1) }
        if set & 256 != 0 { facts.keys = .all }
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
        for bytes in [[128, 0], [128, 0, 0], [128, 2, 0], [128, 4, 0], [128, 128, 0]] as [[UInt8]] {
            #expect(throws: JournalError.self) { try VerificationFacts(journalBytes: bytes) }
        }
        #expect(VerificationFacts(profileVersion: 0).journalBytes == [0, 0])
    }

    @Test func `facts end with the versions of keys, and without them they are as they were`() throws {
        var facts = VerificationFacts(profileVersion: 7)
        (facts.cardCode, facts.pin) = (.noMatch, .match(reference: 1))
        #expect(facts.journalBytes == [10, 14, 2, 1, 1, 2])
        facts.merchantFailures = MerchantFailures(count: 3, limit: 2)
        #expect(facts.journalBytes == [138, 1, 14, 2, 1, 1, 2, 6, 4])
        (facts.merchantFailures, facts.keys.cardCode, facts.keys.pin) = (nil, .known("cvk", 2), .known("p", .max))
        let known: [UInt8] = [138, 2, 14, 2, 1, 1, 2, 0, 1, 3] + Array("cvk".utf8) + [4, 0, 1, 1, UInt8(ascii: "p")]
        #expect(facts.journalBytes == known + [254, 255, 255, 255, 15, 0, 0])
        #expect(try VerificationFacts(journalBytes: facts.journalBytes) == facts)
    }

    @Test(arguments: [
        [0, 0, 0, 0, 0, 0], [1, 1, 99, 0, 0, 0, 0, 0, 0], [1, 1, 99, 1, 0, 0, 0, 0, 0], [1, 0, 2, 0, 0, 0, 0, 0],
        [1, 1, 65, 2, 0, 0, 0, 0, 0], [1, 1, 99, 128, 128, 128, 128, 16, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0],
    ])
    func `no versions of keys: none at all, versions below 1 and beyond their bounds, and other names`(
        _ bytes: [UInt8]
    ) throws {
        #expect(throws: JournalError.self) { try ProofKeys(journalBytes: bytes) }
        #expect(try ProofKeys(journalBytes: [1, 1, 99, 2, 0, 0, 0, 0, 0]).cardValue == .known("c", 1))
    }

    @Test func `a new PIN ends with the versions of keys, and without them it is as it was`() throws {
        var command = SetPIN(card: World.card, reference: 1, current: .noMatch(reference: 3))
        let card = World.card.bytes
        #expect(command.journalBytes == card + [2, 1, 1, 2, 6])
        (command.keys.pin, command.keys.newPIN) = (.known("p", 1), .known("p", 2))
        let keys: [UInt8] = [0, 0, 0, 1, 1, 112, 2, 1, 1, 112, 4, 0]
        #expect(command.journalBytes == card + [2, 3, 1, 2, 6] + keys)
        #expect(try SetPIN(journalBytes: command.journalBytes) == command)
        command.current = nil
        #expect(command.journalBytes == card + [2, 2] + keys)
        #expect(try SetPIN(journalBytes: command.journalBytes) == command)
        #expect(SetPIN(card: World.card, reference: 1).journalBytes == card + [2, 0])
        #expect(throws: JournalError.self) { try SetPIN(journalBytes: card + [2, 4]) }
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
