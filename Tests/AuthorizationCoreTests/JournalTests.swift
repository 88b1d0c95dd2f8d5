import AuthorizationCore
import TestSeed
import Testing

@Suite struct `Journal form` {
    @Test func `a channel and an unknown issuer are announced by a second byte, and without them there is none`() throws
    {
        var plain = Self.divided
        plain.card = nil
        let bytes = plain.journalBytes
        #expect(Self.channeled.journalBytes == [bytes[0] | 128, 11] + bytes.dropFirst() + [2])
        for further in [0, 4, 16, 128] as [UInt8] {
            #expect(throws: JournalError.self) {
                try AuthorizationRequest(journalBytes: [bytes[0] | 128, further] + bytes.dropFirst())
            }
        }
    }

    @Test func `facts for disputes follow the rest, and a request without them is as it was`() throws {
        let plain = AuthorizationRequest.of(1)
        let disputable = Self.disputable(plain)
        #expect(disputable.journalBytes.first == (plain.journalBytes.first ?? 0) | 16)
        #expect(disputable.journalBytes.dropFirst().starts(with: plain.journalBytes.dropFirst()))
        var tooLong = disputable
        tooLong.disputeFacts?.acceptor += "é"
        #expect(throws: JournalError.self) { try AuthorizationRequest(journalBytes: tooLong.journalBytes) }
        var empty = plain
        empty.disputeFacts = DisputeFacts()
        #expect(throws: JournalError.self) { try AuthorizationRequest(journalBytes: empty.journalBytes) }
    }

    @Test func `facts for disputes decide nothing`() {
        var (plain, disputed) = (World(), World())
        let request = AuthorizationRequest.of(100)
        #expect(plain.perform(.authorize(request)) == disputed.perform(.authorize(Self.disputable(request))))
    }

    @Test func `every kind of command is what it was after writing and reading`() throws {
        for command in Self.commandsOfEveryKind {
            #expect(try Command(journalBytes: command.journalBytes) == command)
        }
        #expect(Set(Self.commandsOfEveryKind.map(\.code)) == Set(1...8).union(10...24).union(26...29).union(33...36))
    }

    @Test func `commands, decisions, programs and moments of random histories survive`() throws {
        let seed = TestSeed.value
        print("AVAL_SEED=\(seed)")
        for number in 0..<300 {
            var random = RandomCommands(seed: seed &+ UInt64(number))
            var world = random.world()
            #expect(try Program(journalBytes: world.program.journalBytes) == world.program)
            for _ in 0..<10 {
                let command = random.command(in: world)
                let decision = world.perform(command)
                #expect(try Command(journalBytes: command.journalBytes) == command)
                #expect(try Decision(journalBytes: decision.journalBytes) == decision)
                #expect(try Moment(journalBytes: world.moment.journalBytes) == world.moment)
            }
        }
    }

    @Test func `every outcome survives`() throws {
        let id = AuthorizationID(high: 1, low: 2)
        var outcomes: [Outcome] = [.done, .approved(Approval(authorization: id, code: 999_999))]
        outcomes += DeclineReason.allCases.map { .declined($0, id) }
        outcomes += Refusal.allCases.map { .refused($0) }
        outcomes += ExceptionReason.allCases.map { .acknowledged(.exception($0), nil) }
        outcomes += [Acknowledgement.applied, .nothingLeft, .waitsForOriginal, .recorded].map { .acknowledged($0, id) }
        let amounts = ApprovedAmounts(transaction: Money(7, .yen), billing: Money(1, .euro))
        outcomes.append(.acknowledged(.recordedIncrement(amounts), id))
        let told = ToldBalance(available: Money(.min, .yen), ledger: Money(.max, .yen))
        for extent in [Approval.Extent.asRequested, .partial(amounts), .added(amounts)] {
            outcomes += [nil, told].map {
                .approved(Approval(authorization: id, code: 1, extent: extent, balance: $0))
            }
        }
        for outcome in outcomes {
            #expect(try Outcome(journalBytes: outcome.journalBytes) == outcome)
        }
    }

    @Test func `details that say nothing are no form of a request or a program`() throws {
        var empty = Command.authorize(.of(1)).journalBytes
        // The command's number comes first, then whether there is a card and details.
        empty[1] |= 2
        #expect(throws: JournalError.self) { try Command(journalBytes: empty + [0, 0, 0, 0, 0, 0]) }
        empty[1] ^= 6
        #expect(throws: JournalError.self) { try Command(journalBytes: empty + [0, 0]) }
        #expect(throws: JournalError.self) { try Program(journalBytes: World().program.journalBytes + [1, 1, 1]) }
    }

    @Test(arguments: [0, 1, -1, 63, 64, -64, -65, 1 << 31, .max, .min, .max - 1, .min + 1] as [Int64])
    func `integers of every size survive`(_ value: Int64) throws {
        var writer = ByteWriter()
        writer.write(value)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.int64() == value)
        #expect(reader.isAtEnd)
    }

    @Test func `a set is written in one order, whatever order it was made in`() {
        var world = World()
        var reversed = world
        world.program.kinds = []
        reversed.program.kinds = []
        for kind in TransactionKind.allCases { world.program.kinds.insert(kind) }
        for kind in TransactionKind.allCases.reversed() { reversed.program.kinds.insert(kind) }
        #expect(world.program.journalBytes == reversed.program.journalBytes)
    }

    @Test func `bytes cut short or followed by more are an error`() {
        for command in Self.commandsOfEveryKind {
            let bytes = command.journalBytes
            for length in 0..<bytes.count {
                #expect(throws: JournalError.self) { try Command(journalBytes: Array(bytes.prefix(length))) }
            }
            #expect(throws: JournalError.self) { try Command(journalBytes: bytes + [0]) }
        }
    }
}
