import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Testing

/// From a card's profile to the commands in element 55. All keys are the same; data and MACs were made apart, with
/// Python's pyemv, for the card and the cryptogram of the published vector sh-emv-001.
@Suite struct `A chip's commands` {
    static let program = ProgramID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1)
    static let card = CardID(at: .distantPast, shard: Shard(truncating: 1), entropy: 2)
    static let method = StoredKeyName("pvk").map { PINVerification(.visaPVV(keyIndex: 1), key: $0) }
    static let keys: [(name: String, usage: KeyUsage)] = [
        ("imk-ac", .applicationCryptograms), ("imk-smi", .secureMessagingIntegrity),
        ("imk-smc", .secureMessagingConfidentiality), ("pvk", .visaPVV), ("zone", .pinEncryption),
    ]

    private static let authentication = "910A28993816AFAE4AEB3030"

    /// An approval, with what the decision made of the card's PIN.
    private static func approved(_ script: PINScript? = nil) -> Decision {
        let id = AuthorizationID(at: .distantPast, shard: Shard(truncating: 1), entropy: 1)
        var pin = PINState(reference: 1)
        pin.script = script
        return Decision(.approved(Approval(authorization: id, code: 1)), changes: [.pin(card, pin)])
    }

    @Test(arguments: [(ScriptRules.Template.before, "71"), (.after, "72")])
    func `give its PIN's tries back once the decision counts them`(
        _ row: (template: ScriptRules.Template, tag: String)
    ) async throws {
        let waiting = PINScript(identifier: 0x0102_0304, sends: 0, counter: nil)
        let verified = try await World(script: waiting, row.template).verified()
        #expect(verified.facts?.chip?.script == KnownScript(identifier: waiting.identifier, isReady: true))
        let sent = PINScript(identifier: waiting.identifier, sends: 1, counter: 0x1C)
        let command = row.tag + "16" + "9F180401020304" + "860D8424000008" + "6E9A632DE9542A2C"
        #expect(
            verified.chipAnswers?.data(for: Self.approved(sent), code: "00")
                == Self.bytes(Self.authentication + command)
        )
        #expect(verified.chipAnswers?.data(for: Self.approved(waiting), code: "00") == Self.bytes(Self.authentication))
    }

    @Test(arguments: EntryMode.allCases)
    func `give them back to a card that was put in alone`(_ entryMode: EntryMode) async throws {
        var world = try await World(script: PINScript(identifier: 1, sends: 0, counter: nil))
        world.entryMode = entryMode
        let script = try await world.verified().facts?.chip?.script
        #expect(script == KnownScript(identifier: 1, isReady: entryMode == .contactChip))
    }

    @Test func `are not there without their key, and nothing else changes`() async throws {
        let waiting = PINScript(identifier: 1, sends: 0, counter: nil)
        let world = try await World(script: waiting, missing: .secureMessagingIntegrity)
        let verified = try await world.verified()
        #expect(verified.facts?.chip?.script == KnownScript(identifier: 1, isReady: false))
        #expect(verified.chipAnswers?.data(for: Self.approved(), code: "00") == Self.bytes(Self.authentication))
    }

    /// Whether the key that both PINs come under is known only when it is looked for again.
    @Test(arguments: [false, true])
    func `bring a new PIN, enciphered, with the approval of its change`(isLate: Bool) async throws {
        var world = try await World()
        if isLate { try world.loseZoneKey() }
        let verified = try await world.verified(("4929", "1111"))
        #expect(verified.pinReference != nil)
        #expect(verified.facts?.pin == .match(reference: 1) && verified.facts?.newPIN == .made(reference: 2))
        let keys = try #require(verified.facts?.keys)
        #expect([keys.pin, keys.newPIN].allSatisfy { $0 == StoredKeyVersion("pvk.1") })
        #expect(keys.chip == StoredKeyVersion("imk-ac.1"))
        let command = "721F861D8424000218" + "7D7FE374102D73458D08A78898CB7220" + "878002AA14B93EC9"
        #expect(verified.chipAnswers?.data(for: Self.approved(), code: "00") == Self.bytes(Self.authentication))
        #expect(verified.chipAnswers?.newPIN(for: Self.approved()) == Self.bytes(command))
        let declined = Decision(.declined(.insufficientFunds, nil))
        #expect(verified.chipAnswers?.data(for: declined, code: "00")?.count == 12)
        #expect(verified.chipAnswers?.newPIN(for: declined) == nil)
    }

    /// What the chip sends and is sent was made with Python's pyemv.
    @Test func `go by the version of the cryptogram that they answer`() async throws {
        let chip: [UInt32: String] = [0x9F10: "06012203A06010", 0x9F26: "65787E38597A04D4"]
        let changed = try await World().verified(("4929", "1111"), chip)
        let change = "721F861D8424000218" + "C7C72360B6ECC99EDCCA672FE9FEDC20" + "285C5290664DF3C6"
        #expect(changed.chipAnswers?.newPIN(for: Self.approved()) == Self.bytes(change))
        let waiting = PINScript(identifier: 0x0102_0304, sends: 0, counter: nil)
        let unblocked = try await World(script: waiting).verified(nil, chip)
        let sent = PINScript(identifier: waiting.identifier, sends: 1, counter: 0x1C)
        let command = "7216" + "9F180401020304" + "860D8424000008" + "6A509F66F705BBAC"
        #expect(
            unblocked.chipAnswers?.data(for: Self.approved(sent), code: "00")
                == Self.bytes("9108FC07344900800000" + command)
        )
    }

    @Test(arguments: [KeyUsage.secureMessagingConfidentiality, .secureMessagingIntegrity])
    func `make a new PIN unusable where they cannot bring it`(_ missing: KeyUsage) async throws {
        let keyless = try await World(missing: missing).verified(("4929", "1111"))
        #expect(keyless.facts?.newPIN == .notMade(.keyNotUsable) && keyless.pinReference == nil)
        #expect(keyless.facts?.keys.newPIN == nil && keyless.facts?.keys.pin != nil)
        #expect(keyless.chipAnswers?.newPIN(for: Self.approved()) == nil)
        // A program that tells chips of no PIN changes it without them.
        let silent = try await World(missing: missing, tellsChips: false).verified(("4929", "1111"))
        #expect(silent.facts?.newPIN == .made(reference: 2) && silent.pinReference != nil)
    }

    @Test(arguments: [EntryMode.contactlessChip, .unknown])
    func `make a new PIN unusable where the card has gone before they come`(_ entryMode: EntryMode) async throws {
        var world = try await World()
        world.entryMode = entryMode
        let tapped = try await world.verified(("4929", "1111"))
        #expect(tapped.facts?.newPIN == .notMade(.keyNotUsable) && tapped.pinReference == nil)
        var silent = try await World(tellsChips: false)
        silent.entryMode = entryMode
        #expect(try await silent.verified(("4929", "1111")).facts?.newPIN == .made(reference: 2))
    }

    /// The chip has one of them, and nobody knows which.
    @Test(arguments: [(KeyUsage.secureMessagingConfidentiality, true), (.secureMessagingIntegrity, false)])
    func `are not made while there are several versions of their key`(
        _ row: (usage: KeyUsage, isTold: Bool)
    ) async throws {
        var world = try await World(script: PINScript(identifier: 1, sends: 0, counter: nil))
        let usages = [KeyUsage.secureMessagingConfidentiality, .secureMessagingIntegrity]
        for (isMissing, known) in [(false, nil), (true, nil), (false, 2), (false, 3)] as [(Bool, Int32?)] {
            try world.addPrevious(of: row.usage, isMissing: isMissing)
            world.know(version: known ?? 1, of: known == nil ? [] : [row.usage])
            let told = try await world.verified()
            #expect(told.facts?.chip?.result == .match)
            #expect(told.facts?.chip?.script == KnownScript(identifier: 1, isReady: row.isTold))
            let changed = try await world.verified(("4929", "1111"))
            #expect(changed.facts?.newPIN == .notMade(.keyNotUsable) && changed.pinReference == nil)
            #expect(changed.chipAnswers?.newPIN(for: Self.approved()) == nil)
        }
        // Where the chip knows which one it has, it does not matter how many there are, or that another one is missing.
        world.know(version: 1, of: usages)
        for isMissing in [false, true] {
            try world.addPrevious(of: row.usage, isMissing: isMissing)
            let told = try await world.verified()
            #expect(told.facts?.chip?.script == KnownScript(identifier: 1, isReady: true))
            let changed = try await world.verified(("4929", "1111"))
            #expect(changed.facts?.newPIN == .made(reference: 2))
            #expect(changed.chipAnswers?.newPIN(for: Self.approved()) != nil)
        }
    }

    @Test(arguments: [(Int32(1), ProofVerification.Result.match), (2, .notVerified), (3, .notVerified)])
    func `answer a cryptogram by the version that its card was made with, and by no other one`(
        _ row: (version: Int32, result: ProofVerification.Result)
    ) async throws {
        var world = try await World()
        try world.addPrevious(of: .applicationCryptograms)
        world.know(version: row.version, of: [.applicationCryptograms])
        let facts = try await world.verified().facts?.chip
        #expect(facts?.result == row.result && facts?.problem == (row.result == .match ? nil : .noAnswer))
    }

    @Test(arguments: [(UInt8(0), true, true), (1, true, false), (1, false, true)])
    func `go to the newest of the active chips alone, and only it ends them`(
        _ row: (other: UInt8, isActive: Bool, isTold: Bool)
    ) async throws {
        let waiting = PINScript(identifier: 9, sends: 1, counter: nil)
        var world = try await World(script: waiting)
        world.report = ScriptReport(identifier: 9, result: .successful)
        world.add(row.other, isActive: row.isActive)
        let facts = try await world.verified().facts?.chip
        #expect(facts?.result == .match && facts?.script == KnownScript(identifier: 9, isReady: row.isTold))
        #expect(facts?.scriptReport == (row.isTold ? world.report : nil))
    }

    @Test func `bring no new PIN, and none is made, where the present one is wrong`() async throws {
        let verified = try await World().verified(("4928", "1111"))
        #expect(verified.facts?.pin == .noMatch(reference: 1) && verified.facts?.newPIN == nil)
        #expect(verified.facts?.keys.pin == StoredKeyVersion("pvk.1") && verified.facts?.keys.newPIN == nil)
        #expect(verified.pinReference == nil)
        #expect(verified.chipAnswers?.data(for: Self.approved(), code: "00")?.count == 12)
    }
}
