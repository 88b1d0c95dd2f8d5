import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// A rotation's way through the secrets of webhook endpoints, which the data key seals too: some for each tenant.
extension VaultRotation {
    private static let sealed = Statement(
        "sealed_webhook_secrets",
        "SELECT endpoint_id, ciphertext, key_id FROM webhook_secrets WHERE key_id = $1"
    )

    /// One that was ended or dropped meanwhile stays as it is.
    private static let reseal = Statement(
        "reseal_webhook_secret",
        "UPDATE webhook_secrets SET ciphertext = $3, key_id = $4 WHERE endpoint_id = $1 AND ciphertext = $2"
    )

    /// Seals with the active key what an earlier one sealed.
    func sealWebhookSecretsAgain(from key: Int16, _ vault: PANVault) throws {
        let secrets = try connection.run(Call(Self.sealed, [Parameter(key)])).map { (row) throws(PostgresError) in
            let endpoint: WebhookEndpointID = try row.identifier()
            return (endpoint, try WebhookRows.readSecret(&row))
        }
        for (endpoint, old) in secrets {
            let new = try SealedWebhookSecret(try old.open(of: endpoint, vault), of: endpoint, vault)
            let parameters = [
                Parameter(endpoint), Parameter(old.ciphertext), Parameter(new.ciphertext), Parameter(new.keyID),
            ]
            _ = try connection.run(Call(Self.reseal, parameters))
        }
    }
}
