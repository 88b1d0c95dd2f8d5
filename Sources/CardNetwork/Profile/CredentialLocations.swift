import AuthorizationCore
import ISO8583

/// Where a network's messages tell of the credential that they pay with. Nil: nowhere.
package struct CredentialLocations: Sendable {
    /// Postal code and the digits of street and house, of which only is kept that they were told.
    package var postalCode: ElementLocation?
    package var addressNumbers: ElementLocation?
    package var addressResult: ElementTable<AddressVerification.Result>?
    /// The code printed on the card (CVV2, CVC 2).
    package var cardCode = ProofLocations()
    /// The cardholder authentication verification value of 3-D Secure (CAVV, AAV).
    package var authentication = ProofLocations()
    /// The PIN block of a new PIN, under the key of the present one in element 52.
    package var newPIN: ElementLocation?
    package var storedUse: ElementTable<StoredCredentialUse>?
    /// The token's number, beside the card's in DE 2.
    package var tokenNumber: ElementLocation?
    package var tokenReference: ElementLocation?
    /// Token assurance level: one or two digits.
    package var tokenAssurance: ElementLocation?
    package var tokenCryptogram: ElementTable<ProofVerification.Result>?

    package init() {}

    /// Where there is what may not outlive the request.
    private var secrets: [ElementLocation] {
        [postalCode, addressNumbers, cardCode.value, authentication.value, newPIN, tokenNumber].compactMap { $0 }
    }

    /// What of a list of what may be stored is none of these.
    func withoutSecrets(_ list: StorageAllowList) -> StorageAllowList {
        secrets.reduce(list) { list, location in
            switch location.place {
            case .whole, .positions: list.without(location.element, part: nil)
            case .part(let name): list.without(location.element, part: name)
            }
        }
    }

    /// The test network's own: tags of DE 60.
    static let test: CredentialLocations = {
        let results: [String: ProofVerification.Result] = ["M": .match, "N": .noMatch, "P": .notVerified]
        var locations = CredentialLocations()
        locations.storedUse = ElementTable(ElementLocation(60, .part("11")), ["1": .first, "2": .subsequent])
        locations.tokenNumber = ElementLocation(60, .part("26"))
        locations.tokenReference = ElementLocation(60, .part("27"))
        locations.tokenAssurance = ElementLocation(60, .part("28"))
        locations.tokenCryptogram = ElementTable(ElementLocation(60, .part("29")), results)
        locations.postalCode = ElementLocation(60, .part("31"))
        locations.addressNumbers = ElementLocation(60, .part("32"))
        locations.addressResult = ElementTable(
            ElementLocation(60, .part("33")),
            [
                "Y": .match, "Z": .postalCodeOnly, "A": .numbersOnly, "N": .noMatch, "S": .notSupported,
                "U": .unavailable,
            ]
        )
        locations.cardCode.value = ElementLocation(60, .part("34"))
        locations.cardCode.presence = ElementTable(
            ElementLocation(60, .part("35")),
            ["0": .omitted, "1": .present, "2": .illegible, "9": .notOnCard]
        )
        locations.cardCode.result = ElementTable(ElementLocation(60, .part("36")), results)
        locations.authentication.value = ElementLocation(60, .part("37"))
        locations.authentication.result = ElementTable(ElementLocation(60, .part("38")), results)
        locations.newPIN = ElementLocation(60, .part("39"))
        return locations
    }()
}

/// Where the message has a proof, what it says of having one, and what the network found.
package struct ProofLocations: Sendable {
    package var value: ElementLocation?
    package var presence: ElementTable<ProofVerification.Presence>?
    package var result: ElementTable<ProofVerification.Result>?

    package init() {}
}
