import AuthorizationCore
import Testing

/// What only some programs say of their cards.
@Suite struct IssuingTermsTests {
    @Test func `a program ends with its terms, and one without them is as it was`() throws {
        for policy in [nil, VerificationPolicy()] {
            var program = World().program
            program.verification = policy
            let plain = program.journalBytes
            program.issuing.networks = ["blue", "green"]
            #expect(program.journalBytes.starts(with: plain + [5]))
            #expect(try Program(journalBytes: program.journalBytes) == program)
            #expect(throws: JournalError.self) { try Program(journalBytes: plain + [5, 0]) }
        }
    }

    @Test(arguments: [["Blue"], [""], ["a b"], ["green", "blue"], ["blue", "blue"], ["12345678901234567"]])
    func `names that no network has, or in another order, are refused`(_ networks: [String]) {
        let bytes = IssuingTerms(networks: networks).journalBytes
        #expect(throws: JournalError.self) { try IssuingTerms(journalBytes: bytes) }
    }

    private static let networks: [(named: [String], network: String, isApproved: Bool)] = [
        ([], "blue", true), (["blue"], "blue", true), (["blue"], "green", false), (["blue"], "", true),
    ]

    @Test(arguments: networks)
    func `a card pays by the networks that its program names`(
        _ networks: [String],
        _ network: String,
        _ isApproved: Bool
    ) {
        var world = World()
        world.program.issuing.networks = networks
        var request = AuthorizationRequest.of(1_000)
        request.network = network
        let decision = world.perform(.authorize(request))
        #expect(decision.declineReason == (isApproved ? nil : .networkNotAllowed))
        let isChecked = decision.checks.contains { $0.check == .network }
        #expect(isChecked == (!networks.isEmpty && !network.isEmpty))
    }

    @Test func `what another network has approved is taken all the same`() {
        var world = World()
        world.program.issuing.networks = ["blue"]
        var request = AuthorizationRequest.of(1_000)
        request.network = "green"
        let advice = Advice(request: request, verdict: .approved(code: "123456"), reason: .standIn)
        #expect(world.perform(.advise(advice)).acknowledgement == .recorded)
        #expect(world.euros.pendingDebits == 1_000)
    }
}
