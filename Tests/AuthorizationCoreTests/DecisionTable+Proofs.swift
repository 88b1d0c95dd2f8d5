import AuthorizationCore
import Testing

extension DecisionTable {
    /// Reasons that only a change of the PIN has.
    static let withoutRow: Set<DeclineReason> = [.newPinMissing, .newPinNotUsable]

    /// Those of a program that verifies proofs, in order of precedence.
    static let ofProofs: [Fault] = [
        Fault(.entryModeNotAllowed, .entryMode, "a way of reading cards that the program refuses") { world, request in
            world.verify(&request) { policy, _ in policy.refusedEntryModes = Set(EntryMode.allCases) }
        },
        Fault(.proofNotAllowed, .entryMode, "a date where there may be none") { world, request in
            world.verify(&request) { policy, _ in policy.rules.append(ProofRule(.expiry, .forbidden)) }
            request.expiry = request.expiry ?? .of(2029, 11)
        },
        Fault(.linkMissing, .entryMode, "a merchant's payment that follows from nothing", isOfPurpose: true) {
            world,
            request in
            world.verify(&request) { policy, _ in policy.rules.append(ProofRule(.link, .required)) }
        },
        pin(.pinTriesExceeded, .match(reference: 1), tries: 3),
        wrong(.pinMissing, .pin, .pin, nil) { _, _ in },
        pin(.pinIncorrect, .noMatch(reference: 1)),
        pin(.pinNotVerified, .notVerified(.unavailable)),
        wrong(.cardValueMissing, .cardValue, .stripeValue, nil) { _, _ in },
        wrong(.cardValueIncorrect, .cardValue, .stripeValue, .noMatch) { $0.cardValue = CardValueFacts(.stripe, $1) },
        wrong(.cardCodeMissing, .cardCode, .cardCode, nil) { _, _ in },
        wrong(.cardCodeIncorrect, .cardCode, .cardCode, .noMatch) { $0.cardCode = $1 },
        wrong(.cryptogramMissing, .cryptogram, .cryptogram, nil) { _, _ in },
        wrong(.cryptogramIncorrect, .cryptogram, .cryptogram, .noMatch) { $0.chip = CryptogramFacts($1) },
        Fault(.counterReplayed, .counter, "a chip's counter that was used", isOfChip: true) { world, request in
            world.verify(&request) { policy, facts in
                policy.rules.append(ProofRule(.cryptogram, .checked))
                facts.chip = .proven(facts.chip, counter: 10)
            }
            // Of a token the network proves it.
            request.credential?.token?.cryptogram = .match
            for token in [nil, World.index(ofToken: 1)] {
                let key = ChipCounterKey(card: World.card, token: token, sequenceNumber: 0)
                world.state.chipCounters[key] = ChipCounter(highest: 10)
            }
        },
        Fault(.chipDataDiffers, .chipData, "a chip that signed another amount", isOfChip: true) { world, request in
            world.verify(&request) { policy, facts in
                policy.rules.append(ProofRule(.cryptogram, .checked))
                facts.chip = facts.chip ?? CryptogramFacts(.match)
                facts.chip?.differences = [.amount]
                facts.chip?.declinedDifferences = [.amount]
            }
        },
        wrong(.authenticationMissing, .authentication, .authentication, nil) { _, _ in },
        wrong(.authenticationIncorrect, .authentication, .authentication, .noMatch) { $0.authentication = $1 },
        wrong(.notVerifiable, .authentication, .authentication, .notVerified) { $0.authentication = $1 },
        Fault(.pinNeededContactless, .contactlessLimit, "more than goes without a PIN", isOfEntryMode: true) {
            world,
            request in
            request.entryMode = .contactlessChip
            let amount = request.transaction.minorUnits
            world.limit(&request) { $0.contactless = amount - 1 }
        },
        cumulative(.contactlessAmount, "more than goes without a PIN together") { $0.cumulativeAmount = $1 - 1 },
        cumulative(.contactlessCount, "one contactless payment too many") { limit, _ in limit.cumulativeCount = 0 },
        Fault(.fallbackLimitExceeded, .fallbackLimit, "too much for a chip card's stripe", isOfEntryMode: true) {
            world,
            request in
            request.entryMode = .fallback
            let amount = request.transaction.minorUnits
            world.limit(&request) { $0.fallback = amount - 1 }
        },
    ]

    private static func cumulative(
        _ check: Check,
        _ circumstance: String,
        _ change: @escaping @Sendable (inout UnprovedLimit, Int64) -> Void
    ) -> Fault {
        Fault(.pinNeededContactless, check, circumstance, isOfEntryMode: true) { world, request in
            request.entryMode = .contactlessChip
            let amount = request.transaction.minorUnits
            world.limit(&request) { change(&$0, amount) }
        }
    }

    private static func pin(_ reason: DeclineReason, _ facts: PINFacts, tries: UInt8 = 0) -> Fault {
        Fault(reason, .pin, "PIN: \(facts), tries \(tries)") { world, request in
            world.verify(&request) { policy, found in
                policy.rules.append(ProofRule(.pin, .required))
                found.pin = facts
            }
            world.state.pins[World.card] = PINState(reference: 1)
            world.state.pins[World.card]?.tries = tries
        }
    }

    /// A required proof that is missing, wrong or not verified.
    private static func wrong(
        _ reason: DeclineReason,
        _ check: Check,
        _ proof: Proof,
        _ result: ProofVerification.Result?,
        _ set: @escaping @Sendable (inout VerificationFacts, ProofVerification.Result) -> Void
    ) -> Fault {
        let circumstance = "\(proof): \(result.map { "\($0)" } ?? "missing")"
        return Fault(reason, check, circumstance, isOfChip: proof == .cryptogram) { world, request in
            world.verify(&request) { policy, facts in
                policy.rules.append(ProofRule(proof, .required))
                if let result { set(&facts, result) }
            }
        }
    }
}

extension World {
    /// Has the program verify proofs that a network's request brings.
    mutating func verify(
        _ request: inout AuthorizationRequest,
        _ change: (inout VerificationPolicy, inout VerificationFacts) -> Void = { _, _ in }
    ) {
        var policy = program.verification ?? .withAllKeys
        var facts = request.verification ?? VerificationFacts(profileVersion: 0)
        change(&policy, &facts)
        program.verification = policy
        request.verification = facts
        request.network = "test"
    }
}

extension World {
    /// Limits payments that prove little, and demands nothing else of them.
    fileprivate mutating func limit(_ request: inout AuthorizationRequest, _ change: (inout UnprovedLimit) -> Void) {
        verify(&request) { policy, _ in
            for proof in [Proof.cryptogram, .stripeValue] { policy.rules.insert(ProofRule(proof, .ignored), at: 0) }
            var limit = UnprovedLimit(currency: .euro)
            change(&limit)
            policy.limits = [limit]
        }
    }
}

extension VerificationPolicy {
    /// A program that has a key for every proof.
    static var withAllKeys: VerificationPolicy {
        var policy = VerificationPolicy()
        policy.keys.cardVerification = .known("cvk")
        policy.keys.authentication = .known("cavv")
        policy.keys.dynamicValue = DynamicValueVerification(.dcvv(value: 5, counter: 8), key: .known("dn"))
        policy.keys.pin = PINVerification(.visaPVV(keyIndex: 1), key: .known("pvk"))
        policy.keys.chip = ChipVerification(.visa, cryptograms: .known("imk-ac"))
        return policy
    }
}

extension StoredKeyName {
    static func known(_ text: String) -> StoredKeyName {
        guard let name = StoredKeyName(text) else { preconditionFailure("a name of a key") }
        return name
    }
}

extension StoredKeyVersion {
    static func known(_ text: String, _ version: Int32) -> StoredKeyVersion {
        StoredKeyVersion(.known(text), version)
    }
}

extension ProofKeys {
    /// One for each proof.
    static var all: ProofKeys {
        var keys = ProofKeys()
        keys.cardValue = .known("cvk", 1)
        keys.cardCode = .known("cvk", 2)
        keys.authentication = .known("cavv", .max)
        keys.pin = .known("pvk", 3)
        keys.newPIN = .known("pvk", 4)
        keys.chip = .known(String(repeating: "a", count: 64), 5)
        return keys
    }
}

extension CryptogramFacts {
    /// Those of a right cryptogram, with a counter. What is wrong already stays so.
    static func proven(_ facts: CryptogramFacts? = nil, counter: UInt16) -> CryptogramFacts {
        var proven = facts ?? CryptogramFacts(.match)
        proven.kind = .authorizationRequest
        proven.counter = counter
        return proven
    }
}
