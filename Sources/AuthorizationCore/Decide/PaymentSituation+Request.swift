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

    /// Whether the card has a chip: service code 2xx or 6xx (ISO/IEC 7813). A date that is none of the card's tells no
    /// instance from another: where the program ignores it, it must not turn fallback into a plain stripe.
    private func isOfChip(_ instances: [CardInstance]) -> Bool {
        let active = instances.filter(\.active)
        let told = active.filter { $0.expiry == expiry }
        return (told.isEmpty ? active : told).contains { [2, 6].contains($0.serviceCode / 100) }
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
