import AuthorizationCore
import TestSeed
import Testing

@Suite struct `PIN tries` {
    private static let limit: UInt8 = 3

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Tries before; nil for a card without a PIN. Its reference is version 2.
        var tries: UInt8?
        var facts: PINFacts
        var verdict: PINVerdict
        var after: UInt8?
    }

    private static let right = PINFacts.match(reference: 2)
    private static let wrong = PINFacts.noMatch(reference: 2)

    private static let rows: [Row] = [
        Row(testDescription: "right", tries: 0, facts: right, verdict: .correct, after: 0),
        Row(testDescription: "right after wrong ones", tries: 2, facts: right, verdict: .correct, after: 0),
        Row(testDescription: "wrong", tries: 0, facts: wrong, verdict: .incorrect, after: 1),
        Row(testDescription: "wrong for the last time", tries: 2, facts: wrong, verdict: .incorrect, after: 3),
        Row(testDescription: "right, too late", tries: 3, facts: right, verdict: .triesExceeded, after: 3),
        Row(testDescription: "wrong, too late", tries: 3, facts: wrong, verdict: .triesExceeded, after: 3),
        Row(
            testDescription: "unknown, too late",
            tries: 3,
            facts: .notVerified(.unavailable),
            verdict: .triesExceeded,
            after: 3
        ),
        Row(testDescription: "a limit that was lowered", tries: 9, facts: right, verdict: .triesExceeded, after: 9),
        Row(
            testDescription: "right by an older reference",
            tries: 1,
            facts: .match(reference: 1),
            verdict: .notVerified,
            after: 1
        ),
        Row(
            testDescription: "wrong by an older reference",
            tries: 1,
            facts: .noMatch(reference: 1),
            verdict: .notVerified,
            after: 1
        ),
        Row(testDescription: "right, without a PIN", tries: nil, facts: right, verdict: .notVerified, after: nil),
        Row(testDescription: "wrong, without a PIN", tries: nil, facts: wrong, verdict: .notVerified, after: nil),
    ]

    private static let unknown = PINFacts.Obstacle.allCases.flatMap { obstacle in
        [nil, 0, 2].map { tries in
            Row(
                testDescription: "\(obstacle), tries \(tries.map(String.init) ?? "none")",
                tries: tries,
                facts: .notVerified(obstacle),
                verdict: .notVerified,
                after: tries
            )
        }
    }

    static func state(_ tries: UInt8?) -> PINState? {
        tries.map { tries in
            var state = PINState(reference: 2)
            state.tries = tries
            return state
        }
    }

    @Test(arguments: rows + unknown)
    func `each state and finding has its verdict and next state`(_ row: Row) {
        let judged = Self.state(row.tries).judging(row.facts, limit: Self.limit)
        #expect(judged.verdict == row.verdict)
        #expect(judged.after == Self.state(row.after))
    }

    /// A network's request with a PIN, at a machine, where one is required.
    static func request(_ facts: PINFacts?, _ amount: Int64 = 1_000) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, .euro, .atmWithdrawal)
        request.network = "net"
        if let facts {
            request.verification = VerificationFacts(profileVersion: 0)
            request.verification?.pin = facts
        }
        return request
    }

    static func world(tries: UInt8? = 0) -> World {
        var world = World()
        world.program.verification = .withAllKeys
        // Only the PIN is at stake here.
        for proof in Proof.allCases where proof != .pin {
            world.program.verification?.rules.append(ProofRule(proof, .ignored))
        }
        world.state.pins[World.card] = state(tries)
        return world
    }

    @Test(arguments: rows + unknown)
    func `a request is declined for its PIN as the verdict says, and the tries are committed`(_ row: Row) {
        var world = Self.world(tries: row.tries)
        let decision = world.perform(.authorize(Self.request(row.facts)))
        #expect(decision.declineReason == row.verdict.reason)
        #expect(world.state.pins[World.card] == Self.state(row.after))
    }

    @Test func `a machine pays nothing without a PIN, and that is no try`() {
        var world = Self.world(tries: 1)
        #expect(world.perform(.authorize(Self.request(nil))).declineReason == .pinMissing)
        #expect(world.state.pins[World.card]?.tries == 1)
    }

    @Test func `a PIN may be left out where it is not required, but not be wrong or unverified`() {
        var world = Self.world()
        world.program.verification?.rules.append(ProofRule(.pin, .checked))
        #expect(world.perform(.authorize(Self.request(nil))).isApproved)
        let unverified = Self.request(.notVerified(.unavailable))
        #expect(world.perform(.authorize(unverified)).declineReason == .pinNotVerified)
        #expect(world.perform(.authorize(Self.request(Self.wrong))).declineReason == .pinIncorrect)
        #expect(world.state.pins[World.card]?.tries == 1)
    }

    @Test(arguments: [ProofDemand.ignored, .forbidden])
    func `where a PIN is not looked at, none is counted`(_ demand: ProofDemand) {
        var world = Self.world(tries: 1)
        world.program.verification?.rules.append(ProofRule(.pin, demand))
        for facts in [Self.wrong, Self.right] {
            world.perform(.authorize(Self.request(facts)))
            #expect(world.state.pins[World.card]?.tries == 1)
        }
    }

    @Test(arguments: CardStatus.allCases)
    func `a try counts and a right PIN forgives whatever else declines the request`(_ status: CardStatus) {
        var world = Self.world(tries: 1)
        world.set(status)
        world.perform(.authorize(Self.request(Self.wrong, 90_000_000)))
        #expect(world.state.pins[World.card]?.tries == 2)
        let decision = world.perform(.authorize(Self.request(Self.right, 90_000_000)))
        #expect(!decision.isApproved)
        #expect(world.state.pins[World.card]?.tries == 0)
    }

    @Test func `a reversal gives no tries back`() {
        var world = Self.world()
        var request = Self.request(Self.wrong)
        request.message = MessageIdentity(key: "k", fingerprint: [1])
        world.perform(.authorize(request))
        world.perform(.reverse(Reversal(target: .message("k"))))
        #expect(world.state.pins[World.card]?.tries == 1)
    }

    @Test func `in any order of guesses no more than the limit is counted, and none is right after that`() {
        let seed = TestSeed.value
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            var world = Self.world()
            var tries = 0
            for _ in 0..<20 {
                let isRight = random.next() % 8 == 0
                let decision = world.perform(.authorize(Self.request(isRight ? Self.right : Self.wrong, 1)))
                let expected: DeclineReason? =
                    tries >= Self.limit ? .pinTriesExceeded : isRight ? nil : .pinIncorrect
                #expect(decision.declineReason == expected, "\(seed)")
                if tries < Self.limit { tries = isRight ? 0 : tries + 1 }
                #expect(Int(world.state.pins[World.card]?.tries ?? 0) == tries, "\(seed)")
            }
        }
    }
}

@Suite struct `Setting PINs` {
    private static func set(_ reference: Int32, _ current: PINFacts? = nil) -> Command {
        .setPIN(SetPIN(card: World.card, reference: reference, current: current))
    }

    @Test func `the first PIN has version 1, and each new one the next, with all tries`() {
        var world = `PIN tries`.world(tries: nil)
        #expect(world.perform(Self.set(1)).outcome == .done)
        #expect(world.state.pins[World.card] == PINState(reference: 1))
        world.state.pins[World.card]?.tries = 3
        #expect(world.perform(Self.set(2)).outcome == .done)
        #expect(world.state.pins[World.card] == PINState(reference: 2))
    }

    @Test(arguments: [1, 2, 4] as [Int32])
    func `a PIN made for another version than the next is refused`(_ reference: Int32) {
        let world = `PIN tries`.world(tries: 1)
        #expect(world.decision(on: Self.set(reference)) == .refused(.pinChanged))
    }

    @Test(
        arguments: [
            (.match(reference: 2), 2, nil, 0), (.noMatch(reference: 2), 1, .pinIncorrect, 2),
            (.match(reference: 2), 3, .pinTriesExceeded, 3), (.noMatch(reference: 2), 3, .pinTriesExceeded, 3),
            (.match(reference: 1), 1, .pinNotVerified, 1), (.notVerified(.unavailable), 1, .pinNotVerified, 1),
        ] as [(PINFacts, UInt8, DeclineReason?, UInt8)]
    )
    func `who changes a PIN gives the present one, whose tries count`(
        _ row: (current: PINFacts, tries: UInt8, reason: DeclineReason?, after: UInt8)
    ) {
        var world = `PIN tries`.world(tries: row.tries)
        let decision = world.perform(Self.set(3, row.current))
        #expect(decision.declineReason == row.reason)
        #expect(world.state.pins[World.card]?.tries == row.after)
        #expect(world.state.pins[World.card]?.reference == (row.reason == nil ? 3 : 2))
    }

    @Test func `unblocking gives all tries back, of a card that has a PIN`() {
        let unblock = Command.unblockPIN(UnblockPIN(card: World.card, reason: "asked for"))
        var world = `PIN tries`.world(tries: 3)
        #expect(world.perform(unblock).outcome == .done)
        #expect(world.state.pins[World.card] == `PIN tries`.state(0))
        #expect(`PIN tries`.world(tries: nil).decision(on: unblock) == .refused(.transitionNotAllowed))
    }

    @Test(arguments: CardStatus.allCases)
    func `a card that is not to be used again gets no PIN`(_ status: CardStatus) {
        var world = `PIN tries`.world(tries: 1)
        world.set(status)
        let isAllowed =
            switch status {
            case .inactive, .active, .frozen, .blocked: true
            case .lost, .stolen, .closed: false
            }
        for command in [Self.set(3), .unblockPIN(UnblockPIN(card: World.card, reason: ""))] {
            #expect(world.decision(on: command).outcome == (isAllowed ? .done : .refused(.transitionNotAllowed)))
        }
        let other = CardID(at: World.dayStart, shard: World.shard, entropy: 9)
        let unknown = Command.setPIN(SetPIN(card: other, reference: 1))
        #expect(world.decision(on: unknown) == .refused(.cardNotFound))
    }

    private static let facts: [PINFacts] =
        [.match(reference: 1), .noMatch(reference: .max)] + PINFacts.Obstacle.allCases.map { .notVerified($0) }

    @Test func `commands, facts and states are read as they were written`() throws {
        for facts in Self.facts {
            let command = Self.set(7, facts)
            #expect(try Command(journalBytes: command.journalBytes) == command)
            let request = Command.authorize(`PIN tries`.request(facts))
            #expect(try Command(journalBytes: request.journalBytes) == request)
        }
        let unblock = Command.unblockPIN(UnblockPIN(card: World.card, reason: "señor"))
        #expect(try Command(journalBytes: unblock.journalBytes) == unblock)
        let state = `PIN tries`.world(tries: 2).state
        #expect(try AccountState(journalBytes: state.journalBytes) == state)
    }

    @Test func `a reference's version is above zero`() {
        for bytes in [Self.set(0).journalBytes, Self.set(-1).journalBytes, PINState(reference: 0).journalBytes] {
            #expect(throws: JournalError.self) { _ = try Command(journalBytes: bytes) }
        }
        #expect(throws: JournalError.self) { try PINState(journalBytes: PINState(reference: 0).journalBytes) }
        #expect(throws: JournalError.self) { try PINFacts(journalBytes: PINFacts.match(reference: 0).journalBytes) }
    }

    @Test func `facts are stale when they were found with something else than what is in force`() {
        let pin = `PIN tries`.state(0)
        #expect(PINFacts.match(reference: 1).isStale(for: pin) && PINFacts.noMatch(reference: 3).isStale(for: pin))
        #expect(PINFacts.notVerified(.notSet).isStale(for: pin) && PINFacts.match(reference: 1).isStale(for: nil))
        #expect(!PINFacts.match(reference: 2).isStale(for: pin) && !PINFacts.noMatch(reference: 2).isStale(for: pin))
        #expect(!PINFacts.notVerified(.notSet).isStale(for: nil))
        #expect(!PINFacts.notVerified(.unavailable).isStale(for: pin))
    }
}
