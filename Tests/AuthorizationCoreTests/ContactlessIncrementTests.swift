import AuthorizationCore
import Testing

@Suite struct `Increments of payments with little proof` {
    private static let key = ContactlessKey(card: World.card, currency: .euro)

    private static func world(_ limits: (inout UnprovedLimit) -> Void) -> World {
        var world = World()
        var policy = VerificationPolicy()
        policy.keys.pin = PINVerification(.ibm3624, key: .known("pvk"))
        policy.limits = [UnprovedLimit(currency: .euro)]
        limits(&policy.limits[0])
        world.program.verification = policy
        world.state.pins[World.card] = PINState(reference: 1)
        return world
    }

    private static func request(
        _ amount: Int64,
        _ key: RequestKey,
        _ mode: EntryMode = .contactlessChip,
        isProved: Bool = false
    ) -> AuthorizationRequest {
        var request = AuthorizationRequest.of(amount, key: key)
        request.network = "test"
        request.entryMode = mode
        request.purpose = .preAuthorization
        request.verification = VerificationFacts(profileVersion: 0)
        if isProved { request.verification?.pin = .match(reference: 1) }
        return request
    }

    private static func increment(
        _ amount: Int64,
        _ number: Int,
        _ mode: EntryMode = .contactlessChip,
        by increment: Increment.Mode = .delta,
        isProved: Bool = false
    ) -> AuthorizationRequest {
        var request = request(amount, "100:\(number)", mode, isProved: isProved)
        request.purpose = .increment
        request.increment = Increment(of: .message("100:1"), mode: increment)
        return request
    }

    /// Amount, payments, round.
    private static func counter(_ world: World) -> [Int64] {
        let counter = world.state.contactlessCounters[key] ?? ContactlessCounter()
        return [counter.amount, counter.count, counter.round]
    }

    @Test(arguments: [Increment.Mode.delta, .cumulative])
    func `are limited together with what they add to`(_ mode: Increment.Mode) {
        var world = Self.world {
            $0.contactless = 5_000
            $0.cumulativeAmount = 100_000
        }
        world.perform(.authorize(Self.request(1_000, "100:1")))
        let first = Self.increment(mode == .delta ? 4_000 : 5_000, 2, by: mode)
        #expect(world.perform(.authorize(first)).isApproved)
        let second = world.perform(.authorize(Self.increment(mode == .delta ? 1 : 5_001, 3, by: mode)))
        #expect(second.declineReason == .pinNeededContactless && world.euros.pendingDebits == 5_000)
        let check = second.checks.first { $0.verdict == .failed(.pinNeededContactless) }
        #expect(check?.observed == 5_001 && check?.limit == 5_000)
        #expect(world.perform(.authorize(Self.increment(1, 4, isProved: true))).isApproved)
    }

    @Test func `are limited by themselves where what they add to had its PIN, or came in another way`() {
        for (mode, isProved) in [(EntryMode.contactlessChip, true), (.contactChip, true), (.contactChip, false)] {
            var world = Self.world {
                $0.contactless = 5_000
                $0.cumulativeAmount = 100_000
                $0.fallback = 5_000
            }
            world.perform(.authorize(Self.request(20_000, "100:1", mode, isProved: isProved)))
            #expect(world.perform(.authorize(Self.increment(1, 2))).isApproved)
            #expect(world.perform(.authorize(Self.increment(1, 3, .fallback))).isApproved)
            let much = world.decision(on: .authorize(Self.increment(5_001, 4, .fallback)))
            #expect(much.declineReason == .fallbackLimitExceeded)
            #expect(world.perform(.authorize(Self.increment(4_999, 5))).isApproved)
            #expect(world.decision(on: .authorize(Self.increment(1, 6))).declineReason == .pinNeededContactless)
        }
    }

    @Test func `are limited together with what stands of it`() throws {
        var world = Self.world {
            $0.contactless = 5_000
            $0.cumulativeAmount = 100_000
        }
        let first = try world.authorized(Self.request(5_000, "100:1"))
        world.perform(.reverse(Reversal(target: .authorization(first.id), newTotal: 1_000)))
        #expect(world.decision(on: .authorize(Self.increment(4_001, 2))).declineReason == .pinNeededContactless)
        #expect(world.decision(on: .authorize(Self.increment(4_000, 3))).isApproved)
    }

    @Test func `count with all contactless payments, and are no payments of their own`() {
        var world = Self.world {
            $0.cumulativeAmount = 15_000
            $0.cumulativeCount = 2
        }
        world.perform(.authorize(Self.request(1, "100:1")))
        for number in 2...4 { #expect(world.perform(.authorize(Self.increment(4_000, number))).isApproved) }
        #expect(Self.counter(world) == [12_001, 1, 0])
        let tooMuch = world.perform(.authorize(Self.increment(3_000, 5)))
        #expect(tooMuch.declineReason == .pinNeededContactless && Self.counter(world) == [12_001, 1, 0])
        #expect(world.perform(.authorize(Self.increment(30_000, 6, .contactChip))).isApproved)
        #expect(world.perform(.authorize(Self.request(2_999, "100:7"))).isApproved)
        #expect(Self.counter(world) == [15_000, 2, 0])
        // Once nothing of it stands, all that it was counted with is given back.
        let message = MessageIdentity(key: "400:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("100:1"), message: message)))
        #expect(Self.counter(world) == [2_999, 1, 0])
    }

    @Test(arguments: [false, true])
    func `of a payment that is not counted, or was before a PIN, make it one that is`(_ isProved: Bool) throws {
        var world = Self.world {
            $0.cumulativeAmount = 5_000
            $0.cumulativeCount = 1
        }
        world.perform(.authorize(Self.request(1_000, "100:1", isProved: isProved)))
        if !isProved { world.perform(.authorize(Self.request(100, "100:2", .contactChip, isProved: true))) }
        let round: Int64 = isProved ? 0 : 1
        #expect(Self.counter(world) == [0, 0, round])
        for number in 3...4 { #expect(world.perform(.authorize(Self.increment(500, number))).isApproved) }
        #expect(Self.counter(world) == [1_000, 1, round])
        #expect(try AccountState(journalBytes: world.state.journalBytes) == world.state)
        let other = world.decision(on: .authorize(Self.request(1, "100:5")))
        #expect(other.declineReason == .pinNeededContactless)
        let message = MessageIdentity(key: "400:1", fingerprint: [2])
        world.perform(.reverse(Reversal(target: .message("100:1"), message: message)))
        #expect(Self.counter(world) == [0, 0, round])
    }

    @Test func `that were approved elsewhere are counted, beyond any limit`() {
        var world = Self.world { $0.cumulativeAmount = 2_000 }
        world.perform(.authorize(Self.request(1_000, "100:1")))
        var request = Self.increment(4_000, 2)
        request.message?.key = "120:2"
        let verdict = Advice.Verdict.approved(code: "A1")
        let advice = Advice(request: request, verdict: verdict, reason: .standIn, original: .message("100:2"))
        #expect(world.perform(.advise(advice)).acknowledgement == .applied)
        #expect(Self.counter(world) == [5_000, 1, 0])
    }
}
