extension ProofDemand {
    /// What is demanded where a program's rules say nothing else.
    package static func standard(_ proof: Proof, _ situation: PaymentSituation) -> ProofDemand {
        if situation.initiator == .merchant, situation.channel == .remote { return ofMerchant(proof, situation) }
        if situation.hasToken { return ofToken(proof, situation) }
        return situation.entryMode.demand(proof, at: situation.channel)
    }

    /// The cardholder is not there: the earlier payment is the proof. Whoever has read a card, or pays out cash, has the
    /// cardholder before him, whatever he says.
    private static func ofMerchant(_ proof: Proof, _ situation: PaymentSituation) -> ProofDemand {
        switch proof {
        case .link: .required
        case .expiry: .checked
        case .cryptogram: situation.hasToken ? ofToken(proof, situation) : .ignored
        case .pin, .stripeValue, .chipValue, .dynamicValue, .cardCode, .authentication: .ignored
        }
    }

    /// Only the network knows what belongs to a token's number, and says whether its cryptogram is right. The PIN is the
    /// cardholder's.
    private static func ofToken(_ proof: Proof, _ situation: PaymentSituation) -> ProofDemand {
        switch proof {
        case .pin: situation.entryMode.demand(.pin, at: situation.channel)
        case .cryptogram: .checked
        case .stripeValue, .chipValue, .dynamicValue, .cardCode, .expiry, .authentication, .link: .ignored
        }
    }
}

extension ProofRule {
    /// What a policy begins with, so that its own rules count before these: a network that does not say how the card was
    /// read leaves nothing to go by. Rules and not the standard, which versions of programs in force were decided with.
    /// Cash needs a cryptogram that the network has verified, in practice a token's; any other payment by a token too.
    /// Else it is taken for a number that was typed in, and a merchant's own payment for one that follows from another.
    package static let ofUnknownEntry: [ProofRule] =
        [ofUnknown(.cryptogram, .byNetwork, .tellerMachine)]
        + [AcceptanceChannel.pointOfSale, .remote].flatMap { channel in
            [
                ofUnknown(.cryptogram, .byNetwork, channel, .cardholder, hasToken: true),
                ofUnknown(.cardCode, .required, channel, .cardholder, hasToken: false),
                ofUnknown(.link, .required, channel, .merchant),
            ]
        }

    /// No machine pays out without a PIN, also where the program has no key to verify one with. A policy begins with
    /// this, too.
    package static let pinForCash: ProofRule = {
        var rule = ProofRule(.pin, .required)
        rule.channel = .tellerMachine
        return rule
    }()

    private static func ofUnknown(
        _ proof: Proof,
        _ demand: ProofDemand,
        _ channel: AcceptanceChannel,
        _ initiator: Initiator? = nil,
        hasToken: Bool? = nil
    ) -> ProofRule {
        var rule = ProofRule(proof, demand)
        rule.entryMode = .unknown
        rule.channel = channel
        rule.initiator = initiator
        rule.hasToken = hasToken
        return rule
    }
}

extension EntryMode {
    /// For a payment that the cardholder makes with the card itself.
    fileprivate func demand(_ proof: Proof, at channel: AcceptanceChannel) -> ProofDemand {
        switch proof {
        case .pin: pin(at: channel)
        case .stripeValue: isStripe ? .required : isChip || self == .contactlessMagneticStripe ? .forbidden : .ignored
        case .chipValue: isChip ? .checked : isStripe ? .forbidden : .ignored
        case .dynamicValue:
            self == .contactlessMagneticStripe ? .required : self == .contactlessChip ? .checked : .ignored
        case .cardCode: cardCode
        case .expiry: .checked
        case .cryptogram: isChip ? .required : .ignored
        case .authentication: self == .ecommerce || self == .credentialOnFile ? .checked : .ignored
        case .link: .ignored
        }
    }

    private var isChip: Bool { self == .contactChip || self == .contactlessChip }
    private var isStripe: Bool { self == .magneticStripe || self == .fallback }

    /// No machine pays out without one.
    private func pin(at channel: AcceptanceChannel) -> ProofDemand {
        switch channel {
        case .tellerMachine: .required
        case .pointOfSale: .checked
        case .remote: .ignored
        }
    }

    /// Whoever types a number in has the card before him; what a merchant keeps may not have the code.
    private var cardCode: ProofDemand {
        switch self {
        case .manual, .ecommerce: .required
        case .unknown, .magneticStripe, .contactChip, .fallback, .credentialOnFile: .checked
        case .contactlessChip, .contactlessMagneticStripe: .ignored
        }
    }
}
