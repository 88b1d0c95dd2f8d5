import AuthorizationCore
import Testing

@Suite struct `Changing a PIN at a machine` {
    private static let right = PINFacts.match(reference: 2)

    private static func request(_ present: PINFacts?, _ new: NewPINFacts?) -> AuthorizationRequest {
        var request = `PIN tries`.request(present, 0)
        request.kind = .pinChange
        request.verification?.newPIN = new
        return request
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var present: PINFacts?
        var new: NewPINFacts?
        /// Tries before; nil for a card without a PIN. Its reference is version 2.
        var tries: UInt8? = 0
        /// Nil for an approval.
        var reason: DeclineReason?
        /// Tries and reference afterwards.
        var after: [Int32]
    }

    private static let rows: [Row] = [
        Row(testDescription: "right and new", present: right, new: .made(reference: 3), reason: nil, after: [0, 3]),
        Row(
            testDescription: "right after wrong ones",
            present: right,
            new: .made(reference: 3),
            tries: 2,
            reason: nil,
            after: [0, 3]
        ),
        Row(
            testDescription: "wrong",
            present: .noMatch(reference: 2),
            new: .made(reference: 3),
            tries: 1,
            reason: .pinIncorrect,
            after: [2, 2]
        ),
        Row(
            testDescription: "right, too late",
            present: right,
            new: .made(reference: 3),
            tries: 3,
            reason: .pinTriesExceeded,
            after: [3, 2]
        ),
        Row(
            testDescription: "not verified",
            present: .notVerified(.unavailable),
            new: .made(reference: 3),
            tries: 1,
            reason: .pinNotVerified,
            after: [1, 2]
        ),
        Row(testDescription: "no present PIN", present: nil, new: nil, reason: .pinMissing, after: [0, 2]),
        Row(testDescription: "no new PIN", present: right, new: nil, tries: 1, reason: .newPinMissing, after: [0, 2]),
        Row(
            testDescription: "a new PIN that cannot be read",
            present: right,
            new: .notMade(.blockNotOpened),
            tries: 1,
            reason: .newPinNotUsable,
            after: [0, 2]
        ),
        Row(
            testDescription: "a new PIN of another version",
            present: right,
            new: .made(reference: 4),
            reason: .newPinNotUsable,
            after: [0, 2]
        ),
        Row(
            testDescription: "a card without a PIN",
            present: .notVerified(.notSet),
            new: .made(reference: 1),
            tries: nil,
            reason: .pinNotVerified,
            after: []
        ),
    ]

    @Test(arguments: rows)
    func `needs the present PIN and a new one, and moves nothing`(_ row: Row) {
        var world = `PIN tries`.world(tries: row.tries)
        let money = world.state.balances
        let decision = world.perform(.authorize(Self.request(row.present, row.new)))
        #expect(decision.declineReason == row.reason)
        let pin = world.state.pins[World.card]
        #expect(pin.map { [Int32($0.tries), $0.reference] } ?? [] == row.after)
        #expect(world.state.balances == money && decision.transfers.isEmpty)
    }

    @Test(arguments: ProofDemand.allCases)
    func `needs the present PIN whatever the table says`(_ demand: ProofDemand) {
        var world = `PIN tries`.world()
        world.program.verification?.rules.append(ProofRule(.pin, demand))
        #expect(world.perform(.authorize(Self.request(nil, nil))).declineReason == .pinMissing)
        let wrong = Self.request(.noMatch(reference: 2), .made(reference: 3))
        #expect(world.perform(.authorize(wrong)).declineReason == .pinIncorrect)
        #expect(world.state.pins[World.card]?.tries == 1)
    }

    @Test func `is declined where nothing is verified`() {
        var world = World()
        world.state.pins[World.card] = `PIN tries`.state(0)
        #expect(world.perform(.authorize(.of(0, .euro, .pinChange))).declineReason == .pinNotVerified)
        let request = Self.request(Self.right, .made(reference: 3))
        #expect(world.perform(.authorize(request)).declineReason == .pinNotVerified)
        #expect(world.state.pins[World.card]?.reference == 2)
    }

    @Test(arguments: CardStatus.allCases)
    func `takes place with a card that may pay, and else only counts`(_ status: CardStatus) {
        var world = `PIN tries`.world(tries: 2)
        world.set(status)
        world.perform(.authorize(Self.request(Self.right, .made(reference: 3))))
        #expect(world.state.pins[World.card] == (status == .active ? PINState(reference: 3) : PINState(reference: 2)))
    }

    @Test func `is declined where the program does not allow it`() {
        var world = `PIN tries`.world()
        world.program.kinds.remove(.pinChange)
        let decision = world.perform(.authorize(Self.request(Self.right, .made(reference: 3))))
        #expect(decision.declineReason == .kindNotAllowed && world.state.pins[World.card]?.reference == 2)
    }

    @Test func `is kept, and read again as it was`() throws {
        for row in Self.rows {
            let command = Command.authorize(Self.request(row.present, row.new))
            #expect(try Command(journalBytes: command.journalBytes) == command)
        }
        for bytes in [[1, 0], [3], [2, 99]] as [[UInt8]] {
            #expect(throws: JournalError.self) { try NewPINFacts(journalBytes: bytes) }
        }
    }
}
