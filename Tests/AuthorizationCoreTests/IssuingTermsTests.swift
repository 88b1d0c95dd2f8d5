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
            #expect(program.journalBytes.starts(with: plain + [6]))
            #expect(try Program(journalBytes: program.journalBytes) == program)
            #expect(throws: JournalError.self) { try Program(journalBytes: plain + [6, 0]) }
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

    private static let goldLimits = CardProduct.Limits(currency: .euro, transaction: 60_000, daily: 70_000)
    private static let products = [
        CardProduct(name: "gold", form: .physical, limits: [goldLimits]),
        CardProduct(name: "one-off", form: .virtual, useLimit: 1),
    ]

    @Test func `products survive, and two of one name or with another's bytes do not`() throws {
        let terms = IssuingTerms(networks: ["blue"], products: Self.products)
        #expect(try IssuingTerms(journalBytes: terms.journalBytes) == terms)
        for name in ["", "Gold", "a b", "0123456789abcdef"] {
            let wrong = IssuingTerms(products: [CardProduct(name: name, form: .virtual)])
            #expect(throws: JournalError.self) { try IssuingTerms(journalBytes: wrong.journalBytes) }
        }
        let twins = IssuingTerms(products: [Self.products[1], Self.products[1]])
        #expect(throws: JournalError.self) { try IssuingTerms(journalBytes: twins.journalBytes) }
    }

    @Test func `a card's terms end with its product, and without one are as they were`() throws {
        let plain = CardTerms(form: .physical, useLimit: 3)
        #expect(plain.journalBytes == [2, 6])
        let gold = CardTerms(form: .physical, useLimit: 3, product: "gold")
        #expect(gold.journalBytes == [2 | 128, 6, 4] + Array("gold".utf8))
        #expect(try CardTerms(journalBytes: gold.journalBytes) == gold)
        #expect(throws: JournalError.self) { try CardTerms(journalBytes: [2 | 128, 6, 0]) }
    }

    private static let limits: [(product: String, amount: Int64, reason: DeclineReason?)] = [
        ("", 50_001, .transactionLimitExceeded), ("", 50_000, nil), ("one-off", 50_001, .transactionLimitExceeded),
        ("gold", 50_001, nil), ("gold", 60_001, .transactionLimitExceeded),
        // A product that the program has no more leaves nothing to spend.
        ("silver", 1, .transactionLimitExceeded),
    ]

    @Test(arguments: limits)
    func `a card's limits are its product's, else the program's`(
        _ product: String,
        _ amount: Int64,
        _ reason: DeclineReason?
    ) {
        var world = World()
        world.program.issuing.products = Self.products
        world.state.cards[World.card]?.details.terms.product = product
        #expect(world.perform(.authorize(.of(amount))).declineReason == reason)
    }

    @Test func `what a card spends on a day is limited by its product`() {
        var world = World()
        world.program.issuing.products = Self.products
        world.state.cards[World.card]?.details.terms.product = "gold"
        #expect(world.perform(.authorize(.of(40_000))).declineReason == nil)
        #expect(world.perform(.authorize(.of(30_001))).declineReason == .dailyLimitExceeded)
        #expect(world.perform(.authorize(.of(30_000))).declineReason == nil)
    }
}
