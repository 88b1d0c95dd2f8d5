import AuthorizationCore
import Testing

/// Programs to try things out in.
@Suite struct SandboxTests {
    @Test func `a sandbox ends a program's bytes, and one that has none is as it was`() throws {
        for networks in [[], ["blue"]] {
            var program = World().program
            program.issuing.networks = networks
            let plain = program.journalBytes
            program.sandbox = Sandbox(clockOffset: 86_400)
            #expect(program.journalBytes == plain + [7] + Int64(86_400).written)
            #expect(try Program(journalBytes: program.journalBytes) == program)
            for offset in [-1, Sandbox.clockOffsets.upperBound + 1] {
                #expect(throws: JournalError.self) { try Program(journalBytes: plain + [7] + offset.written) }
            }
        }
    }

    private static let doors: [(isSandbox: Bool, network: String, isOpen: Bool)] = [
        (true, "sandbox", true), (true, "", true), (true, "blue", false), (false, "sandbox", false),
        (false, "", true), (false, "blue", true),
    ]

    @Test(arguments: doors)
    func `a sandbox's cards pay where networks are played, and others everywhere else`(
        _ isSandbox: Bool,
        _ network: String,
        _ isOpen: Bool
    ) {
        var world = World()
        world.program.sandbox = isSandbox ? Sandbox() : nil
        var request = AuthorizationRequest.of(1_000)
        request.network = network
        #expect(world.perform(.authorize(request)).declineReason == (isOpen ? nil : .networkNotAllowed))
        let advice = Advice(request: request, verdict: .approved(code: ""), reason: .offlineApproval)
        let advised = world.perform(.advise(advice)).acknowledgement
        #expect(advised == (isOpen ? .recorded : .exception(.cardNotFound)))
        #expect(world.euros.pendingDebits == (isOpen ? 2_000 : 0))
    }

    @Test func `identifiers tell the time that it is, whatever the clock of the sandbox says`() throws {
        var world = World()
        world.program.sandbox = Sandbox(clockOffset: 31_536_000)
        let authorization = try world.authorized(.of(1_000))
        #expect(authorization.createdAt == world.moment.now)
        #expect(authorization.id.instant == world.moment.now - .seconds(31_536_000))
    }
}

extension Int64 {
    fileprivate var written: [UInt8] {
        var writer = ByteWriter()
        writer.write(self)
        return writer.bytes
    }
}
