import AuthorizationCore
import Testing

@Suite struct `What a chip is told of its PIN` {
    /// A chip's request; each has a counter of its own.
    private static func request(
        _ counter: UInt16,
        _ script: KnownScript? = nil,
        _ report: ScriptReport? = nil,
        _ result: ProofVerification.Result = .match
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(100)
        request.network = "net"
        request.verification = VerificationFacts(profileVersion: 0)
        var facts = CryptogramFacts.proven(counter: counter)
        facts.result = result
        facts.script = script
        facts.scriptReport = report
        request.verification?.chip = facts
        return request
    }

    private static func world() -> World {
        var world = `PIN tries`.world(tries: 3)
        world.program.verification?.rules.append(ProofRule(.cryptogram, .checked))
        return world
    }

    private static let identifier = UInt32(World.dayStart.microseconds / 1_000_000) + 12 * 3_600

    private static func unblocked() -> World {
        var world = world()
        world.perform(.unblockPIN(UnblockPIN(card: World.card, reason: "called", tellsChip: true)))
        return world
    }

    private static let ready = KnownScript(identifier: identifier, isReady: true)

    private func script(_ world: World) -> PINScript? { world.state.pins[World.card]?.script }

    @Test func `waits from the unblocking on, where the chip is to be told`() {
        var world = Self.unblocked()
        #expect(script(world) == PINScript(identifier: Self.identifier, sends: 0, counter: nil))
        #expect(world.state.pins[World.card]?.tries == 0)
        world = Self.world()
        world.perform(.unblockPIN(UnblockPIN(card: World.card, reason: "called")))
        #expect(script(world) == nil)
    }

    @Test func `goes with as many answers as the program says, declines among them`() {
        var world = Self.unblocked()
        world.program.verification?.keys.chip?.scripts.sends = 2
        for (counter, sends) in [(1, 1), (2, 2), (3, 2)] as [(UInt16, UInt8)] {
            var request = Self.request(counter, Self.ready)
            if counter == 2 { request.transaction = Money(90_000_000, .euro) }
            let decision = world.perform(.authorize(request))
            #expect(decision.isApproved == (counter != 2))
            #expect(script(world) == PINScript(identifier: Self.identifier, sends: sends, counter: min(counter, 2)))
        }
    }

    @Test func `is sent once to a cryptogram that comes again with the PIN`() {
        var world = Self.unblocked()
        world.program.verification?.rules.append(ProofRule(.pin, .required))
        world.program.verification?.keys.chip?.scripts.sends = 1
        let first = world.perform(.authorize(Self.request(1, Self.ready)))
        #expect(first.declineReason == .pinMissing)
        var request = Self.request(1, Self.ready)
        request.verification?.pin = .match(reference: 2)
        let again = world.perform(.authorize(request))
        let sent = PINScript(identifier: Self.identifier, sends: 1, counter: 1)
        #expect(again.isApproved && script(world) == sent)
        // Both answers have it.
        for decision in [first, again] { #expect(decision.pin(of: World.card)?.script == sent) }
        let next = world.perform(.authorize(Self.request(2, Self.ready)))
        #expect(next.pin(of: World.card)?.script == nil && script(world) == sent)
    }

    @Test func `goes with no answer for which it was not made, and none to a chip that is not proven`() {
        var world = Self.unblocked()
        let requests = [
            Self.request(1), Self.request(2, KnownScript(identifier: Self.identifier, isReady: false)),
            Self.request(3, KnownScript(identifier: 1, isReady: true)),
            Self.request(4, Self.ready, nil, .noMatch), Self.request(5, Self.ready, nil, .notVerified),
            // Its counter was used before.
            Self.request(3, Self.ready),
        ]
        for request in requests {
            world.perform(.authorize(request))
            #expect(script(world)?.sends == 0)
        }
        world.set(.stolen)
        world.perform(.authorize(Self.request(9, Self.ready)))
        #expect(script(world)?.sends == 0)
        let advice = Advice(request: Self.request(10, Self.ready), verdict: .approved(code: ""), reason: .standIn)
        world.perform(.advise(advice))
        #expect(script(world)?.sends == 0)
    }

    @Test(arguments: ScriptReport.Result.allCases, [true, false])
    func `is done when the chip's results say so, in a request or an advice`(
        _ result: ScriptReport.Result,
        _ isAdvice: Bool
    ) {
        var world = Self.unblocked()
        func tell(_ counter: UInt16, _ identifier: UInt32) {
            let request = Self.request(counter, nil, ScriptReport(identifier: identifier, result: result))
            let advice = Advice(request: request, verdict: .approved(code: ""), reason: .completion)
            world.perform(isAdvice ? .advise(advice) : .authorize(request))
        }
        // Nobody can have obeyed what was not sent.
        tell(1, Self.identifier)
        #expect(script(world)?.sends == 0)
        world.perform(.authorize(Self.request(2, Self.ready)))
        tell(3, Self.identifier + 1)
        #expect(script(world)?.sends == 1)
        tell(4, Self.identifier)
        #expect((script(world) == nil) == (result == .successful))
    }

    @Test func `is there beside the tries that the same request counts`() {
        var world = Self.unblocked()
        var request = Self.request(1, Self.ready)
        request.kind = .atmWithdrawal
        request.verification?.pin = .noMatch(reference: 2)
        let decision = world.perform(.authorize(request))
        #expect(decision.declineReason == .pinIncorrect)
        #expect(world.state.pins[World.card]?.tries == 1 && script(world)?.sends == 1)
        world.perform(.setPIN(SetPIN(card: World.card, reference: 3)))
        #expect(world.state.pins[World.card]?.reference == 3 && script(world)?.sends == 1)
    }

    @Test func `facts are stale when the chip is to be told something else than was known`() {
        let waiting = Self.unblocked().state.pins[World.card]
        let (none, known) = (CryptogramFacts.proven(counter: 1), Self.request(1, Self.ready).verification?.chip)
        #expect(none.isStale(for: waiting) && known?.isStale(for: nil) == true)
        #expect(!none.isStale(for: nil) && known?.isStale(for: waiting) == false)
        #expect(
            !CryptogramFacts(.notVerified).isStale(for: waiting) && !CryptogramFacts(.noMatch).isStale(for: waiting)
        )
    }

    @Test func `is kept, and read again as it was`() throws {
        var world = Self.unblocked()
        let unblock = Command.unblockPIN(UnblockPIN(card: World.card, reason: "called", tellsChip: true))
        #expect(try Command(journalBytes: unblock.journalBytes) == unblock && unblock.code == 25)
        for request in [
            Self.request(1, Self.ready, ScriptReport(identifier: .max, result: .failed)), Self.request(2, Self.ready),
        ] {
            #expect(try Command(journalBytes: Command.authorize(request).journalBytes) == .authorize(request))
            #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
            let decision = world.perform(.authorize(request))
            #expect(try Decision(journalBytes: decision.journalBytes) == decision)
        }
    }
}
