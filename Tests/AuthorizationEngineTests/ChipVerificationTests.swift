import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Synchronization
import Testing

/// The cryptograms and answers are of the published vectors sh-emv-001 and sh-emv-002.
@Suite struct `A chip's cryptogram` {
    private static let program = ProgramID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1)
    private static let card = CardID(at: .distantPast, shard: Shard(truncating: 1), entropy: 2)

    private static let objects: [UInt32: String] = [
        0x9F02: "000000004000", 0x9F03: "000000000000", 0x9F1A: "0124", 0x95: "8000048000", 0x5F2A: "0124",
        0x9A: "191105", 0x9C: "01", 0x9F37: "52BF4585", 0x82: "1800", 0x9F36: "001C", 0x9F10: "06010A03A06010",
        0x9F26: "29CCA15AE665FA2E",
    ]

    private static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.utf8.count, by: 2).compactMap {
            UInt8(String(digits.dropFirst($0).prefix(2)), radix: 16)
        }
    }

    private static func proof(_ changes: [UInt32: String] = [:]) throws -> ChipProof {
        let objects = objects.merging(changes) { $1 }
        return ChipProof(.data(try ChipData { objects[$0].map(bytes) }), cryptogram: .authorizationRequest)
    }

    private struct Profiles: CardProfiles {
        var status = CardStatus.active
        var blocks: Set<CardStatus> = []
        var isDown = false
        var sequenceNumber: UInt8 = 0
        var isActive = true
        /// What is stored now, where a copy is stale.
        var current: UInt8?
        /// Whether the program has a key for chips.
        var hasKey = true

        func profile(
            of card: CardID,
            fresh: Bool,
            completion: @escaping @Sendable (Result<CardProfile?, any Error>) -> Void
        ) {
            guard !isDown, let expiry = ExpiryMonth(year: 2_030, month: 1) else {
                return completion(.failure(PaymentCryptographyError.unavailable))
            }
            var policy = VerificationPolicy()
            policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
            if !hasKey { policy.keys.chip = nil }
            policy.keys.chip?.messageIntegrity = StoredKeyName("imk-smi")
            policy.keys.chip?.blockedStatuses = blocks
            let version = ProfileVersion(card: 0, status: status, program: 1)
            let program = `A chip's cryptogram`.program
            let instance = CardInstance(
                sequenceNumber: fresh ? current ?? sequenceNumber : sequenceNumber,
                expiry: expiry,
                validUntil: .distantPast,
                serviceCode: 201,
                active: isActive
            )
            completion(
                .success(
                    CardProfile(card: card, instances: [instance], program: program, policy: policy, version: version)
                )
            )
        }
    }

    private static func stored(
        _ name: String,
        _ usage: KeyUsage,
        version: Int32 = 1,
        _ state: KeyState = .active
    ) throws -> StoredKey {
        StoredKey(try #require(KeyName(name)), usage, of: .program(program), version: version, state)
    }

    /// - Parameters:
    ///   - missing: the usage of a key that the module does not have.
    ///   - next: another version of the key of cryptograms, which the card was not made with: what it is, if the module
    ///     has it, and its state.
    private static func verified(
        _ proof: ChipProof,
        profiles: Profiles = Profiles(),
        missing: KeyUsage? = nil,
        next: (digits: String?, state: KeyState)? = nil,
        responseCodes: [String] = []
    ) async throws -> VerifiedProofs {
        let held = HeldKeys()
        var keys: [KeyName: Key] = [:]
        let names: [(String, KeyUsage)] = [
            ("imk-ac", .applicationCryptograms), ("imk-smi", .secureMessagingIntegrity),
        ]
        for (name, usage) in names where usage != missing {
            let key = try stored(name, usage)
            let master = SecretBytes(bytes("0123456789ABCDEFFEDCBA9876543210"))
            keys[key.moduleName] = try Key(master, .tripleDES, usage: usage)
        }
        var versions = try names.map { try stored($0.0, $0.1) }
        if let next {
            let other = try stored("imk-ac", .applicationCryptograms, version: 2, next.state)
            versions.append(other)
            if let digits = next.digits {
                keys[other.moduleName] = try Key(
                    SecretBytes(bytes(digits)),
                    .tripleDES,
                    usage: .applicationCryptograms
                )
            }
        }
        held.replace(by: versions)
        let key = try SecretKey.random()
        let vault = PANVault(encryptionKey: key, indexKey: key)
        let modules = SecurityModules(SoftwareHSM(keys))
        let verifier = CardVerifier(
            modules: modules,
            keys: held,
            source: PlayedKeys(),
            profiles: profiles,
            vault: vault
        )
        let pan = try #require(PAN(ascii: "1234567890123456".utf8))
        let proofs = try #require(PresentedProofs(of: pan, chip: proof))
        var request = AuthorizationRequest(
            card: card,
            network: "test",
            kind: .purchase,
            transaction: Money(4_000, .euro),
            merchant: Merchant(name: "", identification: "", categoryCode: 0, country: "", city: "")
        )
        request.entryMode = .contactChip
        return await withCheckedContinuation { [request] continuation in
            verifier.verify(
                proofs,
                of: request,
                card: card,
                responseCodes: responseCodes,
                fresh: false,
                deadline: .now + .seconds(10)
            ) { continuation.resume(returning: $0) }
        }
    }

    private static let approved = Decision(
        .approved(
            Approval(authorization: AuthorizationID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1), code: 1)
        )
    )

    private static func declined(_ reason: DeclineReason) -> Decision { Decision(.declined(reason, nil)) }

    @Test func `that is right is sealed for each decision`() async throws {
        let verified = try await Self.verified(try Self.proof())
        let facts = try #require(verified.facts?.chip)
        #expect(facts.result == .match && facts.problem == nil && facts.counter == 0x1C)
        let answers = try #require(verified.chipAnswers)
        #expect(answers.data(for: Self.approved, code: "00") == Self.bytes("910A28993816AFAE4AEB3030"))
        #expect(answers.data(for: Self.declined(.insufficientFunds), code: "51")?.suffix(2) == [0x30, 0x35])
        let second = try await Self.verified(
            try Self.proof([0x9F10: "06011203A0B800", 0x9F26: "7A788EA6B8A3E733"])
        )
        // The vector's own status update declines: nothing but zeros.
        let declined = second.chipAnswers?.data(for: Self.declined(.insufficientFunds), code: "51")
        #expect(declined == Self.bytes("91089AF514C100000000"))
    }

    @Test func `that is right is sealed for each code that may be sent, where the card looks at it`() async throws {
        let codes = ["00", "10", "51", "55", "75"]
        let verified = try await Self.verified(try Self.proof(), responseCodes: codes)
        let answers = try #require(verified.chipAnswers)
        #expect(answers.data(for: Self.approved, code: "00") == Self.bytes("910A28993816AFAE4AEB3030"))
        var ciphers: Set<[UInt8]> = []
        for code in codes {
            let data = try #require(answers.data(for: Self.declined(.insufficientFunds), code: code))
            #expect(data.count == 12 && data.suffix(2) == Array(code.utf8)[...])
            ciphers.insert(Array(data[2..<10]))
        }
        #expect(ciphers.count == codes.count)
        #expect(answers.data(for: Self.declined(.insufficientFunds), code: "05") == [])
        // Cards of version 18 are told the decision itself.
        let second = try await Self.verified(
            try Self.proof([0x9F10: "06011203A0B800", 0x9F26: "7A788EA6B8A3E733"]),
            responseCodes: codes
        )
        let declined = second.chipAnswers?.data(for: Self.declined(.insufficientFunds), code: "51")
        #expect(declined == Self.bytes("91089AF514C100000000"))
    }

    @Test(arguments: [(UInt8(1), true), (0, false)])
    func `of an instance that the card does not have, or not any more, is wrong`(
        _ row: (sequenceNumber: UInt8, isActive: Bool)
    ) async throws {
        let profiles = Profiles(sequenceNumber: row.sequenceNumber, isActive: row.isActive)
        let verified = try await Self.verified(try Self.proof(), profiles: profiles)
        #expect(verified.facts?.chip?.result == .noMatch && verified.facts?.chip?.problem == .unknownInstance)
        #expect(verified.chipAnswers == nil)
    }

    @Test func `of an instance that is newer than the copy of the card is right`() async throws {
        let verified = try await Self.verified(try Self.proof(), profiles: Profiles(sequenceNumber: 1, current: 0))
        #expect(verified.facts?.chip?.result == .match && verified.facts?.chip?.problem == nil)
    }

    @Test func `that is wrong has no answer`() async throws {
        for change in [[0x9F26: "29CCA15AE665FA2F"], [0x9F36: "001D"], [0x9F02: "000000004001"]] as [[UInt32: String]] {
            let verified = try await Self.verified(try Self.proof(change))
            #expect(verified.facts?.chip?.result == .noMatch && verified.chipAnswers == nil)
        }
    }

    @Test(arguments: [
        (ChipProblem.malformed, ProofVerification.Result.noMatch), (.incomplete, .noMatch), (.notARequest, .noMatch),
    ])
    func `that the message does not have in full is wrong, and says why`(
        _ row: (problem: ChipProblem, result: ProofVerification.Result)
    ) async throws {
        let facts = try await Self.verified(ChipProof(.unreadable(row.problem))).facts?.chip
        #expect(facts?.result == row.result && facts?.problem == row.problem)
    }

    @Test(arguments: ["06010A03806010", "06010A03906010"])
    func `with which the chip declined or approved asks for nothing`(_ issuerData: String) async throws {
        let facts = try await Self.verified(try Self.proof([0x9F10: issuerData])).facts?.chip
        #expect(facts?.result == .noMatch && facts?.problem == .notARequest)
        // An advice tells what the chip has decided.
        var told = try Self.proof([0x9F10: issuerData])
        told.cryptogram = .applicationAuthentication
        #expect(try await Self.verified(told).facts?.chip?.problem == nil)
    }

    @Test func `that cannot be read stays wrong while nobody can verify anything`() async throws {
        let unreadable = ChipProof(.unreadable(.malformed))
        let facts = try await Self.verified(unreadable, profiles: Profiles(isDown: true)).facts?.chip
        #expect(facts?.result == .noMatch && facts?.problem == .malformed)
        let readable = try await Self.verified(try Self.proof(), profiles: Profiles(isDown: true)).facts?.chip
        #expect(readable?.result == .notVerified && readable?.problem == .noAnswer)
    }

    @Test func `of a layout that nobody knows is wrong, and a token's or one without a key is not verified`()
        async throws
    {
        let unknown = try await Self.verified(try Self.proof([0x9F10: "06019903A06010"])).facts?.chip
        #expect(unknown?.result == .noMatch && unknown?.problem == .unknownVersion)
        var ofToken = try Self.proof()
        ofToken.isOfToken = true
        let token = try await Self.verified(ofToken).facts?.chip
        #expect(token?.result == .notVerified && token?.problem == .ofToken && token?.counter == 0x1C)
        let keyless = try await Self.verified(try Self.proof(), missing: .applicationCryptograms)
        #expect(keyless.facts?.chip?.result == .notVerified && keyless.facts?.chip?.problem == .noAnswer)
        #expect(keyless.chipAnswers == nil)
    }

    @Test func `of a token tells its counter and what differs, also where the program has no key for chips`()
        async throws
    {
        var proof = try Self.proof()
        let keyless = Profiles(hasKey: false)
        #expect(try await Self.verified(proof, profiles: keyless).facts?.chip == nil)
        proof.isOfToken = true
        proof.differences = [.amount, .date]
        proof.declined = [.amount]
        proof.scriptReport = ScriptReport(identifier: 1, result: .successful)
        let facts = try #require(try await Self.verified(proof, profiles: keyless).facts?.chip)
        #expect(facts.result == .notVerified && facts.problem == .ofToken && facts.counter == 0x1C)
        #expect(facts.differences == [.amount, .date] && facts.declinedDifferences == [.amount])
        // A script was the card's own chip's to obey.
        #expect(facts.scriptReport == nil)
        #expect(try await Self.verified(proof).facts?.chip == facts)
    }

    @Test(
        arguments: [
            (other, .active, nil, ProofVerification.Result.match), (nil, .active, nil, .match),
            (nil, .previous, nil, .match), (other, .active, .applicationCryptograms, .notVerified),
            (other, .previous, .applicationCryptograms, .notVerified),
            (nil, .active, .applicationCryptograms, .notVerified),
        ] as [(String?, KeyState, KeyUsage?, ProofVerification.Result)]
    )
    func `is wrong by all versions of its key, or not verified`(
        _ row: (next: String?, state: KeyState, missing: KeyUsage?, result: ProofVerification.Result)
    ) async throws {
        let next = (row.next, row.state)
        let verified = try await Self.verified(try Self.proof(), missing: row.missing, next: next)
        let facts = verified.facts?.chip
        #expect(facts?.result == row.result && facts?.problem == (row.result == .match ? nil : .noAnswer))
        let compared = row.missing == nil ? 1 : row.next == nil ? nil : 2
        #expect(verified.facts?.keys.chip == compared.flatMap { StoredKeyVersion("imk-ac.\($0)") })
        let wrong = try await Self.verified(try Self.proof([0x9F36: "001D"]), missing: row.missing, next: next)
        let isKnown = row.next != nil && row.missing == nil
        #expect(wrong.facts?.chip?.result == (isKnown ? .noMatch : .notVerified))
        #expect(wrong.facts?.keys == verified.facts?.keys)
        // What nobody can read is the message's fault, whichever key is there.
        let unreadable = try Self.proof([0x9F10: "06019903A06010"])
        let unknown = try await Self.verified(unreadable, missing: row.missing, next: next)
        #expect(unknown.facts?.chip?.problem == .unknownVersion && unknown.facts?.keys.isEmpty == true)
    }

    private static let other: String? = "FEDCBA98765432100123456789ABCDEF"

    @Test func `of a card that is to be blocked gets a script, where the program wants it and has the key`()
        async throws
    {
        func data(_ status: CardStatus, _ missing: KeyUsage? = nil) async throws -> [UInt8]? {
            let profiles = Profiles(status: status, blocks: [.lost])
            let verified = try await Self.verified(try Self.proof(), profiles: profiles, missing: missing)
            return verified.chipAnswers?.data(for: Self.declined(.cardLost), code: "51")
        }
        let blocking = try #require(try await data(.lost))
        // Tag 91 of ten bytes, then template 72 with the command, APPLICATION BLOCK and its MAC.
        #expect(blocking.count == 12 + 17)
        #expect(blocking.dropFirst(12).prefix(9) == [0x72, 0x0F, 0x86, 0x0D, 0x84, 0x1E, 0x00, 0x00, 0x08])
        #expect(try await data(.stolen)?.count == 12)
        #expect(try await data(.lost, .secureMessagingIntegrity)?.count == 12)
    }
}
