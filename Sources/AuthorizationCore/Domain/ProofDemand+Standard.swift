extension ProofDemand {
    /// What is demanded where a program's rules say nothing else.
    package static func standard(_ proof: Proof, _ situation: PaymentSituation) -> ProofDemand {
        if situation.initiator == .merchant { return ofMerchant(proof) }
        if situation.hasToken { return ofToken(proof, situation) }
        return situation.entryMode.demand(proof, at: situation.channel)
    }

    /// The cardholder is not there: the earlier payment is the proof. A cryptogram or a PIN cannot be.
    private static func ofMerchant(_ proof: Proof) -> ProofDemand {
        switch proof {
        case .link: .required
        case .expiry: .checked
        case .pin, .stripeValue, .chipValue, .dynamicValue, .cardCode, .cryptogram, .authentication: .ignored
        }
    }

    /// Only the network knows what belongs to a token's number. The PIN is the cardholder's.
    private static func ofToken(_ proof: Proof, _ situation: PaymentSituation) -> ProofDemand {
        switch proof {
        case .pin: situation.entryMode.demand(.pin, at: situation.channel)
        case .stripeValue, .chipValue, .dynamicValue, .cardCode, .expiry, .cryptogram, .authentication, .link: .ignored
        }
    }
}

extension EntryMode {
    /// For a payment that the cardholder makes with the card itself.
    fileprivate func demand(_ proof: Proof, at channel: PaymentSituation.Channel) -> ProofDemand {
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
    private func pin(at channel: PaymentSituation.Channel) -> ProofDemand {
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
