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
