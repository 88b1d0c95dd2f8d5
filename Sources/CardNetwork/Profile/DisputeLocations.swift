/// Where a network's messages have what disputes are argued with and the standard has no element for. Nil: nowhere.
package struct DisputeLocations: Sendable {
    /// Electronic commerce indicator (ECI).
    package var ecommerceIndicator: ElementLocation?
    /// EMV 3-D Secure, DS Transaction ID.
    package var directoryServerTransaction: ElementLocation?
    /// EMV 3-D Secure, ACS Transaction ID.
    package var accessControlServerTransaction: ElementLocation?
    /// EMV Payment Tokenisation, Token Requestor ID.
    package var tokenRequestor: ElementLocation?
    /// EMV Payment Tokenisation, Payment Account Reference (PAR).
    package var paymentAccountReference: ElementLocation?

    package init() {}

    /// The test network's own: tags of DE 60.
    static let test: DisputeLocations = {
        var locations = DisputeLocations()
        locations.ecommerceIndicator = ElementLocation(60, .part("21"))
        locations.directoryServerTransaction = ElementLocation(60, .part("22"))
        locations.accessControlServerTransaction = ElementLocation(60, .part("23"))
        locations.tokenRequestor = ElementLocation(60, .part("24"))
        locations.paymentAccountReference = ElementLocation(60, .part("25"))
        return locations
    }()
}
