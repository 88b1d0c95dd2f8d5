import AuthorizationCore
import CardNetwork

/// Where messages tell of the credential that they pay with, and of what is kept for disputes.
extension IndicatorSection {
    static let disputeKeys = [
        "ecommerce_indicator", "ds_transaction_id", "acs_transaction_id", "token_requestor",
        "payment_account_reference",
    ]

    static let credentialKeys = [
        "postal_code", "address_numbers", "address_result", "cvv2", "cvv2_presence", "cvv2_result", "cavv",
        "cavv_result", "new_pin", "stored_credential", "token", "token_reference", "token_assurance",
        "token_cryptogram",
    ]

    func disputes() -> DisputeLocations {
        var locations = DisputeLocations()
        locations.ecommerceIndicator = location("ecommerce_indicator")
        locations.directoryServerTransaction = location("ds_transaction_id")
        locations.accessControlServerTransaction = location("acs_transaction_id")
        locations.tokenRequestor = location("token_requestor")
        locations.paymentAccountReference = location("payment_account_reference")
        return locations
    }

    func credential() -> CredentialLocations {
        var locations = CredentialLocations()
        locations.postalCode = location("postal_code")
        locations.addressNumbers = location("address_numbers")
        locations.addressResult = table("address_result", names())
        locations.cardCode.value = location("cvv2")
        locations.cardCode.presence = table("cvv2_presence", names())
        locations.cardCode.result = table("cvv2_result", names())
        locations.authentication.value = location("cavv")
        locations.authentication.result = table("cavv_result", names())
        locations.newPIN = location("new_pin")
        locations.storedUse = table("stored_credential", names())
        locations.tokenNumber = location("token")
        locations.tokenReference = location("token_reference")
        locations.tokenAssurance = location("token_assurance")
        locations.tokenCryptogram = table("token_cryptogram", names())
        return locations
    }
}
