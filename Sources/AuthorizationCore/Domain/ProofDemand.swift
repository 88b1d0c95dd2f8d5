/// What can prove that card or cardholder take part in a payment.
package enum Proof: UInt8, ClosedList {
    case pin = 1
    /// CVV, CVC.
    case stripeValue = 2
    /// iCVV.
    case chipValue = 3
    /// dCVV, CVC3.
    case dynamicValue = 4
    /// CVV2, CVC 2.
    case cardCode = 5
    case expiry = 6
    /// ARQC.
    case cryptogram = 7
    /// CAVV, AAV.
    case authentication = 8
    /// The network's identifier of the earlier payment that a merchant's own payment follows from.
    case link = 9
}

/// What is demanded of a proof.
package enum ProofDemand: UInt8, ClosedList {
    case required = 1
    /// It may be left out, and is verified where it is presented.
    case checked = 2
    case forbidden = 3
    /// It is required that the network has verified it.
    case byNetwork = 4
    /// It counts for nothing, right or wrong.
    case ignored = 5

    /// Whether what was found of the proof matters.
    package var counts: Bool {
        switch self {
        case .required, .checked, .byNetwork: true
        case .forbidden, .ignored: false
        }
    }
}

/// Where a card is used, as far as what is demanded of a payment, and what its decline says, differ.
package enum AcceptanceChannel: UInt8, ClosedList {
    case pointOfSale = 1
    case tellerMachine = 2
    /// Nobody looks at a card: its data was kept or typed in.
    case remote = 3
}

/// What a payment is like, as far as what is demanded of it differs.
package struct PaymentSituation: Hashable, Sendable {
    package var network: String
    /// `fallback` also where the stripe of a card with a chip was read.
    package var entryMode: EntryMode
    package var initiator: Initiator
    package var channel: AcceptanceChannel
    /// Whether a token was used in the card's place: what is then presented is the token's, and the network's to verify.
    package var hasToken: Bool

    package init(
        network: String,
        entryMode: EntryMode,
        initiator: Initiator,
        channel: AcceptanceChannel,
        hasToken: Bool = false
    ) {
        self.network = network
        self.entryMode = entryMode
        self.initiator = initiator
        self.channel = channel
        self.hasToken = hasToken
    }
}

/// A demand of a program that differs from the standard ones. Nil stands for any.
package struct ProofRule: Hashable, Sendable {
    package var proof: Proof
    package var demand: ProofDemand
    package var network: String?
    package var entryMode: EntryMode?
    package var initiator: Initiator?
    package var channel: AcceptanceChannel?
    package var hasToken: Bool?

    package init(_ proof: Proof, _ demand: ProofDemand) {
        self.proof = proof
        self.demand = demand
    }

    package func applies(to proof: Proof, in situation: PaymentSituation) -> Bool {
        self.proof == proof && network.map { $0 == situation.network } ?? true
            && entryMode.map { $0 == situation.entryMode } ?? true
            && initiator.map { $0 == situation.initiator } ?? true
            && channel.map { $0 == situation.channel } ?? true
            && hasToken.map { $0 == situation.hasToken } ?? true
    }
}

extension VerificationPolicy {
    /// What the program demands of a proof. Nothing where it has no key to verify it with; but the network verifies a
    /// token's cryptogram, and ``ProofRule/pinForCash`` holds for cards that have no PIN.
    package func demand(_ proof: Proof, in situation: PaymentSituation) -> ProofDemand {
        let rule = rules.last { $0.applies(to: proof, in: situation) }
        let demand = rule?.demand ?? .standard(proof, situation)
        switch demand {
        case .required, .checked:
            let isOfNetwork = proof == .cryptogram && situation.hasToken
            return keys.verify(proof) || isOfNetwork || rule == .pinForCash ? demand : .ignored
        case .forbidden, .byNetwork, .ignored: return demand
        }
    }

    /// The kinds of card values for which there is a demand.
    package func cardValues(_ demands: Set<ProofDemand>, in situation: PaymentSituation) -> [CardValueFacts.Kind] {
        CardValueFacts.Kind.allCases.filter { demands.contains(demand($0.proof, in: situation)) }
    }
}

extension Proof {
    /// Whether a network may say what came of it.
    package var isToldByNetworks: Bool {
        switch self {
        case .cardCode, .cryptogram, .authentication: true
        case .pin, .stripeValue, .chipValue, .dynamicValue, .expiry, .link: false
        }
    }
}

extension CardValueFacts.Kind {
    package var proof: Proof {
        switch self {
        case .stripe: .stripeValue
        case .chip: .chipValue
        case .dynamic: .dynamicValue
        }
    }
}

extension VerificationKeys {
    /// Whether proofs of the kind are verified. The date and the link need no key. A program that verifies the values of
    /// its stripes takes none that is made anew on trust, so that nobody says "contactless" of a copied stripe.
    package func verify(_ proof: Proof) -> Bool {
        switch proof {
        case .stripeValue, .chipValue, .cardCode: cardVerification != nil
        case .dynamicValue: dynamicValue != nil || cardVerification != nil
        case .authentication: authentication != nil
        case .pin: pin != nil
        case .cryptogram: chip != nil
        case .expiry, .link: true
        }
    }
}
