extension AuthorizationRequest {
    /// - Parameter instances: of the card.
    package func situation(with instances: [CardInstance]) -> PaymentSituation {
        PaymentSituation(
            network: network,
            entryMode: entryMode == .magneticStripe && isOfChip(instances) ? .fallback : entryMode,
            initiator: isMerchants ? .merchant : initiator,
            channel: acceptanceChannel,
            hasToken: credential?.token != nil
        )
    }

    /// Whether the card has a chip: service code 2xx or 6xx (ISO/IEC 7813).
    private func isOfChip(_ instances: [CardInstance]) -> Bool {
        instances.contains { instance in
            instance.active && (expiry == nil || expiry == instance.expiry)
                && [2, 6].contains(instance.serviceCode / 100)
        }
    }

    /// Some payments only a merchant begins, whether or not the network says so.
    package var isMerchants: Bool {
        switch purpose {
        case .increment, .noShow, .delayedCharge, .resubmission: true
        case .final, .preAuthorization, .estimated, .statusCheck, .deferred: initiator == .merchant
        }
    }

    package var acceptanceChannel: AcceptanceChannel { channel ?? impliedChannel }

    /// The channel of a request whose door does not tell it.
    private var impliedChannel: AcceptanceChannel {
        // ISO 18245: automated cash disbursement.
        if kind == .atmWithdrawal || merchant.categoryCode == 6_011 { return .tellerMachine }
        switch entryMode {
        case .manual, .ecommerce, .credentialOnFile: return .remote
        case .unknown, .magneticStripe, .contactChip, .contactlessChip, .contactlessMagneticStripe, .fallback:
            return .pointOfSale
        }
    }
}
