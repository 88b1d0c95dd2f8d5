import AuthorizationCore
import Testing

/// What is demanded of each proof, cell by cell: R required, C checked where it is there, F forbidden, N verified by the
/// network, - ignored.
@Suite struct `Demands of proofs` {
    struct Row: Sendable, CustomTestStringConvertible {
        var mode: EntryMode
        var initiator = Initiator.cardholder
        var channel: AcceptanceChannel
        var hasToken = false
        /// In the order of ``Proof``: PIN, CVV, iCVV, dCVV, CVV2, expiry, ARQC, CAVV, link.
        var demands: String

        var situation: PaymentSituation {
            PaymentSituation(
                network: "test",
                entryMode: mode,
                initiator: initiator,
                channel: channel,
                hasToken: hasToken
            )
        }

        var testDescription: String { "\(mode) \(initiator) \(channel)\(hasToken ? " token" : "")" }
    }

    private static let ofCardholders: [(EntryMode, String)] = [
        (.unknown, "C - - - C C - - -"), (.manual, "C - - - R C - - -"), (.magneticStripe, "C R F - C C - - -"),
        (.contactChip, "C F C - C C R - -"), (.contactlessChip, "C F C C - C R - -"),
        (.contactlessMagneticStripe, "C F - R - C - - -"), (.fallback, "C R F - C C - - -"),
        (.ecommerce, "C - - - R C - C -"), (.credentialOnFile, "C - - - C C - C -"),
    ]

    private static let pins: [(AcceptanceChannel, Character)] = [
        (.pointOfSale, "C"), (.tellerMachine, "R"), (.remote, "-"),
    ]

    static let rows: [Row] = ofCardholders.flatMap { mode, demands in
        pins.flatMap { channel, pin in
            [
                Row(mode: mode, channel: channel, demands: "\(pin)\(demands.dropFirst())"),
                Row(mode: mode, channel: channel, hasToken: true, demands: "\(pin) - - - - - C - -"),
                Row(
                    mode: mode,
                    initiator: .merchant,
                    channel: channel,
                    demands: channel == .remote ? "- - - - - C - - R" : "\(pin)\(demands.dropFirst())"
                ),
                Row(
                    mode: mode,
                    initiator: .merchant,
                    channel: channel,
                    hasToken: true,
                    demands: channel == .remote ? "- - - - - C C - R" : "\(pin) - - - - - C - -"
                ),
            ]
        }
    }

    @Test func `every situation has a row`() {
        #expect(Set(Self.rows.map(\.situation)).count == EntryMode.allCases.count * 3 * 2 * 2)
    }

    @Test(arguments: rows)
    func `without rules of the program`(_ row: Row) {
        let policy = VerificationPolicy.withAllKeys
        let found = Proof.allCases.map { policy.demand($0, in: row.situation).letter }
        #expect(found.joined(separator: " ") == row.demands)
    }

    /// Of `unknown`, the mode that new policies are careful of: by initiator, channel and token.
    static let ofUnknown: [Row] = [
        Row(mode: .unknown, channel: .pointOfSale, demands: "C - - - R C - - -"),
        Row(mode: .unknown, channel: .tellerMachine, demands: "R - - - C C N - -"),
        Row(mode: .unknown, channel: .pointOfSale, hasToken: true, demands: "C - - - - - N - -"),
        Row(mode: .unknown, channel: .tellerMachine, hasToken: true, demands: "R - - - - - N - -"),
        Row(mode: .unknown, initiator: .merchant, channel: .pointOfSale, demands: "C - - - C C - - R"),
        Row(mode: .unknown, initiator: .merchant, channel: .tellerMachine, demands: "R - - - C C N - -"),
        Row(
            mode: .unknown,
            initiator: .merchant,
            channel: .pointOfSale,
            hasToken: true,
            demands: "C - - - - - C - R"
        ),
        Row(
            mode: .unknown,
            initiator: .merchant,
            channel: .tellerMachine,
            hasToken: true,
            demands: "R - - - - - N - -"
        ),
    ]

    @Test(arguments: ofUnknown + rows.filter { $0.mode != .unknown })
    func `of a new policy`(_ row: Row) {
        var policy = VerificationPolicy.withAllKeys
        policy.rules = ProofRule.ofUnknownEntry
        let found = Proof.allCases.map { policy.demand($0, in: row.situation).letter }
        #expect(found.joined(separator: " ") == row.demands)
    }

    @Test(arguments: rows)
    func `without a key nothing is demanded that needs one`(_ row: Row) {
        let found = Proof.allCases.map { VerificationPolicy().demand($0, in: row.situation) }
        for (proof, demand) in zip(Proof.allCases, found) where proof != .expiry && proof != .link {
            let isNetworks = proof == .cryptogram && row.hasToken
            #expect(isNetworks ? demand == .checked : demand == .ignored || demand == .forbidden)
        }
    }

    @Test func `of the rules that apply the last counts, and each condition counts`() {
        var policy = VerificationPolicy.withAllKeys
        var rule = ProofRule(.cardCode, .byNetwork)
        rule.network = "test"
        rule.entryMode = .ecommerce
        rule.initiator = .cardholder
        rule.channel = .remote
        rule.hasToken = false
        policy.rules = [ProofRule(.cardCode, .required), ProofRule(.cardCode, .forbidden), rule]
        let met = Row(mode: .ecommerce, channel: .remote, demands: "").situation
        #expect(policy.demand(.cardCode, in: met) == .byNetwork)
        #expect(policy.demand(.pin, in: met) == .ignored)
        let changes: [(inout PaymentSituation) -> Void] = [
            { $0.network = "blue" }, { $0.entryMode = .manual }, { $0.initiator = .merchant },
            { $0.channel = .pointOfSale }, { $0.hasToken = true },
        ]
        for change in changes {
            var other = met
            change(&other)
            #expect(policy.demand(.cardCode, in: other) == .forbidden)
        }
    }

    static let channels: [(EntryMode, TransactionKind, UInt16, AcceptanceChannel)] = [
        (.contactChip, .purchase, 5_411, .pointOfSale), (.unknown, .purchase, 5_411, .pointOfSale),
        (.manual, .purchase, 5_411, .remote), (.ecommerce, .purchase, 5_411, .remote),
        (.credentialOnFile, .purchase, 5_411, .remote), (.contactChip, .atmWithdrawal, 5_411, .tellerMachine),
        (.manual, .balanceInquiry, 6_011, .tellerMachine), (.contactChip, .balanceInquiry, 6_010, .pointOfSale),
    ]

    @Test(arguments: channels)
    func `the channel is what the door tells, and else follows from mode, kind and category`(
        _ row: (mode: EntryMode, kind: TransactionKind, category: UInt16, channel: AcceptanceChannel)
    ) {
        var request = AuthorizationRequest.of(1, .euro, row.kind)
        request.entryMode = row.mode
        request.merchant.categoryCode = row.category
        #expect(request.situation(with: []).channel == row.channel)
        for channel in AcceptanceChannel.allCases {
            request.channel = channel
            #expect(request.situation(with: []).channel == channel)
        }
    }

    @Test(arguments: [
        (EntryMode.magneticStripe, 201 as UInt16, EntryMode.fallback), (.magneticStripe, 601, .fallback),
        (.magneticStripe, 101, .magneticStripe), (.contactChip, 201, .contactChip), (.fallback, 101, .fallback),
    ])
    func `the stripe of a card with a chip is fallback`(_ told: EntryMode, _ service: UInt16, _ mode: EntryMode) {
        var world = World()
        world.state.cards[World.card]?.instances[0].serviceCode = service
        var request = AuthorizationRequest.of(1)
        request.entryMode = told
        #expect(request.situation(with: world.state.cards[World.card]?.instances ?? []).entryMode == mode)
    }
}

extension ProofDemand {
    fileprivate var letter: String {
        switch self {
        case .required: "R"
        case .checked: "C"
        case .forbidden: "F"
        case .byNetwork: "N"
        case .ignored: "-"
        }
    }
}

@Suite struct `Consequences of proofs` {
    /// Of a code in print, or of a value of 3-D Secure.
    private static func decline(
        _ demand: ProofDemand,
        _ result: ProofVerification.Result?,
        byNetwork: ProofVerification.Result? = nil,
        isAuthentication: Bool = false
    ) -> DeclineReason? {
        var world = World()
        var request = AuthorizationRequest.of(100)
        var credential = CredentialFacts()
        world.verify(&request) { policy, facts in
            policy.rules = [ProofRule(isAuthentication ? .authentication : .cardCode, demand)]
            if isAuthentication { facts.authentication = result } else { facts.cardCode = result }
        }
        if isAuthentication {
            credential.authentication.result = byNetwork
        } else {
            credential.cardCode.result = byNetwork
        }
        request.credential = credential.isEmpty ? nil : credential
        return world.decision(on: .authorize(request)).declineReason
    }

    typealias Result = ProofVerification.Result

    static let rows: [(ProofDemand, Result?, DeclineReason?)] = [
        (.required, nil, .cardCodeMissing), (.required, .match, nil), (.required, .noMatch, .cardCodeIncorrect),
        (.required, .notVerified, .notVerifiable), (.checked, nil, nil), (.checked, .match, nil),
        (.checked, .noMatch, .cardCodeIncorrect), (.checked, .notVerified, nil), (.forbidden, nil, nil),
        (.forbidden, .match, .proofNotAllowed), (.ignored, nil, nil), (.ignored, .noMatch, nil),
    ]

    @Test(arguments: rows)
    func `of what is demanded and what was found`(_ row: (ProofDemand, Result?, DeclineReason?)) {
        #expect(Self.decline(row.0, row.1) == row.2)
        #expect(Self.decline(row.0, row.1, isAuthentication: true) == row.2.map(Self.ofAuthentication))
    }

    /// The same of 3-D Secure.
    private static func ofAuthentication(_ reason: DeclineReason) -> DeclineReason {
        reason == .cardCodeMissing
            ? .authenticationMissing : reason == .cardCodeIncorrect ? .authenticationIncorrect : reason
    }

    static let ofNetworks: [(Result?, DeclineReason?)] = [
        (nil, .cardCodeMissing), (.match, nil), (.noMatch, .cardCodeIncorrect), (.notVerified, .notVerifiable),
    ]

    @Test(arguments: ofNetworks)
    func `of what only the network verifies`(_ row: (Result?, DeclineReason?)) {
        #expect(Self.decline(.byNetwork, .match, byNetwork: row.0) == row.1)
        let ofAuthentication = Self.decline(.byNetwork, .match, byNetwork: row.0, isAuthentication: true)
        #expect(ofAuthentication == row.1.map(Self.ofAuthentication))
    }

    @Test func `money that comes in and what a client vouches for need no proof`() {
        var world = World()
        var request = AuthorizationRequest.of(100)
        world.verify(&request) { policy, _ in policy.rules = [ProofRule(.pin, .required)] }
        #expect(world.decision(on: .authorize(request)).declineReason == .pinMissing)
        var refund = request
        refund.kind = .refund
        #expect(world.decision(on: .authorize(refund)).declineReason == nil)
        request.network = ""
        #expect(world.decision(on: .authorize(request)).declineReason == nil)
    }

    @Test func `a required date that is missing is another date`() {
        var world = World()
        var request = AuthorizationRequest.of(100)
        world.verify(&request) { policy, _ in policy.rules = [ProofRule(.expiry, .required)] }
        #expect(world.decision(on: .authorize(request)).declineReason == .expiryMismatch)
        request.expiry = .of(2029, 11)
        #expect(world.decision(on: .authorize(request)).declineReason == nil)
    }

    /// A token's by the standard, and where a program's rule says so.
    @Test(arguments: [true, false])
    func `a date that is ignored is as good as none`(_ isOfToken: Bool) {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.expiry = .of(2031, 1)
        if isOfToken { request.use(token: 1) } else { request.initiator = .merchant }
        world.verify(&request) { policy, _ in
            policy.failures = FailureLimit(count: 1, window: 3_600)
            guard !isOfToken else { return }
            policy.rules = [ProofRule(.expiry, .ignored)]
            policy.rules[0].initiator = .merchant
        }
        #expect(world.perform(.authorize(request)).declineReason == nil)
        // Whatever date is told, the card has its own.
        world.state.cards[World.card]?.instances[0].validUntil = world.moment.now
        #expect(world.perform(.authorize(request)).declineReason == .cardExpired)
        world.state.cards[World.card]?.instances[0].active = false
        #expect(world.perform(.authorize(request)).declineReason == .cardExpired)
        #expect(world.state.failureCounters.isEmpty)
        if isOfToken { request.credential = nil } else { request.initiator = .cardholder }
        #expect(world.perform(.authorize(request)).declineReason == .expiryMismatch)
        #expect(world.state.failureCounters.count == 1)
    }

    @Test func `another date than the chip card's does not make its stripe one of a card without a chip`() {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.entryMode = .magneticStripe
        request.expiry = .of(2031, 1)
        world.verify(&request) { policy, _ in
            policy.rules = [ProofRule(.expiry, .ignored), ProofRule(.stripeValue, .ignored)]
            policy.limits = [UnprovedLimit(currency: .euro)]
            policy.limits[0].fallback = 99
        }
        #expect(world.decision(on: .authorize(request)).declineReason == .fallbackLimitExceeded)
    }

    @Test func `a value that nobody could look at is not taken for one that does not belong there`() {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.entryMode = .contactChip
        world.verify(&request) { policy, facts in
            policy.rules = [ProofRule(.cryptogram, .ignored)]
            facts.cardValue = CardValueFacts(.stripe, .notVerified)
        }
        #expect(world.decision(on: .authorize(request)).declineReason == nil)
        request.verification?.cardValue = CardValueFacts(.stripe, .match)
        #expect(world.decision(on: .authorize(request)).declineReason == .proofNotAllowed)
    }

    @Test func `a PIN lets a contactless payment be larger`() {
        var world = World()
        var request = AuthorizationRequest.of(100)
        request.entryMode = .contactlessChip
        world.verify(&request) { policy, _ in
            policy.rules = [ProofRule(.cryptogram, .ignored)]
            policy.limits = [UnprovedLimit(currency: .euro, contactless: 99)]
        }
        #expect(world.decision(on: .authorize(request)).declineReason == .pinNeededContactless)
        world.state.pins[World.card] = PINState(reference: 1)
        request.verification?.pin = .match(reference: 1)
        #expect(world.decision(on: .authorize(request)).declineReason == nil)
    }
}
