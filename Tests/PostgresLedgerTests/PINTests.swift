import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import PostgresLedger
import TestSupport
import Testing

/// From a typed PIN to its row: a real module, real lanes, a real database.
@Suite struct `PINs in the ledger` {
    private struct World {
        let database: TestDatabase
        /// Two services on one database.
        let ledgers: [TestLedger]
        let card: TestLedger.IssuedCard
        let pan: PAN
        let pins: TestPINs
        let reader: PostgresReader
        private let directory: PostgresDirectory

        init(_ method: PINVerification.Method = .visaPVV(keyIndex: 1)) async throws {
            database = try TestDatabase.make()
            let ledger = try TestLedger(database, lanes: 2)
            let key = try #require(SecretKey(hexadecimal: Array(String(repeating: "5", count: 64).utf8)))
            let vault = PANVault(encryptionKey: key, indexKey: key)
            pins = try TestPINs(for: ledger.program.id, vault: vault, by: method)
            var program = ledger.program
            program.version = 2
            program.verification = pins.policy
            for proof in Proof.allCases where proof != .pin {
                program.verification?.rules.append(ProofRule(proof, proof == .cryptogram ? .checked : .ignored))
            }
            program.verification?.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
            program.kinds.insert(.pinChange)
            try Administration(try TestDatabase.connect(database.ownerURL)).add(program, name: "Test", author: "test")
            card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
            pan = try #require(PAN(ascii: "9999991234567890".utf8))
            ledgers = [ledger, TestLedger(replicaOf: ledger)]
            directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
            reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        }

        func close() {
            for ledger in ledgers { ledger.close() }
            reader.close()
            directory.close()
        }

        func arrival(of digits: String) throws -> PINModule.Arrival {
            let program = ledgers[0].program.id
            let pin = try pins.presented(digits, for: pan)
            return PINModule.Arrival(pin, pan: pan, from: .program(program), to: card.id, of: program)
        }

        func facts(of arrival: PINModule.Arrival, stored: StoredPIN?) async -> PINFacts {
            await pins.module.finding(of: arrival, stored: stored).facts
        }

        @discardableResult
        func set(_ digits: String, current: String? = nil) async throws -> Outcome? {
            let stored = try await reader.pin(of: card.id)
            let version = (stored?.state.reference ?? 0) + 1
            let method = try #require(pins.policy.keys.pin)
            let reference = try await pins.module.reference(of: try arrival(of: digits), by: method, version: version)
            var command = SetPIN(card: card.id, reference: version)
            command.keys.newPIN = reference.key
            if let current {
                let finding = await pins.module.finding(of: try arrival(of: current), stored: stored)
                (command.current, command.keys.pin) = (finding.facts, finding.key)
            }
            return await perform(.setPIN(command), reference).outcome
        }

        func perform(_ command: Command, _ reference: SealedPINReference? = nil, by number: Int = 0) async -> Reply {
            await ledgers[number % ledgers.count].perform(command, on: card.account, pinReference: reference)
        }

        /// A cardholder at a machine.
        func pay(_ digits: String, by number: Int = 0) async throws -> Outcome? {
            let stored = try await reader.pin(of: card.id)
            var request = try TestLedger.payment(100, with: card.id, kind: .atmWithdrawal)
            request.network = "net"
            request.entryMode = .contactChip
            request.verification = VerificationFacts(profileVersion: 0)
            let finding = await pins.module.finding(of: try arrival(of: digits), stored: stored)
            request.verification?.pin = finding.facts
            request.verification?.keys.pin = finding.key
            return await perform(.authorize(request), by: number).outcome
        }

        /// A cardholder who changes the PIN at a machine, with what was found of both.
        func change(_ digits: String, to new: String, key: String) async throws -> Reply {
            let stored = try await reader.pin(of: card.id)
            let version = (stored?.state.reference ?? 0) + 1
            let message = MessageIdentity(key: key, fingerprint: [1])
            var request = try TestLedger.payment(0, with: card.id, kind: .pinChange, message: message)
            request.network = "net"
            request.verification = VerificationFacts(profileVersion: 0)
            let finding = await pins.module.finding(of: try arrival(of: digits), stored: stored)
            request.verification?.pin = finding.facts
            request.verification?.keys.pin = finding.key
            request.verification?.newPIN = .made(reference: version)
            let method = try #require(pins.policy.keys.pin)
            let reference = try await pins.module.reference(of: try arrival(of: new), by: method, version: version)
            return await perform(.authorize(request), reference)
        }

        /// All at once, over both services.
        func guess(_ guesses: [String]) async throws -> Guesses {
            try await withThrowingTaskGroup(of: Outcome?.self) { group in
                for (number, digits) in guesses.enumerated() {
                    group.addTask { try await pay(digits, by: number) }
                }
                var found = Guesses()
                for try await outcome in group {
                    switch outcome {
                    case .approved?: found.approved += 1
                    case .declined(.pinIncorrect, _)?: found.counted += 1
                    case .declined(.pinTriesExceeded, _)?: found.refused += 1
                    default: Issue.record("\(String(describing: outcome))")
                    }
                }
                return found
            }
        }
    }

    private struct Guesses: Equatable {
        var approved = 0
        /// Declined as wrong.
        var counted = 0
        /// Declined because the tries were used up.
        var refused = 0
    }

    private static let limit = 3

    @Test func `a change at a machine puts the new PIN in force, once, and a wrong present PIN is a try`() async throws
    {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        guard case .declined(.pinIncorrect, _)? = try await world.change("4928", to: "1111", key: "100:1").outcome
        else {
            Issue.record("a wrong PIN changes nothing")
            return
        }
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == 1)
        for _ in 1...2 {
            guard case .approved? = try await world.change("4929", to: "1111", key: "100:2").outcome else {
                Issue.record("the change is not approved")
                return
            }
        }
        let stored = try #require(try await world.reader.pin(of: world.card.id))
        #expect(stored.state.reference == 2 && stored.state.tries == 0)
        #expect(
            await world.facts(of: try world.arrival(of: "1111"), stored: stored) == .match(reference: 2)
        )
        #expect(try await world.guess(["4929", "1111"]) == Guesses(approved: 1, counted: 1))
    }

    @Test func `what a chip is to be told of its PIN is kept until it has obeyed`() async throws {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        _ = await world.perform(.unblockPIN(UnblockPIN(card: world.card.id, reason: "called", tellsChip: true)))
        let waiting = try #require(try await world.reader.pin(of: world.card.id)?.state.script)
        #expect(waiting.sends == 0 && waiting.counter == nil)
        try await world.set("1111")
        #expect(try await world.reader.pin(of: world.card.id)?.state.script == waiting)
        func tell(_ counter: UInt16, _ report: ScriptReport?) async throws -> PINState? {
            var request = try TestLedger.payment(100, with: world.card.id)
            request.network = "net"
            request.verification = VerificationFacts(profileVersion: 0)
            var facts = CryptogramFacts(.match)
            facts.counter = counter
            facts.script = KnownScript(identifier: waiting.identifier, isReady: true)
            facts.scriptReport = report
            request.verification?.chip = facts
            let advice = Advice(request: request, verdict: .approved(code: ""), reason: .completion)
            _ = await world.perform(report == nil ? .authorize(request) : .advise(advice))
            return try await world.reader.pin(of: world.card.id)?.state
        }
        let sent = PINScript(identifier: waiting.identifier, sends: 1, counter: 7)
        #expect(try await tell(7, nil)?.script == sent)
        #expect(try await tell(7, nil)?.script == sent)
        let other = ScriptReport(identifier: waiting.identifier &+ 1, result: .successful)
        #expect(try await tell(8, other)?.script == sent)
        #expect(try await tell(9, ScriptReport(identifier: waiting.identifier, result: .successful))?.script == nil)
    }

    @Test(arguments: [.visaPVV(keyIndex: 1), .ibm3624] as [PINVerification.Method])
    func `of 100 wrong guesses at once exactly the limit is counted`(_ method: PINVerification.Method) async throws {
        let world = try await World(method)
        defer { world.close() }
        try await world.set("4929")
        let found = try await world.guess((0..<100).map { String(5_000 + $0) })
        #expect(found == Guesses(approved: 0, counted: Self.limit, refused: 100 - Self.limit))
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == UInt8(Self.limit))
        // The right one comes too late.
        #expect(try await world.guess(["4929"]) == Guesses(refused: 1))
    }

    @Test(arguments: 1...4)
    func `a right guess among them is approved at most once, and exactly the limit counts after it`(
        _ round: Int
    ) async throws {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        var guesses = (0..<99).map { String(5_000 + $0) }
        guesses.insert("4929", at: .random(in: 0...99))
        let found = try await world.guess(guesses)
        #expect(found.approved <= 1 && found.approved + found.counted + found.refused == 100)
        // What was counted before the right one it has forgiven.
        let counted = found.approved == 0 ? Self.limit...Self.limit : Self.limit...(2 * Self.limit - 1)
        #expect(counted.contains(found.counted), "\(found)")
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == UInt8(Self.limit))
    }

    @Test func `a changed PIN is in force at once, and the old one is wrong`() async throws {
        let world = try await World()
        defer { world.close() }
        #expect(try await world.set("4929") == .done)
        #expect(try await world.set("1111", current: "4928") == .declined(.pinIncorrect, nil))
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == 1)
        #expect(try await world.set("1111", current: "4929") == .done)
        #expect(try await world.guess(["1111"]).approved == 1)
        #expect(try await world.guess(["4929"]).counted == 1)
        let stored = try #require(try await world.reader.pin(of: world.card.id))
        #expect(stored.state.reference == 2 && stored.state.tries == 1)
        let unblock = Command.unblockPIN(UnblockPIN(card: world.card.id, reason: "test"))
        #expect(await world.perform(unblock).outcome == .done)
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == 0)
    }

    @Test func `what was found with an older PIN goes back to be verified again`() async throws {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        var request = try TestLedger.payment(100, with: world.card.id, kind: .atmWithdrawal)
        request.network = "net"
        request.entryMode = .contactChip
        for facts in [PINFacts.match(reference: 2), .noMatch(reference: 2), .notVerified(.notSet)] {
            request.verification = VerificationFacts(profileVersion: 0)
            request.verification?.pin = facts
            guard case .misrouted = await world.perform(.authorize(request)) else {
                Issue.record("\(facts) was decided on")
                continue
            }
        }
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == 0)
    }

    @Test func `a failing key or block and a module that is away never count`() async throws {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        let stored = try await world.reader.pin(of: world.card.id)
        var arrival = try world.arrival(of: "4929")
        arrival.pin.block = SecretBytes([UInt8](repeating: 7, count: 8))
        #expect(await world.facts(of: arrival, stored: stored) == .notVerified(.blockNotOpened))
        arrival = try world.arrival(of: "4929")
        arrival.sender = .network("net")
        #expect(await world.facts(of: arrival, stored: stored) == .notVerified(.keyNotUsable))
        arrival = try world.arrival(of: "4929")
        arrival.pin.format = .format2
        #expect(await world.facts(of: arrival, stored: stored) == .notVerified(.keyNotUsable))
        #expect(await world.facts(of: try world.arrival(of: "4929"), stored: nil) == .notVerified(.notSet))
        let forgotten = world.pins.hsm.names
        world.pins.hsm.forget(forgotten)
        let facts = await world.facts(of: try world.arrival(of: "4929"), stored: stored)
        #expect(facts == .notVerified(.keyNotUsable))
    }

    @Test func `the version of the key that made a reference is kept with it, and one that is gone counts nothing`()
        async throws
    {
        let world = try await World()
        defer { world.close() }
        func keep(_ version: String) throws {
            try world.database.damage("UPDATE card_pins SET key_version = \(version)")
        }
        try await world.set("4929")
        #expect(try await world.reader.pin(of: world.card.id)?.reference.keyVersion == 1)
        // As before versions were kept.
        try keep("NULL")
        #expect(try await world.guess(["4929", "4928"]).counted == 1)
        #expect(try await world.reader.pin(of: world.card.id)?.reference.keyVersion == nil)
        try keep("2")
        for digits in ["4929", "4928", "4927"] {
            guard case .declined(.pinNotVerified, _)? = try await world.pay(digits) else {
                Issue.record("\(digits) was compared with another version's reference")
                continue
            }
        }
        #expect(try await world.reader.pin(of: world.card.id)?.state.tries == 1)
        #expect(try await world.reader.pin(of: world.card.id)?.reference.keyVersion == 2)
        try await world.set("1111")
        #expect(try await world.reader.pin(of: world.card.id)?.reference.keyVersion == 1)
        #expect(try await world.guess(["1111"]).approved == 1)
    }

    @Test func `a reference of another card or version does not open`() async throws {
        let world = try await World()
        defer { world.close() }
        try await world.set("4929")
        var stored = try #require(try await world.reader.pin(of: world.card.id))
        #expect(
            await world.facts(of: try world.arrival(of: "4929"), stored: stored) == .match(reference: 1)
        )
        stored.state.reference = 2
        let facts = await world.facts(of: try world.arrival(of: "4929"), stored: stored)
        #expect(facts == .notVerified(.unavailable))
    }

    @Test func `the journal gives the rows again, and has no PIN`() async throws {
        let world = try await World()
        try await world.set("4929")
        _ = try await world.guess(["4928", "4929", "4927"])
        world.close()
        let report = try LedgerVerifier(try TestDatabase.connect(world.database.servingURL)).verify()
        #expect(report.offences.isEmpty, "\(report)")
    }
}

extension Reply {
    fileprivate var outcome: Outcome? { if case .decided(let answer) = self { answer.decision.outcome } else { nil } }
}
